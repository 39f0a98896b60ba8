import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { defineLimit, noteLimitReached } from '../base/limit';
import type { Connections } from './connections';

const MESSAGES_PER_SECOND = defineLimit('messages of a socket per second', {
  value: 500,
  unit: 'messages',
  description:
    'Messages, pings and pongs of one WebSocket, after a burst of 1,000. Each 10,000 bytes count as one more. The gateway reads a faster socket later.',
});
const BURST = 1_000;
const BYTES_OF_A_MESSAGE = 10_000;

/** A socket whose client has so many bytes to read is not read. */
const PAUSE_AT_BYTES = 1_048_576;

/**
 * The messages of one WebSocket in both directions. What the client sends is read no faster than it may send, and than it reads
 * the responses. TCP then stops the client, so there is nothing to refuse.
 */
export class SocketFlow {
  private credit = BURST;
  private creditAtMs = performance.now();
  private wait: NodeJS.Timeout | undefined;

  constructor(
    private readonly socket: WebSocket,
    /** The connection of the socket. */
    private readonly connection: Socket,
    private readonly connections: Connections,
  ) {
    for (const frame of ['ping', 'pong']) socket.on(frame, () => this.received(0));
    socket.once('close', () => clearTimeout(this.wait));
  }

  /** Counts a message, or a frame that ws has replied to. @param bytes its size */
  received(bytes: number): void {
    const nowMs = performance.now();
    const earned = ((nowMs - this.creditAtMs) * MESSAGES_PER_SECOND) / 1_000;
    this.credit = Math.min(BURST, this.credit + earned) - 1 - bytes / BYTES_OF_A_MESSAGE;
    this.creditAtMs = nowMs;
    if (this.credit >= 0 || this.wait) return;
    noteLimitReached('messages of a socket per second');
    const waitMs = Math.ceil((-this.credit * 1_000) / MESSAGES_PER_SECOND);
    this.wait = setTimeout(() => {
      this.wait = undefined;
      this.readOrPause();
    }, waitMs);
    this.readOrPause();
  }

  /** Resolves when the operating system has accepted the message: the sender waits for a client that does not read. */
  send(data: string): Promise<void> {
    const { socket } = this;
    if (socket.readyState !== socket.OPEN) return Promise.resolve();
    const release = this.connections.hold(this.connection, data.length);
    return new Promise((resolve, reject) => {
      socket.send(data, (error) => {
        release();
        this.readOrPause();
        if (error) reject(error);
        else resolve();
      });
      this.readOrPause();
    });
  }

  private readOrPause(): void {
    const mustPause = this.wait !== undefined || this.socket.bufferedAmount > PAUSE_AT_BYTES;
    if (mustPause === this.socket.isPaused) return;
    if (mustPause) this.socket.pause();
    else this.socket.resume();
  }
}
