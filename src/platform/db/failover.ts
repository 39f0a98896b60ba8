import { Client, type ClientConfig } from 'pg';

const PROBE_TIMEOUT_MS = 3_000;
/** A chosen host is not probed again within this time, e.g. when a pool opens several connections. */
const CHOICE_VALID_MS = 1_000;

/** Why none of several hosts can be used. */
export class NoHostError extends AggregateError {
  constructor(errors: readonly unknown[]) {
    super(errors, 'None of the hosts can be reached.');
  }
}

/**
 * Clients that connect to the first of several hosts that accepts writes, else to the first one that can be reached. After a failover
 * the next connection finds the new primary.
 */
export function failoverClient(targets: readonly ClientConfig[]): typeof Client {
  let chosen: { target: Promise<ClientConfig>; at: number } | undefined;
  const choose = (): Promise<ClientConfig> => {
    if (chosen === undefined || performance.now() - chosen.at > CHOICE_VALID_MS) {
      const choice = { target: chooseHost(targets), at: performance.now() };
      chosen = choice;
      choice.target.catch(() => {
        if (chosen === choice) chosen = undefined;
      });
    }
    return chosen.target;
  };

  class FailoverClient extends Client {
    override connect(): Promise<Client>;
    override connect(callback: (error: Error) => void): void;
    override connect(callback?: (error: Error) => void): Promise<Client> | void {
      const connected = choose().then(({ host, port }) => {
        Object.assign(this, { host: host || this.host, port: Number(port) || this.port });
        return super.connect();
      });
      if (!callback) return connected;
      connected.then(() => callback(null as never), callback);
    }
  }
  return FailoverClient;
}

async function chooseHost(targets: readonly ClientConfig[]): Promise<ClientConfig> {
  const probes = await Promise.allSettled(targets.map(acceptsWrites));
  const index = probes.findIndex((probe) => probe.status === 'fulfilled' && probe.value);
  const reachable = index < 0 ? probes.findIndex(({ status }) => status === 'fulfilled') : index;
  if (reachable >= 0) return targets[reachable]!;
  throw new NoHostError(probes.map((probe) => (probe as PromiseRejectedResult).reason as unknown));
}

async function acceptsWrites(target: ClientConfig): Promise<boolean> {
  const client = new Client({ ...target, connectionTimeoutMillis: PROBE_TIMEOUT_MS, query_timeout: PROBE_TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ writable: boolean }>(
      `/* probe_host */ select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off' as writable`,
    );
    return rows[0]!.writable;
  } finally {
    client.end().catch(() => undefined);
  }
}
