import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Not reachable from the network. */
const HOST = '127.0.0.1';

/** Much larger than any delivery. */
const MAX_BODY_BYTES = 5_000_000;

export interface IncomingDelivery {
  /** Names are lower-case. Repeated headers are joined by commas. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface DeliveryServerOptions {
  /** 0 for any free port. */
  port: number;
  /** HTTP status of each response. */
  status: number;
  /** Delay of each response. */
  delayMs: number;
  /** Called for each delivery, before the response is sent. */
  onDelivery: (delivery: IncomingDelivery) => void;
}

/** A local endpoint for webhooks that gives every delivery the same response. */
export class DeliveryServer {
  private readonly stopping = new AbortController();

  private constructor(
    private readonly server: Server,
    private readonly options: DeliveryServerOptions,
  ) {
    server.on('request', (request, response) => {
      this.take(request, response).catch(() => response.destroy()); // the sender disconnected, or the server stops
    });
  }

  /** @throws a system error when it cannot listen, e.g. EADDRINUSE */
  static async start(options: DeliveryServerOptions): Promise<DeliveryServer> {
    const server = createServer();
    const started = new DeliveryServer(server, options);
    server.listen(options.port, HOST);
    await once(server, 'listening');
    return started;
  }

  get url(): string {
    return `http://${HOST}:${(this.server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') {
      response.writeHead(405, { allow: 'POST' }).end('Send deliveries with POST.\n');
      return;
    }
    const body = await readBody(request);
    if (body === undefined) {
      response.writeHead(413).end();
      return;
    }
    const { delayMs, status, onDelivery } = this.options;
    onDelivery({ headers: joined(request), body });
    await sleep(delayMs, undefined, { signal: this.stopping.signal });
    response.writeHead(status).end();
  }
}

/** @returns undefined if the body is too long */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Reads and drops the rest: a sender that is disconnected while it writes does not see the response.
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes <= MAX_BODY_BYTES ? Buffer.concat(chunks).toString() : undefined;
}

function joined({ headersDistinct }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headersDistinct).map(([name, values]) => [name, values!.join(', ')]));
}
