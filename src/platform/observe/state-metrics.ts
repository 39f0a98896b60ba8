import { Gauge, type Registry } from 'prom-client';

export interface PoolReading {
  readonly name: string;
  readonly max: number;
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
}

export interface LagReading {
  /** Events that the tail of this instance has not read. */
  readonly tailEvents: number;
  readonly consumers: readonly { readonly name: string; readonly events: number; readonly seconds: number }[];
}

/** What is read at each scrape. */
export interface MetricSources {
  readonly pools: () => readonly PoolReading[];
  readonly subscriptions: () => number;
  readonly sockets: () => number;
  /** Operations and events that run, and those that wait for a place. */
  readonly operations: () => { readonly used: number; readonly waiting: number };
  /** Memory of the cached documents. */
  readonly documentBytes: () => number;
  readonly isReady: () => boolean;
  /** Reads from the database. */
  readonly lag: () => Promise<LagReading>;
}

/** A scrape does not wait longer for the database. Metrics of lag are absent then. */
const LAG_TIMEOUT_MS = 2_000;

/** Adds the metrics that show the current state. @returns to be called before each scrape */
export function addStateMetrics(registry: Registry, sources: MetricSources): () => Promise<void> {
  const registers = [registry];
  const pool = 'db_client_connection_pool_name';
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('graphql_server_subscription_active', 'Open subscriptions.', sources.subscriptions);
  gauge('gateway_sockets', 'Open WebSockets.', sources.sockets);
  gauge(
    'gateway_operations_running',
    'Operations and events of subscriptions that run.',
    () => sources.operations().used,
  );
  gauge(
    'gateway_operations_waiting',
    'Operations and events that wait for a place to run.',
    () => sources.operations().waiting,
  );
  gauge('gateway_document_cache_bytes', 'Memory of the cached documents.', sources.documentBytes);
  gauge('gateway_ready', '1 while the gateway can serve requests, as GET /readyz; else 0.', () =>
    Number(sources.isReady()),
  );
  new Gauge({
    name: 'db_client_connection_count',
    help: 'Open connections of a pool by state: idle or used.',
    labelNames: [pool, 'db_client_connection_state'],
    registers,
    collect() {
      for (const { name, open, idle } of sources.pools()) {
        this.set({ [pool]: name, db_client_connection_state: 'idle' }, idle);
        this.set({ [pool]: name, db_client_connection_state: 'used' }, open - idle);
      }
    },
  });
  const ofPools = (name: string, help: string, read: (state: PoolReading) => number) =>
    new Gauge({
      name,
      help,
      labelNames: [pool],
      registers,
      collect() {
        for (const state of sources.pools()) this.set({ [pool]: state.name }, read(state));
      },
    });
  ofPools('db_client_connection_max', 'Largest number of connections of a pool.', ({ max }) => max);
  ofPools(
    'db_client_connection_pending_requests',
    'Statements and transactions that wait for a connection of a pool.',
    ({ waiting }) => waiting,
  );
  return addLagMetrics(registry, sources.lag);
}

/** @returns reads the lag again */
function addLagMetrics(registry: Registry, read: MetricSources['lag']): () => Promise<void> {
  const registers = [registry];
  const labelNames = ['consumer'] as const;
  const tail = new Gauge({
    name: 'gateway_tail_lag_events',
    help: 'Events that this instance has not read from the database.',
    registers,
  });
  const events = new Gauge({
    name: 'gateway_consumer_lag_events',
    help: 'Events that a consumer has not handled, such as the planner of webhook deliveries.',
    labelNames,
    registers,
  });
  const seconds = new Gauge({
    name: 'gateway_consumer_lag_seconds',
    help: 'Age of the oldest event that a consumer has not handled.',
    labelNames,
    registers,
  });
  return async () => {
    const lag = await withinTime(read());
    tail.remove();
    events.reset();
    seconds.reset();
    if (!lag) return;
    tail.set(lag.tailEvents);
    for (const consumer of lag.consumers) {
      events.set({ consumer: consumer.name }, consumer.events);
      seconds.set({ consumer: consumer.name }, consumer.seconds);
    }
  };
}

/** Undefined when the reading fails or takes too long. */
async function withinTime(reading: Promise<LagReading>): Promise<LagReading | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), LAG_TIMEOUT_MS);
  });
  try {
    return await Promise.race([reading.catch(() => undefined), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
