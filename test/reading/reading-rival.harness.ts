import { Client } from 'pg';
import type { ReadingFixture } from './reading-fixture.harness';

/** A transaction on another connection that holds locks for which gateways wait. */
export class Rival {
  private constructor(private readonly client: Client) {}

  /** @param hold statements that take locks */
  static async begin(fixture: ReadingFixture, ...hold: string[]): Promise<Rival> {
    const rival = new Rival(new Client({ connectionString: fixture.app.database.url }));
    await rival.client.connect();
    await rival.run('begin', ...hold);
    return rival;
  }

  async run(...statements: string[]): Promise<void> {
    for (const statement of statements) await this.client.query(statement);
  }

  async commit(): Promise<void> {
    await this.run('commit');
    await this.client.end();
  }
}

/**
 * Starts `work` while a rival holds the locks of `hold`. When `work` waits for them, the rival makes its changes and commits.
 */
export async function whileBlockedBy<Result>(
  fixture: ReadingFixture,
  { hold, change }: { hold: string; change: string[] },
  work: () => Promise<Result>,
): Promise<Result> {
  const rival = await Rival.begin(fixture, hold);
  const result = work();
  await fixture.untilWaiting(1);
  await rival.run(...change);
  await rival.commit();
  return result;
}
