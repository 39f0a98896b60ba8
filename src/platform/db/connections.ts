import { Socket } from 'node:net';
import type { Pool, PoolClient } from 'pg';
import { connectionChannel, traced, type ConnectionTrace } from '../base/channels';
import { connect } from './connection';
import { isSilence } from './pg-error';
import { createPool } from './pool';
import { Reachability } from './reachability';
import { DATABASE_ROLES, type Scope } from './scope';

export interface ConnectionsOptions {
  url: string;
  /** Maximum number of connections for customers' statements. Operators and workers have small pools of their own. */
  poolSize: number;
  statementTimeoutMs: number;
  /** Time limit of a probe, for its connection and for its statement. Default 3,000. */
  probeTimeoutMs?: number | undefined;
  /** A connection is not used for longer, so that a host name that leads elsewhere is followed. Default 300,000. */
  connectionLifetimeMs?: number | undefined;
}

/** Numbers of connections, and of statements and transactions that wait for one. */
export interface PoolState {
  readonly name: string;
  readonly max: number;
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
}

export const PROBE_TIMEOUT_MS = 3_000;
export const CONNECTION_LIFETIME_MS = 300_000;

/** Connections are not renewed again within this time, so that a database that stays read-only is not flooded with them. */
const RENEWAL_MS = 1_000;

/** The pools of connections, one for each kind of scope. */
export class Connections {
  readonly reachability: Reachability;

  private readonly pools: Record<Scope['kind'], Pool>;
  private readonly sockets = new Set<Socket>();
  private readonly openedAt = new WeakMap<PoolClient, number>();
  private renewedAt = -Infinity;

  /** Connects lazily. */
  constructor(options: ConnectionsOptions) {
    const { poolSize, connectionLifetimeMs: lifetimeMs = CONNECTION_LIFETIME_MS, ...pool } = options;
    const pooled = (kind: Scope['kind'], size: number) =>
      createPool(kind, { ...pool, size, lifetimeMs, createSocket: () => this.createSocket() });
    const small = Math.min(5, poolSize);
    this.pools = {
      customer: pooled('customer', poolSize),
      operator: pooled('operator', small),
      system: pooled('system', small),
    };
    for (const pool of Object.values(this.pools))
      pool.on('connect', (client) => this.openedAt.set(client, performance.now()));
    this.reachability = new Reachability(
      () => probe(options),
      () => this.renew(),
    );
    // When it is lost: no response will come, whatever the time limit of the statement is. When it is back: a connection
    // that began to open before could hang for long.
    this.reachability.changed.on(() => {
      for (const socket of this.sockets) socket.destroy();
    });
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
   * A connection, to be released.
   *
   * @throws UnreachableError at once while the database does not respond
   */
  async take(kind: Scope['kind']): Promise<PoolClient> {
    try {
      for (;;) {
        const client = await this.reachability.unlessUnreachable(
          () => this.connect(kind),
          (late) => late.release(),
        );
        if (this.openedAt.get(client)! >= this.renewedAt) return client;
        client.release(true);
      }
    } catch (error) {
      this.noteFailure(error);
      throw error;
    }
  }

  /** The pools would also connect for callers that were refused while they waited. */
  private createSocket(): Socket {
    const socket = new Socket();
    this.sockets.add(socket);
    if (this.reachability.isUnreachable) process.nextTick(() => socket.destroy());
    return socket.once('close', () => this.sockets.delete(socket));
  }

  /** Finds out whether the database responds, when a failure is the end of a wait. */
  noteFailure(error: unknown): void {
    if (isSilence(error)) this.reachability.suspect();
  }

  /**
   * No connection that is open now is used again. They lead to a database that accepts no writes, or to one that does not respond:
   * after a failover, or a change of its settings, new connections may lead to one that does.
   */
  renew(): void {
    if (performance.now() - this.renewedAt > RENEWAL_MS) this.renewedAt = performance.now();
  }

  async close(): Promise<void> {
    this.reachability.stop();
    await Promise.all(Object.values(this.pools).map((pool) => pool.end()));
  }
}

async function probe({ url, probeTimeoutMs = PROBE_TIMEOUT_MS }: ConnectionsOptions): Promise<void> {
  const client = await connect(url, {
    name: 'probe',
    role: DATABASE_ROLES.system,
    connectionTimeoutMillis: probeTimeoutMs,
  });
  client.end().catch(() => undefined);
}
