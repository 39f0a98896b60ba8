import { Client } from 'pg';
import type { DeviceProgramme } from '../support/device-programme';
import { eventually } from '../support/eventually';

/** A client with a transaction of its own, which stands in the gateways' way. */
export class Rival {
  private constructor(
    private readonly client: Client,
    private readonly programme: DeviceProgramme,
  ) {}

  static async start(programme: DeviceProgramme): Promise<Rival> {
    const client = new Client({ connectionString: programme.app.database.url });
    await client.connect();
    return new Rival(client, programme);
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

  async release(end: 'commit' | 'rollback' = 'commit'): Promise<void> {
    await this.client.query(end);
  }

  /** Waits until so many statements of the gateways wait for a lock. */
  async untilBlocked(count: number): Promise<void> {
    const query = `select count(*)::int as blocked from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and application_name like 'device-gateway%'`;
    await eventually(async () => {
      const [row] = await this.programme.sql<{ blocked: number }>(query);
      return row!.blocked >= count;
    });
  }
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
