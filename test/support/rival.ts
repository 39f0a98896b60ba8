import { Client } from 'pg';
import type { DeviceFixture } from './device-fixture';
import { eventually } from './eventually';

type End = 'commit' | 'rollback';

/** Number of the gateways' statements that wait for this backend, directly or indirectly. */
const BLOCKED = `with recursive waiting as (
    select pid, pg_blocking_pids(pid) as blockers from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and application_name like 'device-gateway%'
  ), blocked(pid) as (
    select pid from waiting where $1 = any(blockers)
    union select waiting.pid from waiting join blocked on blocked.pid = any(waiting.blockers)
  ) select count(*)::int as blocked from blocked`;

/**
 * A client whose transaction holds locks that the gateways need. It makes calls overlap, since each waits for its locks, and
 * determines the order of two calls, since PostgreSQL grants a row lock in the order of the requests.
 */
export class Rival {
  private constructor(
    private readonly client: Client,
    private readonly pid: number,
    private readonly sql: DeviceFixture['sql'],
  ) {}

  static async start({ app }: Pick<DeviceFixture, 'app'>): Promise<Rival> {
    const client = new Client({ connectionString: app.database.url });
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const sql: DeviceFixture['sql'] = async (text, values) => (await app.admin.query(text, values)).rows as never;
    return new Rival(client, rows[0]!.pid, sql);
  }

  stop(): Promise<void> {
    return this.client.end();
  }

  /** Begins a transaction and runs statements in it, keeping their locks. */
  async hold(...statements: string[]): Promise<void> {
    await this.client.query('begin');
    for (const statement of statements) await this.client.query(statement);
  }

  async run(statement: string): Promise<void> {
    await this.client.query(statement);
  }

  async release(end: End = 'commit'): Promise<void> {
    await this.client.query(end);
  }

  /** Waits until this number of the gateways' statements waits for its locks, directly or indirectly. */
  async untilBlocked(count: number): Promise<void> {
    await eventually(
      async () => (await this.sql<{ blocked: number }>(BLOCKED, [this.pid]))[0]!.blocked >= count,
      `${count} statements that wait for the rival`,
    );
  }

  /** Holds the locks of a statement, sends all calls, and releases the locks when all wait. The order is undefined. */
  async atOnce<Result>(hold: string, calls: readonly (() => Promise<Result>)[], end?: End): Promise<Result[]> {
    await this.hold(hold);
    const results = calls.map((call) => call());
    return this.whenBlocked(calls.length, Promise.all(results), end);
  }

  /** Like `atOnce`, but sends the second call when the first waits. The first gets a common row first. */
  async inTurn<One, Other>(
    hold: string,
    first: () => Promise<One>,
    second: () => Promise<Other>,
  ): Promise<[One, Other]> {
    await this.hold(hold);
    const one = first();
    await Promise.race([this.untilBlocked(1), mustWait(one)]);
    return this.whenBlocked(2, Promise.all([one, second()]));
  }

  private async whenBlocked<Results>(count: number, results: Promise<Results>, end?: End): Promise<Results> {
    try {
      await Promise.race([this.untilBlocked(count), mustWait(results)]);
    } finally {
      await this.release(end);
    }
    return results;
  }
}

async function mustWait(result: Promise<unknown>): Promise<never> {
  await result;
  throw new Error('A call that should wait for the rival has ended.');
}

/** OK, or the codes of the refusal. */
export function codeOf({ userErrors }: { userErrors: { code: string }[] }): string {
  return userErrors.map(({ code }) => code).join() || 'OK';
}

/** Number of occurrences of each value. */
export function countsOf(values: readonly string[]): Record<string, number> {
  return values.reduce<Record<string, number>>(
    (counts, value) => ({ ...counts, [value]: (counts[value] ?? 0) + 1 }),
    {},
  );
}
