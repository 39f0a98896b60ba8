import type { Pool, PoolClient } from 'pg';
import { connectionChannel, traced, type ConnectionTrace } from '../base/channels';
import { createPool } from './pool';
import type { Scope } from './scope';

export interface ConnectionsOptions {
  url: string;
  /** Maximum number of connections for customers' statements. Operators and workers have small pools of their own. */
  poolSize: number;
  statementTimeoutMs: number;
}

/** Numbers of connections, and of statements and transactions that wait for one. */
export interface PoolState {
  readonly name: string;
  readonly max: number;
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
}

/** Connections are not renewed again within this time, so that a database that stays read-only is not flooded with them. */
const RENEWAL_MS = 1_000;

/** The pools of connections, one for each kind of scope. */
export class Connections {
  private readonly pools: Record<Scope['kind'], Pool>;
  private readonly openedAt = new WeakMap<PoolClient, number>();
  private renewedAt = -Infinity;

  /** Connects lazily. */
  constructor(options: ConnectionsOptions) {
    const small = Math.min(5, options.poolSize);
    this.pools = {
      customer: createPool('customer', { ...options, size: options.poolSize }),
      operator: createPool('operator', { ...options, size: small }),
      system: createPool('system', { ...options, size: small }),
    };
    for (const pool of Object.values(this.pools))
      pool.on('connect', (client) => this.openedAt.set(client, performance.now()));
  }

  /** A connection, to be released. */
  async take(kind: Scope['kind']): Promise<PoolClient> {
    for (;;) {
      const client = await this.connect(kind);
      if (this.openedAt.get(client)! >= this.renewedAt) return client;
      client.release(true);
    }
  }

  /** The state of each pool, for metrics. */
  get states(): readonly PoolState[] {
    return Object.entries(this.pools).map(([name, { options, totalCount, idleCount, waitingCount }]) => ({
      name,
      max: options.max,
      open: totalCount,
      idle: idleCount,
      waiting: waitingCount,
    }));
  }

  private connect(kind: Scope['kind']): Promise<PoolClient> {
    const trace: ConnectionTrace = { pool: kind };
    return traced(connectionChannel, trace, async () => {
      const client = await this.pools[kind].connect();
      trace.isTaken = true;
      return client;
    });
  }

  /**
   * No connection that is open now is used again. They lead to a database that accepts no writes: after a failover, or a change of
   * its settings, new connections may lead to one that does.
   */
  renew(): void {
    if (performance.now() - this.renewedAt > RENEWAL_MS) this.renewedAt = performance.now();
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.pools).map((pool) => pool.end()));
  }
}
