import { once } from 'node:events';
import { createServer } from 'node:net';
import { isIPv6 } from 'node:net';
import { failed, ok, reasonOf, type Finding } from './finding';

const SUBJECT = 'address';
const PROBE_MS = 2_000;

/** Whether the gateway can listen on its address. A gateway that already runs there is fine. */
export async function checkAddress({ host, port }: { host: string; port: number }): Promise<Finding> {
  const shown = port === 0 ? `${host}, any free port` : `${host}, port ${port}`;
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return ok(SUBJECT, `${shown} is free`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE')
      return failed(
        SUBJECT,
        `cannot listen on ${shown} (${reasonOf(error)})`,
        'Set HOST to an address of this machine, and PORT to a port that this account may use.',
      );
    if (await isGateway(host, port)) return ok(SUBJECT, `a gateway is running on ${shown}`);
    return failed(SUBJECT, `another program listens on ${shown}`, 'Stop it, or set PORT to another port.');
  } finally {
    if (server.listening) server.close();
  }
}

async function isGateway(host: string, port: number): Promise<boolean> {
  const loopback = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  const url = `http://${isIPv6(loopback) ? `[${loopback}]` : loopback}:${port}/`;
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(PROBE_MS),
      headers: { accept: 'application/json' },
    });
    return ((await response.json()) as { name?: unknown }).name === 'Device gateway';
  } catch {
    return false;
  }
}
