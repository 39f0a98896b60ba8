import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Amounts } from '../base/amounts';
import { defineLimit, noteLimitReached } from '../base/limit';
import type { Logger } from '../base/logger';
import { onClose, type HttpReply, type HttpRequest } from './exchange';
import { sendError } from './http-error';

const MAX_UNREAD_BYTES = defineLimit('unread bytes of a connection', {
  value: 33_554_432,
  unit: 'bytes',
  description:
    'Responses and messages that the client of one connection has not taken. Beyond, the connection is cut off.',
});
const MAX_ALL_UNREAD_BYTES = defineLimit('unread bytes of all connections', {
  value: 134_217_728,
  unit: 'bytes',
  description:
    'The same for all connections of an instance. Beyond, the connection that has taken nothing for the longest time is cut off.',
});
const UNREAD_TIMEOUT_MS = defineLimit('unread, milliseconds', {
  value: 20_000,
  unit: 'ms',
  description:
    'Time in which a client must take 64 KiB of what waits for it, or all of it. A connection that does not is cut off; a WebSocket is closed with 1013, `SUBSCRIBER_TOO_SLOW`.',
});
const MAX_PIPELINED = defineLimit('requests of a connection', {
  value: 16,
  unit: 'requests',
  description:
    'Requests in progress on one HTTP connection, sent without waiting for their responses. More are refused with 503, SERVICE_UNAVAILABLE.',
});

/** The client has made progress when it has taken so many bytes. */
const PROGRESS_BYTES = 65_536;

export interface ConnectionsOptions {
  log: Logger;
  /** Open connections in all. One address may have half of them. */
  maxConnections: number;
  /** Instead of the limit, for tests. */
  unreadTimeoutMs?: number;
  /** Instead of the limit, for tests. */
  maxUnreadBytes?: number;
  /** Instead of the limit, for tests. */
  maxAllUnreadBytes?: number;
}

interface Connection {
  readonly socket: Socket;
  /** Bytes that were passed to the connection and that the operating system has not accepted. */
  unread: number;
  /** What the operating system had accepted at the time of the last progress. */
  taken: number;
  progressAtMs: number;
  /** Of the requests in progress. */
  readonly responses: Set<ServerResponse>;
  isGone: boolean;
  /** Instead of destroying the connection when it takes nothing: a WebSocket tells its client why. */
  close?: () => void;
}

/**
 * The connections of the server, and what their clients have not read. It bounds the memory of responses and messages on all
 * interfaces: each is reported when it is passed to its connection.
 */
export class Connections {
  private readonly connections = new WeakMap<Socket, Connection>();
  /** Those with unread bytes. The first one has taken nothing for the longest time. */
  private readonly holding = new Set<Connection>();
  private readonly addresses = new Amounts();
  private allUnread = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly timeoutMs: number;
  private readonly maxUnread: number;
  private readonly maxAllUnread: number;

  constructor(private readonly options: ConnectionsOptions) {
    this.timeoutMs = options.unreadTimeoutMs ?? UNREAD_TIMEOUT_MS;
    this.maxUnread = options.maxUnreadBytes ?? MAX_UNREAD_BYTES;
    this.maxAllUnread = options.maxAllUnreadBytes ?? MAX_ALL_UNREAD_BYTES;
  }

  /** Counts the connections of an HTTP server. */
  watch(server: Server): void {
    const { maxConnections } = this.options;
    server.maxConnections = maxConnections;
    server.on('drop', () => noteLimitReached('MAX_CONNECTIONS'));
    server.on('connection', (socket) => this.admit(socket, Math.ceil(maxConnections / 2)));
  }

  /** Counts a request in progress on its connection. @returns whether it is one too many, which is refused */
  refuses(request: HttpRequest, reply: HttpReply): boolean {
    const { responses } = this.of(request.raw.socket);
    responses.add(reply.raw);
    onClose(reply.raw, () => responses.delete(reply.raw));
    if (responses.size <= MAX_PIPELINED) return false;
    noteLimitReached('requests of a connection');
    const text = `Too many requests in progress on this connection: at most ${MAX_PIPELINED}. Wait for responses.`;
    sendError(reply, 503, 'SERVICE_UNAVAILABLE', text);
    return true;
  }

  /** @param close called instead of destroying a connection that takes nothing */
  closeWith(socket: Socket, close: () => void): void {
    this.of(socket).close = close;
  }

  /**
   * Counts bytes that are passed to a connection. They may be the ones that are too many: it is then cut off.
   *
   * @returns called when the operating system has accepted them, or the connection is gone
   */
  hold(socket: Socket, bytes: number): () => void {
    const connection = this.of(socket);
    if (connection.isGone) return () => undefined;
    const held = bytes + 1; // an empty response is something to take, too
    if (connection.unread === 0) this.noteProgress(connection);
    connection.unread += held;
    this.allUnread += held;
    let isHeld = true;
    const release = () => {
      if (!isHeld || connection.isGone) return;
      isHeld = false;
      connection.unread -= held;
      this.allUnread -= held;
      if (connection.unread > 0) return;
      this.drop(connection);
    };
    this.timer ??= setInterval(() => this.sweep(), Math.min(1_000, this.timeoutMs / 4)).unref();
    if (connection.unread > this.maxUnread) this.cutOff(connection, 'unread bytes of a connection');
    while (this.allUnread > this.maxAllUnread && this.holding.size > 0) {
      const [slowest] = this.holding;
      this.cutOff(slowest!, 'unread bytes of all connections');
    }
    return release;
  }

  private admit(socket: Socket, maxOfAddress: number): void {
    const address = socket.remoteAddress ?? '';
    socket.once('close', this.addresses.add(address));
    if (this.addresses.of(address) <= maxOfAddress) return;
    noteLimitReached('MAX_CONNECTIONS');
    socket.destroy();
  }

  private of(socket: Socket): Connection {
    const known = this.connections.get(socket);
    if (known) return known;
    const connection: Connection = {
      socket,
      unread: 0,
      taken: 0,
      progressAtMs: 0,
      responses: new Set(),
      isGone: false,
    };
    this.connections.set(socket, connection);
    socket.once('close', () => {
      this.forget(connection);
      // Node closes only the response that is being sent, and not those that wait for it.
      for (const response of connection.responses) if (!response.closed) response.emit('close');
    });
    return connection;
  }

  private sweep(): void {
    const nowMs = performance.now();
    for (const connection of [...this.holding]) {
      // A response may wait for the one before, which is not ready.
      const isIdle = connection.socket.writableLength === 0;
      if (isIdle || takenBy(connection.socket) - connection.taken >= PROGRESS_BYTES) this.noteProgress(connection);
      else if (nowMs - connection.progressAtMs > this.timeoutMs) this.cutOff(connection, 'unread, milliseconds');
    }
  }

  private noteProgress(connection: Connection): void {
    connection.taken = takenBy(connection.socket);
    connection.progressAtMs = performance.now();
    this.holding.delete(connection);
    this.holding.add(connection);
  }

  private cutOff(connection: Connection, limit: string): void {
    const { socket, unread, close } = connection;
    noteLimitReached(limit);
    this.options.log.info({ limit, unreadBytes: unread }, 'connection cut off: its client does not read');
    this.forget(connection);
    if (close && limit === 'unread, milliseconds') close();
    else socket.destroy();
  }

  /** The connection is gone, or soon will be. */
  private forget(connection: Connection): void {
    if (connection.isGone) return;
    connection.isGone = true;
    this.allUnread -= connection.unread;
    this.drop(connection);
  }

  private drop(connection: Connection): void {
    this.holding.delete(connection);
    if (this.holding.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

/** Parts of libuv's stream that Node's own time-out of sockets reads, too. */
interface Handle {
  readonly bytesWritten: number;
  readonly writeQueueSize: number;
}

/** Bytes that the operating system has accepted. Node's `bytesWritten` includes those that it has not. */
function takenBy(socket: Socket): number {
  const { _handle: handle } = socket as { _handle?: Handle | null };
  return handle ? handle.bytesWritten - handle.writeQueueSize : 0;
}
