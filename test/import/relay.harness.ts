import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy between the importer and the gateway. */
export class Relay {
  /** Mutations. */
  calls = 0;
  /** Bodies of the requests, oldest first. */
  readonly bodies: string[] = [];
  /** Called after the gateway has responded. If true, the connection is closed without a response. */
  dropsResponse: (call: number) => boolean = () => false;

  private constructor(
    private readonly server: Server,
    private readonly target: string,
  ) {}

  static async start(target: string): Promise<Relay> {
    const server = createServer();
    const relay = new Relay(server, target);
    server.on('request', (request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        relay.bodies.push(Buffer.concat(chunks).toString());
        const { status, body } = await relay.pass(request.headers.authorization, Buffer.concat(chunks));
        const isCall = relay.bodies.at(-1)!.startsWith('{"query":"mutation');
        if (isCall) relay.calls += 1;
        if (isCall && relay.dropsResponse(relay.calls)) response.destroy();
        else response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/graphql`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async pass(authorization = '', body: Buffer) {
    const headers = { authorization, 'content-type': 'application/json' };
    const response = await fetch(this.target, { method: 'POST', headers, body });
    return { status: response.status, body: await response.text() };
  }
}
