import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A proxy between the gateway and PostgreSQL, with which a test simulates an outage of the database. */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private readonly upstreams = new Set<Socket>();
  private isDown = false;
  private isBlackHole = false;
  /** What was sent on connections that were never answered. */
  readonly swallowed: Buffer[] = [];

  private constructor(
    private readonly server: Server,
    private target: URL,
  ) {
    server.on('connection', (client) => {
      if (this.isDown) return client.destroy();
      if (this.isBlackHole) {
        this.swallow(client);
        return;
      }
      const upstream = connect(Number(this.target.port), this.target.hostname);
      this.upstreams.add(upstream);
      upstream.on('close', () => this.upstreams.delete(upstream));
      for (const [socket, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.sockets.add(socket);
        socket.pipe(other);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => {
          this.sockets.delete(socket);
          other.destroy();
        });
      }
    });
  }

  static async start(url: string): Promise<TcpProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, new URL(url));
  }

  /** The target's URL with the proxy's address. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as AddressInfo).port);
    return url.toString();
  }

  /** Closes all connections and refuses new ones. */
  down(): void {
    this.isDown = true;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Passes on nothing more that PostgreSQL sends on the open connections. */
  withholdReplies(): void {
    for (const upstream of this.upstreams) upstream.unpipe().pause();
  }

  /**
   * Behaves as a network that drops packets: nothing passes in either direction, nobody is told, and new connections are accepted
   * but never answered. What was open stays so.
   */
  blackHole(): void {
    this.isBlackHole = true;
    for (const socket of this.sockets) this.swallow(socket.unpipe());
  }

  /** New connections lead there. Those that are open stay where they are. */
  retarget(url: string): void {
    this.target = new URL(url);
  }

  /** New connections are passed on again. */
  up(): void {
    this.isDown = false;
    this.isBlackHole = false;
  }

  /** Takes what the socket sends, and keeps the other side open when it ends. */
  private swallow(socket: Socket): void {
    this.sockets.add(socket);
    socket.removeAllListeners('close').on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy()).on('data', (bytes) => this.swallowed.push(bytes));
  }

  /** Number of connections that are open to the target, also to a former one. */
  get open(): number {
    return this.upstreams.size;
  }

  async stop(): Promise<void> {
    this.down();
    this.server.close();
    await once(this.server, 'close');
  }
}
