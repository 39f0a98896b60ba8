import type { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import type { Pool, PoolClient } from 'pg';
import { connectionChannel, traced, type ConnectionTrace } from '../base/channels';
import { connect } from './connection';
import { RequestError } from '../base/errors';
import { FairQueue, QueueFullError, type FairQueueBounds } from '../base/fair-queue';
import { defineLimit, noteLimitReached } from '../base/limit';
import { LoopTurns } from '../base/turns';
import { isSilence } from './pg-error';
import { createPool } from './pool';
import { Reachability } from './reachability';
import {
  DATABASE_ROLES,
  OPERATOR_CONNECTIONS,
  scopeKey,
  SYSTEM_CONNECTIONS,
  SYSTEM_PURPOSES,
  type Scope,
  type SystemPurpose,
} from './scope';

export interface ConnectionsOptions {
  url: string;
  /** Maximum number of connections for customers' statements. Operators and the gateway's own work have pools of their own. */
  poolSize: number;
  statementTimeoutMs: number;
  /** Time limit of a probe, for its connection and for its statement. Default 3,000. */
  probeTimeoutMs?: number | undefined;
  /** A connection is not used for longer, so that a host name that leads elsewhere is followed. Default 300,000. */
  connectionLifetimeMs?: number | undefined;
  /** Instead of the limits, for tests. */
  waits?: Partial<typeof WAITS>;
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

const WAITS = {
  'connection wait, milliseconds': defineLimit('connection wait, milliseconds', {
    value: 10_000,
    unit: 'ms',
    description:
      'Wait of a statement or transaction for a connection to the database. Then RATE_LIMITED if the customer itself uses all it may, else SERVICE_UNAVAILABLE.',
  }),
  'connection waits': defineLimit('connection waits', {
    value: 20_000,
    unit: 'statements',
    description:
      'Statements and transactions that wait for a connection on one instance. One more is SERVICE_UNAVAILABLE.',
  }),
  'connection waits of a customer': defineLimit('connection waits of a customer', {
    value: 4_000,
    unit: 'statements',
    description: 'The same of one customer, or of all operators. One more is RATE_LIMITED.',
  }),
};
/** Parsing the rows in so many bytes takes a millisecond. Node reads up to 65,536 bytes at a time, or 8,192 over TLS. */
const BYTES_PER_TURN = 16_384;

const RETRY_AFTER_S = 1;

/** Part of the customers' connections that no single customer may use: the others find one free, or one that soon will be. At least 1. */
const SHARE_OF_OTHERS = 1 / 4;

/**
 * Part that one customer may use while others send statements, too: their statements compete for the processors of the database.
 * At least 1.
 */
const SHARE_BESIDE_OTHERS = 1 / 3;

/** What pg makes of the messages of the server. */
interface PgConnection extends EventEmitter {
  readonly stream: Socket;
}

/** A connection in use. */
export interface Lease {
  readonly client: PoolClient;
  /** Gives the connection back. @param isBroken whether it must not be used again */
  readonly release: (isBroken?: boolean) => void;
}

interface FairPool {
  readonly pool: Pool;
  readonly queue: FairQueue;
  /** Free connections that the pool does not know to be free. The one that was used last is the next one. */
  readonly free: PoolClient[];
}

/**
 * A free connection is given back to its pool after this time. To take one from the pool and to give it back takes longer than to
 * send a statement.
 */
const KEEP_FREE_MS = 1_000;

/**
 * The pools of connections, one for each kind of scope. Who waits for a connection waits in a queue that is fair among customers, and
 * among the purposes of the gateway's own work.
 */
export class Connections {
  readonly reachability: Reachability;

  private readonly pools: Record<Scope['kind'], FairPool>;
  private readonly sockets = new Set<Socket>();
  private readonly rowTurns = new LoopTurns();
  private readonly openedAt = new WeakMap<PoolClient, number>();
  private renewedAt = -Infinity;
  private readonly lifetimeMs: number;
  private keeping: NodeJS.Timeout | undefined;
  private isClosing = false;

  /** Connects lazily. */
  constructor(options: ConnectionsOptions) {
    const { poolSize, connectionLifetimeMs: lifetimeMs = CONNECTION_LIFETIME_MS, ...pool } = options;
    this.lifetimeMs = lifetimeMs;
    const limits = { ...WAITS, ...options.waits };
    const pooled = (kind: Scope['kind'], size: number, placesOf: FairQueueBounds['placesOf']): FairPool => ({
      pool: createPool(kind, { ...pool, size, lifetimeMs, createSocket: () => this.createSocket() }),
      queue: new FairQueue({
        places: size,
        placesOf,
        waiters: limits['connection waits'],
        waitersPerOwner: limits['connection waits of a customer'],
        waitMs: limits['connection wait, milliseconds'],
      }),
      free: [],
    });
    const ofCustomer = Math.max(1, poolSize - Math.max(1, Math.floor(SHARE_OF_OTHERS * poolSize)));
    const besideOthers = Math.max(1, Math.floor(SHARE_BESIDE_OTHERS * poolSize));
    const ofOperators = Math.min(OPERATOR_CONNECTIONS, poolSize);
    this.pools = {
      customer: pooled('customer', poolSize, (_owner, isShared) => (isShared ? besideOthers : ofCustomer)),
      operator: pooled('operator', ofOperators, () => ofOperators),
      system: pooled('system', SYSTEM_CONNECTIONS, (purpose) => SYSTEM_PURPOSES[purpose as SystemPurpose]),
    };
    for (const { pool, free } of Object.values(this.pools))
      pool.on('connect', (client) => {
        this.openedAt.set(client, performance.now());
        // Over TLS, this is not the socket that was created for the connection, but the one around it.
        readInTurns((client as PoolClient & { connection: PgConnection }).connection, this.rowTurns);
        // While it is free, nothing else notices that it is lost.
        const drop = () => {
          const index = free.indexOf(client);
          if (index >= 0) free.splice(index, 1)[0]!.release(true);
        };
        client.on('error', drop).on('end', drop);
      });
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
    return Object.entries(this.pools).map(([name, { pool, queue, free }]) => ({
      name,
      max: pool.options.max,
      open: pool.totalCount,
      idle: pool.idleCount + free.length,
      waiting: queue.waiting + pool.waitingCount,
    }));
  }

  /**
   * A connection, to be released.
   *
   * @throws UnreachableError at once while the database does not respond
   * @throws RequestError RATE_LIMITED or SERVICE_UNAVAILABLE when too many wait, or the wait is too long
   */
  take(scope: Scope): Promise<Lease> {
    const trace: ConnectionTrace = { pool: scope.kind };
    return traced(connectionChannel, trace, async () => {
      const leave = await this.place(scope);
      try {
        const fair = this.pools[scope.kind];
        const client = await this.connect(fair);
        trace.isTaken = true;
        return this.lease(fair, client, leave);
      } catch (error) {
        leave();
        this.noteFailure(error);
        throw error;
      }
    });
  }

  /** A connection that is free now. Undefined when there is none, or others wait for one: see `take`. */
  takeFree(scope: Scope): Lease | undefined {
    const fair = this.pools[scope.kind];
    if (fair.free.length === 0 || this.reachability.isUnreachable) return undefined;
    const leave = fair.queue.tryEnter(ownerOf(scope));
    if (!leave) return undefined;
    const client = this.nextFree(fair);
    if (!client) {
      leave();
      return undefined;
    }
    if (connectionChannel.hasSubscribers)
      void traced(connectionChannel, { pool: scope.kind, isTaken: true }, () => Promise.resolve());
    return this.lease(fair, client, leave);
  }

  /** Waits for the scope's turn. */
  private async place(scope: Scope): Promise<() => void> {
    const { queue } = this.pools[scope.kind];
    try {
      return await this.reachability.unlessUnreachable(
        () => queue.enter(ownerOf(scope)),
        (leave) => leave(),
      );
    } catch (error) {
      if (!(error instanceof QueueFullError)) throw error;
      if (error.isLate) await this.reachability.assertReachable();
      throw refusalOf(error, scope);
    }
  }

  private async connect(fair: FairPool): Promise<PoolClient> {
    const free = this.nextFree(fair);
    if (free) return free;
    for (;;) {
      const client = await this.reachability.unlessUnreachable(
        () => fair.pool.connect(),
        (late) => late.release(),
      );
      if (this.openedAt.get(client)! >= this.renewedAt) return client;
      client.release(true);
    }
  }

  private nextFree({ free }: FairPool): PoolClient | undefined {
    for (let client = free.pop(); client; client = free.pop()) {
      if (this.isCurrent(client)) return client;
      client.release(true);
    }
    return undefined;
  }

  private isCurrent(client: PoolClient): boolean {
    const openedAt = this.openedAt.get(client)!;
    return openedAt >= this.renewedAt && performance.now() - openedAt < this.lifetimeMs;
  }

  /** Whether a connection in use may be kept for more: nothing waits for it, and it is not to be closed. */
  mayKeep(kind: Scope['kind'], client: PoolClient): boolean {
    const { pool, queue } = this.pools[kind];
    const isAwaited = queue.waiting > 0 || pool.waitingCount > 0;
    return !isAwaited && !this.isClosing && !this.reachability.isUnreachable && this.isCurrent(client);
  }

  private lease(fair: FairPool, client: PoolClient, leave: () => void): Lease {
    const release = (isBroken = false): void => {
      // Who waits in the pool would not see a connection that is kept here.
      if (isBroken || this.isClosing || fair.pool.waitingCount > 0) client.release(isBroken);
      else {
        fair.free.push(client);
        this.keeping ??= setTimeout(() => this.giveBack(), KEEP_FREE_MS).unref();
      }
      leave();
    };
    return { client, release };
  }

  /** Gives all free connections back to their pools, which close those that are idle for long. */
  private giveBack(): void {
    clearTimeout(this.keeping);
    this.keeping = undefined;
    for (const { free } of Object.values(this.pools)) for (const client of free.splice(0)) client.release();
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
    this.isClosing = true;
    this.giveBack();
    await Promise.all(Object.values(this.pools).map(({ pool }) => pool.end()));
  }
}

/**
 * Rows arrive faster than they are parsed, and Node would parse some megabytes of each connection before it does anything else. After
 * so many bytes, a connection waits for its turn.
 *
 * @param turns not those of operations: a long turn of one, such as the check of 1,000 readings, must not delay its own rows
 */
function readInTurns(connection: PgConnection, turns: LoopTurns): void {
  const { stream } = connection;
  let bytes = 0;
  /** Of the result that arrives. A single row, such as the text of a compiled read, is one long value: it is parsed in no time. */
  let rows = 0;
  connection.on('dataRow', () => (rows += 1));
  connection.on('readyForQuery', () => (rows = 0));
  stream.on('data', ({ length }: Buffer) => {
    bytes = rows < 2 ? 0 : bytes + length;
    if (bytes < BYTES_PER_TURN) return;
    bytes = 0;
    stream.pause();
    void turns.next('rows').then(() => stream.resume());
  });
}

/** Who takes turns with others for a connection. */
function ownerOf(scope: Scope): string {
  return scope.kind === 'system' ? scope.purpose : scopeKey(scope);
}

function refusalOf({ isOwn, isLate }: QueueFullError, { kind }: Scope): RequestError {
  noteLimitReached(
    isLate ? 'connection wait, milliseconds' : isOwn ? 'connection waits of a customer' : 'connection waits',
  );
  return isOwn && kind !== 'system'
    ? new RequestError(
        'RATE_LIMITED',
        'Your requests need more database connections at a time than one customer may use. Send fewer at a time.',
        { retryAfter: RETRY_AFTER_S },
      )
    : new RequestError('SERVICE_UNAVAILABLE', 'All connections to the database are in use. Try again.');
}

async function probe({ url, probeTimeoutMs = PROBE_TIMEOUT_MS }: ConnectionsOptions): Promise<void> {
  const client = await connect(url, {
    name: 'probe',
    role: DATABASE_ROLES.system,
    connectionTimeoutMillis: probeTimeoutMs,
  });
  client.end().catch(() => undefined);
}
