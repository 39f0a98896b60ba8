import { Client } from 'pg';
import type { DeviceProgramme } from './device-programme';
import { eventually } from './eventually';

type End = 'commit' | 'rollback';

/** Statements of the gateways that wait for this backend, or for one that waits for it. */
const BLOCKED = `with recursive waiting as (
    select pid, pg_blocking_pids(pid) as blockers from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and application_name like 'device-gateway%'
  ), blocked(pid) as (
    select pid from waiting where $1 = any(blockers)
    union select waiting.pid from waiting join blocked on blocked.pid = any(waiting.blockers)
  ) select count(*)::int as blocked from blocked`;

/**
 * A client with a transaction of its own, which stands in the gateways' way. It makes certain what would else be luck: that
 * calls overlap, as each of them waits for its locks, and which of two comes first, as PostgreSQL serves those who wait for a
 * row in the order in which they came.
 */
export class Rival {
  private constructor(
    private readonly client: Client,
    private readonly pid: number,
    private readonly sql: DeviceProgramme['sql'],
  ) {}

  static async start({ app }: Pick<DeviceProgramme, 'app'>): Promise<Rival> {
    const client = new Client({ connectionString: app.database.url });
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const sql: DeviceProgramme['sql'] = async (text, values) => (await app.admin.query(text, values)).rows as never;
    return new Rival(client, rows[0]!.pid, sql);
  }

  stop(): Promise<void> {
    return this.client.end();
  }

  /** Begins a transaction and runs statements in it, whose locks it keeps. */
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

  /** Waits until so many statements of the gateways wait for what this one holds, or for each other behind that. */
  async untilBlocked(count: number): Promise<void> {
    await eventually(
      async () => (await this.sql<{ blocked: number }>(BLOCKED, [this.pid]))[0]!.blocked >= count,
      `${count} statements that wait for the rival`,
    );
  }

  /** Holds what the statement takes, sends all calls, and lets go when each of them waits: who comes first is open. */
  async atOnce<Answer>(hold: string, calls: readonly (() => Promise<Answer>)[], end?: End): Promise<Answer[]> {
    await this.hold(hold);
    const answers = calls.map((call) => call());
    return this.whenBlocked(calls.length, Promise.all(answers), end);
  }

  /** As `atOnce`, each call sent when those before it wait. Of two that want one row the first gets it first. */
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

  private async whenBlocked<Answers>(count: number, answers: Promise<Answers>, end?: End): Promise<Answers> {
    try {
      await Promise.race([this.untilBlocked(count), mustWait(answers)]);
    } finally {
      await this.release(end);
    }
    return answers;
  }
}

async function mustWait(answer: Promise<unknown>): Promise<never> {
  await answer;
  throw new Error('A call that should wait for the rival was answered.');
}

/** What an operation came to: OK, or the codes of its refusal. */
export function codeOf({ userErrors }: { userErrors: { code: string }[] }): string {
  return userErrors.map(({ code }) => code).join() || 'OK';
}

/** How often each value is there. */
export function countsOf(values: readonly string[]): Record<string, number> {
  return values.reduce<Record<string, number>>(
    (counts, value) => ({ ...counts, [value]: (counts[value] ?? 0) + 1 }),
    {},
  );
}
