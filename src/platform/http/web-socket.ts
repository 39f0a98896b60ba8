import type { WebSocket } from 'ws';

/** A socket that was told to close and does not read is cut off after this. */
const CLOSE_TIMEOUT_MS = 2_000;

/** Closes with a code and a reason of at most 123 bytes; a client that does not read would never answer the handshake. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason);
  cutOffLater(socket);
}

/** Ends the socket for good if it is still there after the time that an orderly closing takes. */
export function cutOffLater(socket: WebSocket): void {
  if (socket.readyState === socket.CLOSED) return;
  const cutOff = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS);
  socket.once('close', () => clearTimeout(cutOff));
}

/** Resolves when the message is in the operating system's hands: a client that does not read makes the sender wait. */
export function send(socket: WebSocket, data: string): Promise<void> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve();
  return new Promise((resolve, reject) => {
    socket.send(data, (error) => (error ? reject(error) : resolve()));
  });
}
