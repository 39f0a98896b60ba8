import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * A local port without a listener that the system assigns to no other program, because an accepted connection on it stays open.
 * Connections are refused until the test itself listens on it.
 */
export class ReservedPort {
  private constructor(
    readonly number: number,
    private readonly server: Server,
    private readonly ends: readonly Socket[],
  ) {}

  static async take(): Promise<ReservedPort> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const near = connect(port, '127.0.0.1');
    const [far] = (await once(server, 'connection')) as [Socket];
    server.close(); // stops listening; the connection stays open
    return new ReservedPort(port, server, [near, far]);
  }

  async giveBack(): Promise<void> {
    const closed = once(this.server, 'close');
    for (const end of this.ends) end.destroy();
    await closed;
  }
}
