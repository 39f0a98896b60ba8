import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** An endpoint that sends raw bytes, for responses that no HTTP server sends. */
export class RawEndpoint {
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  /** @param respond called when the first bytes of a request have arrived */
  static async start(respond: (socket: Socket) => void): Promise<RawEndpoint> {
    const server = createServer((socket) => socket.once('data', () => respond(socket))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new RawEndpoint(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  /** From then on connections are refused. */
  async stop(): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(this.server, 'close');
  }
}
