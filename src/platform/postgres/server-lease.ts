import { Client } from 'pg';
import { Backoff, pause } from '../base/loop';
import type { Log } from './server-placement';
import { errorCode, textOf } from './system-error';

/** The bytes of `gateway` as a number. The only advisory lock of ours in the database `postgres`. */
const LOCK_ID = '29099075147620729';
const RETRY = { firstMs: 250, maxMs: 5_000 };
/** The server is shutting down, starting up or gone: look for a server again instead of failing. */
const GOING = new Set(['57P01', '57P02', '57P03', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE']);

/**
 * A gateway's lease on a server that several gateways may share.
 *
 * It is a shared advisory lock held by a separate connection, so a killed gateway releases it automatically. The gateway that
 * gets the lock exclusively is the last one. Gateways that start then wait until it has stopped the server.
 */
export class ServerLease {
  private readonly released = new AbortController();
  private client: Client | undefined;
  private reconnecting: Promise<void> | undefined;

  private constructor(
    private readonly url: string,
    private readonly log: Log,
    private readonly revive: (released: AbortSignal) => Promise<void>,
  ) {}

  /**
   * Undefined when the server is shutting down or not running.
   *
   * @param revive called when the lease is lost, until it does not throw and the lease is taken again: starts a server that died
   */
  static async take(
    url: string,
    log: Log,
    revive: (released: AbortSignal) => Promise<void>,
  ): Promise<ServerLease | undefined> {
    const lease = new ServerLease(url, log, revive);
    return (await lease.connect()) ? lease : undefined;
  }

  /** The connection that holds the lease, for statements outside a transaction. */
  get session(): Client {
    if (!this.client) throw new Error('The connection to the embedded PostgreSQL is lost');
    return this.client;
  }

  /**
   * Releases the lease.
   *
   * @param last runs if no other gateway has a lease; starting gateways wait until it has ended
   * @returns whether this was the last lease
   */
  async release(last: () => Promise<void>): Promise<boolean> {
    this.released.abort();
    await this.reconnecting;
    if (!this.client && !(await this.connect())) return false;
    const client = this.client!;
    try {
      if (!(await isLast(client))) return false;
      await last();
      return true;
    } finally {
      await client.end().catch(() => {}); // the server may be gone by now
    }
  }

  private async connect(): Promise<boolean> {
    const client = new Client({
      connectionString: this.url,
      application_name: 'gateway lease',
      // It waits and is idle for long.
      options: '-c statement_timeout=0 -c lock_timeout=0 -c idle_session_timeout=0',
      connectionTimeoutMillis: 10_000,
    });
    client.on('error', () => {}); // `end` follows
    try {
      await client.connect();
      await client.query('/* lease.take */ SELECT pg_advisory_lock_shared($1)', [LOCK_ID]);
    } catch (error) {
      await client.end().catch(() => {});
      if (isGoing(error)) return false;
      throw error;
    }
    client.once('end', () => {
      this.client = undefined;
      if (!this.released.signal.aborted) this.reconnecting = this.reconnect();
    });
    this.client = client;
    return true;
  }

  /**
   * PostgreSQL drops all connections when a backend crashes, when it dies, and when its disk is full. Without a lease, another
   * gateway could stop the server.
   */
  private async reconnect(): Promise<void> {
    this.log('lost the lease on the embedded PostgreSQL, taking it again');
    const { signal } = this.released;
    const backoff = new Backoff(RETRY);
    let reported: string | undefined;
    while (!signal.aborted) {
      try {
        await this.revive(signal);
        if (await this.connect()) return;
      } catch (error) {
        const reason = textOf(error, 'message');
        if (!this.released.signal.aborted && reason !== reported)
          this.log('the embedded PostgreSQL cannot be used, will retry', { reason: (reported = reason) });
      }
      await pause(backoff.next(), signal); // cut short by release
    }
  }
}

/** Releases the shared lock and tries to take it exclusively. When several gateways end concurrently, exactly one succeeds. */
async function isLast(client: Client): Promise<boolean> {
  try {
    await client.query('/* lease.giveUp */ SELECT pg_advisory_unlock_shared($1)', [LOCK_ID]);
    const { rows } = await client.query<{ last: boolean }>(
      '/* lease.isLast */ SELECT pg_try_advisory_lock($1) AS last',
      [LOCK_ID],
    );
    return rows[0]?.last === true;
  } catch (error) {
    // Another gateway was faster and is already stopping the server.
    if (isGoing(error)) return false;
    throw error;
  }
}

function isGoing(error: unknown): boolean {
  return GOING.has(errorCode(error)) || textOf(error, 'message').startsWith('Connection terminated');
}
