import type { WebSocket } from 'ws';

/** A closing socket whose client does not read is terminated after this time. */
const CLOSE_TIMEOUT_MS = 2_000;

/** Of a close frame, without its code. */
const MAX_REASON_BYTES = 123;

/** Closes with a code and a reason. A client that does not read never completes the close handshake. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  // As a stream, the decoder leaves out a character that is cut.
  socket.close(code, new TextDecoder().decode(Buffer.from(reason).subarray(0, MAX_REASON_BYTES), { stream: true }));
  cutOffLater(socket);
}

/** Terminates the socket if the close handshake has not finished after the timeout. */
export function cutOffLater(socket: WebSocket): void {
  if (socket.readyState === socket.CLOSED) return;
  const cutOff = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS);
  socket.once('close', () => clearTimeout(cutOff));
}
