import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { eventually } from './eventually';

/** The response to a delivery. Default: 200 without a body. */
export interface ScriptedResponse {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Delays the response until this has resolved. */
  after?: Promise<unknown>;
  /** Point at which the connection is closed. */
  cut?: 'before the headers' | 'after the headers' | 'in the body';
}

/** For a response that is never sent. */
export const NEVER: Promise<never> = new Promise(() => undefined);

/** A received delivery. */
export interface Received {
  path: string;
  /** The header webhook-id. */
  id: string;
  headers: Record<string, string>;
  body: string;
}

/** Responses by the number of the delivery at the path, 1 for the first. */
export type Script = (nth: number, received: Received) => ScriptedResponse;

/** Local webhook endpoints, one per path, with configurable responses. Records the deliveries. */
export class WebhookReceiver {
  /** Deliveries to all paths, in the order of arrival. */
  readonly received: Received[] = [];
  /** Number of connections so far. */
  connections = 0;
  private readonly scripts = new Map<string, Script>();
  /** By path: current and maximum number of deliveries without a response. */
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

  /** @param script one response for all deliveries from now on, or a function of the delivery */
  respond(path: string, script: ScriptedResponse | Script): void {
    this.scripts.set(path, typeof script === 'function' ? script : () => script);
  }

  at(path: string): Received[] {
    return this.received.filter((one) => one.path === path);
  }

  /** Waits until this number of deliveries has arrived at a path. */
  async count(path: string, count: number): Promise<Received[]> {
    return eventually(() => this.at(path).length >= count && this.at(path));
  }

  /** Number of deliveries at a path without a response yet. */
  waitingAt(path: string): number {
    return this.open.get(path)?.now ?? 0;
  }

  /** Maximum number of concurrent deliveries at a path. */
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
    response.once('close', leave); // the sender has given up
    const { after, ...scripted } = this.scripts.get(path)?.(this.at(path).length, received) ?? {};
    await after;
    leave();
    reply(response, scripted);
  }
}

function reply(
  response: ServerResponse,
  { status = 200, headers, body = '', cut }: Omit<ScriptedResponse, 'after'>,
): void {
  if (cut === 'before the headers') return void response.destroy();
  if (cut === undefined) return void response.writeHead(status, headers).end(body);
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) + 1 });
  response.flushHeaders();
  if (cut === 'in the body') response.write(body);
  // The written data has been sent by then.
  setImmediate(() => response.destroy());
}

/**
 * Verifies a delivery as receivers should.
 *
 * @returns the body, parsed
 * @throws WebhookVerificationError
 */
export function verified(secret: string, { body, headers }: Received): unknown {
  return new Webhook(secret).verify(body, headers);
}
