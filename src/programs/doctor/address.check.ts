import { once } from 'node:events';
import { createServer } from 'node:net';
import { isIPv6 } from 'node:net';
import { failed, ok, reasonOf, type Finding } from './finding';

const PROBE_MS = 2_000;

export interface Address {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
}

/** A listener of the gateway. */
interface Listener {
  readonly subject: string;
  /** The variables of its address. */
  readonly variables: { readonly host: string; readonly port: string };
  /** Whether a gateway listens there. */
  readonly isOurs: (address: Address) => Promise<boolean>;
}

const API: Listener = {
  subject: 'address',
  variables: { host: 'HOST', port: 'PORT' },
  isOurs: async (address) =>
    ((await (await request(address, '/')).json()) as { name?: unknown }).name === 'Device gateway',
};
const METRICS: Listener = {
  subject: 'metrics address',
  variables: { host: 'METRICS_HOST', port: 'METRICS_PORT' },
  isOurs: async (address) => (await (await request(address, '/metrics')).text()).includes('\ngateway_ready '),
};

/** Whether the gateway can listen on its address. A gateway that already runs there is fine. */
export const checkAddress = (address: Address): Promise<Finding> => checkListener(API, address);

/** The same of the metrics, which have a port of their own. */
export async function checkMetricsAddress(metrics: Address | undefined, api: Address): Promise<Finding> {
  const { subject } = METRICS;
  if (!metrics) return ok(subject, 'metrics are not served (METRICS_PORT is not set)');
  return metrics.port !== 0 && metrics.port === api.port
    ? failed(subject, `METRICS_PORT and PORT are both ${api.port}`, 'Set METRICS_PORT to another port.')
    : checkListener(METRICS, metrics);
}

async function checkListener({ subject, variables, isOurs }: Listener, address: Address): Promise<Finding> {
  const { host, port } = address;
  const shown = port === 0 ? `${host}, any free port` : `${host}, port ${port}`;
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return ok(subject, `${shown} is free`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE')
      return failed(
        subject,
        `cannot listen on ${shown} (${reasonOf(error)})`,
        `Set ${variables.host} to an address of this machine, and ${variables.port} to a port that this account may use.`,
      );
    if (await isOurs(address).catch(() => false)) return ok(subject, `a gateway is running on ${shown}`);
    return failed(subject, `another program listens on ${shown}`, `Stop it, or set ${variables.port} to another port.`);
  } finally {
    if (server.listening) server.close();
  }
}

function request({ host, port }: Address, path: string): Promise<Response> {
  const loopback = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return fetch(`http://${isIPv6(loopback) ? `[${loopback}]` : loopback}:${port}${path}`, {
    signal: AbortSignal.timeout(PROBE_MS),
    headers: { accept: 'application/json' },
  });
}
