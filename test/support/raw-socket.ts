import { WebSocket, type ClientOptions } from 'ws';
import type { GraphqlError } from './test-app';

export interface SocketMessage {
  id?: string;
  type: string;
  payload?: unknown;
}

export interface SocketResult {
  data?: Record<string, unknown> | null;
  errors?: GraphqlError[];
}

/** A WebSocket client that sends exactly the given messages, including protocol violations. */
export class RawSocket {
  readonly messages: SocketMessage[] = [];
  closed: { code: number; reason: string } | undefined;
  private readonly waiting = new Set<() => void>();
  private nextId = 1;

  private constructor(readonly webSocket: WebSocket) {
    webSocket.on('message', (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString()) as SocketMessage);
      this.changed();
    });
    webSocket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.changed();
    });
    webSocket.on('error', () => undefined); // `close` follows
  }

  /** Opens a socket. It is already closed if the gateway rejected it. */
  static async open(
    url: string,
    options: ClientOptions & { path?: string; protocol?: string } = {},
  ): Promise<RawSocket> {
    const { path = '/graphql', protocol = 'graphql-transport-ws', ...rest } = options;
    const socket = new RawSocket(
      new WebSocket(url.replace(/^http/, 'ws') + path, protocol, { perMessageDeflate: false, ...rest }),
    );
    await new Promise((resolve) => socket.webSocket.once('open', resolve).once('close', resolve));
    return socket;
  }

  /** Opens a socket whose connection is acknowledged. */
  static async connect(url: string, key: string): Promise<RawSocket> {
    const socket = await RawSocket.open(url);
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } });
    await socket.message(({ type }) => type === 'connection_ack');
    return socket;
  }

  send(message: SocketMessage | string): void {
    this.webSocket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  subscribe(
    payload: { query: string; variables?: Record<string, unknown>; operationName?: string },
    id = String(this.nextId++),
  ): string {
    this.send({ id, type: 'subscribe', payload });
    return id;
  }

  /** The result of a query or mutation, or of a refused operation. Rejects when the socket is closed first. */
  async execute(payload: Parameters<RawSocket['subscribe']>[0]): Promise<SocketResult> {
    const id = this.subscribe(payload);
    const { type, payload: result } = await this.message((message) => message.id === id);
    return type === 'error' ? { errors: result as GraphqlError[] } : (result as SocketResult);
  }

  /** The first matching message, already received or in the future. */
  async message(matches: (message: SocketMessage) => boolean): Promise<SocketMessage> {
    for (;;) {
      const found = this.messages.find(matches);
      if (found) return found;
      if (this.closed) throw new Error(`The socket was closed: ${JSON.stringify(this.closed)}`);
      await this.change();
    }
  }

  async untilClosed(): Promise<{ code: number; reason: string }> {
    while (!this.closed) await this.change();
    return this.closed;
  }

  async close(): Promise<void> {
    this.webSocket.close();
    await this.untilClosed();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.add(resolve);
    });
  }

  private changed(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}
