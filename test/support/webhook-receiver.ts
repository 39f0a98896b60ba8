import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { eventually } from './eventually';

/** How a delivery is answered: 200 with no body, unless told otherwise. */
export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** It is answered when this has resolved. */
  after?: Promise<unknown>;
  /** Where the connection breaks off. */
  cut?: 'before the headers' | 'after the headers' | 'in the body';
}

/** For an answer that never comes. */
export const NEVER: Promise<never> = new Promise(() => undefined);

/** A delivery as it arrived. */
export interface Received {
  path: string;
  /** The header webhook-id. */
  id: string;
  headers: Record<string, string>;
  body: string;
}

/** Answers by how many have arrived at the path, 1 for the first one. */
export type Script = (nth: number, received: Received) => Answer;

/** Endpoints of webhooks on this machine, one for each path, that answer as they are told and keep what they were sent. */
export class WebhookReceiver {
  /** Of all paths, in the order of their arrival. */
  readonly received: Received[] = [];
  /** Connections that were ever made. */
  connections = 0;
  private readonly scripts = new Map<string, Script>();
  /** Of each path: deliveries that wait for their answer, and the most there ever were. */
  private readonly open = new Map<string, { now: number; most: number }>();

  private constructor(private readonly server: Server) {
    server.on('connection', () => (this.connections += 1));
    server.on('request', (request, response) => void this.take(request, response));
  }

  static async start(): Promise<WebhookReceiver> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new WebhookReceiver(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** @param script an answer to all from now on, or one for each */
  answer(path: string, script: Answer | Script): void {
    this.scripts.set(path, typeof script === 'function' ? script : () => script);
  }

  at(path: string): Received[] {
    return this.received.filter((one) => one.path === path);
  }

  /** Waits until so many have arrived at a path. */
  async count(path: string, count: number): Promise<Received[]> {
    return eventually(() => this.at(path).length >= count && this.at(path));
  }

  /** Deliveries that wait for their answer at a path. */
  waitingAt(path: string): number {
    return this.open.get(path)?.now ?? 0;
  }

  /** The most deliveries that waited for their answer at a path at the same time. */
  mostAtOnce(path: string): number {
    return this.open.get(path)?.most ?? 0;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    if (this.server.listening) await once(this.server, 'close');
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const received: Received = {
      path: request.url!,
      id: String(request.headers['webhook-id']),
      headers: request.headers as Record<string, string>,
      body: Buffer.concat(chunks).toString(),
    };
    this.received.push(received);
    const { path } = received;
    const { now, most } = this.open.get(path) ?? { now: 0, most: 0 };
    this.open.set(path, { now: now + 1, most: Math.max(most, now + 1) });
    let waits = true;
    const leave = () => {
      if (waits) this.open.get(path)!.now -= 1;
      waits = false;
    };
    response.once('close', leave); // who sent it has given up
    const { after, ...answer } = this.scripts.get(path)?.(this.at(path).length, received) ?? {};
    await after;
    leave();
    reply(response, answer);
  }
}

function reply(response: ServerResponse, { status = 200, headers, body = '', cut }: Omit<Answer, 'after'>): void {
  if (cut === 'before the headers') return void response.destroy();
  if (cut === undefined) return void response.writeHead(status, headers).end(body);
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) + 1 });
  response.flushHeaders();
  if (cut === 'in the body') response.write(body);
  // What was written is on its way by then.
  setImmediate(() => response.destroy());
}

/**
 * Verifies a delivery as its receiver is to do it.
 *
 * @returns the body, parsed
 * @throws WebhookVerificationError
 */
export function verified(secret: string, { body, headers }: Received): unknown {
  return new Webhook(secret).verify(body, headers);
}
