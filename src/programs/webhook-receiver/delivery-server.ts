import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Nobody else on the network is to send anything. */
const HOST = '127.0.0.1';

/** Far more than any delivery has. */
const MAX_BODY_BYTES = 5_000_000;

/** A delivery as it came. */
export interface IncomingDelivery {
  /** Names in small letters; one that came several times is joined. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface DeliveryServerOptions {
  /** 0 for any free one. */
  port: number;
  /** The HTTP status of each response. */
  status: number;
  /** How long each response is delayed. */
  delayMs: number;
  /** Called for each delivery before the response. */
  onDelivery: (delivery: IncomingDelivery) => void;
}

/** An endpoint for webhooks on this machine, that responds to all alike. */
export class DeliveryServer {
  private readonly stopping = new AbortController();

  private constructor(
    private readonly server: Server,
    private readonly options: DeliveryServerOptions,
  ) {
    server.on('request', (request, response) => {
      this.take(request, response).catch(() => response.destroy()); // who sent it is gone, or the server stops
    });
  }

  /** @throws what listening fails with, e.g. the code EADDRINUSE */
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
      response.writeHead(405, { allow: 'POST' }).end('Deliveries are posted here.\n');
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

/** Undefined for one that is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // The rest is read, and thrown away: a sender that is cut off while it writes never sees the response.
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes <= MAX_BODY_BYTES ? Buffer.concat(chunks).toString() : undefined;
}

function joined({ headersDistinct }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headersDistinct).map(([name, values]) => [name, values!.join(', ')]));
}
