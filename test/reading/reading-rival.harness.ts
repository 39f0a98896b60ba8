import { Client } from 'pg';
import type { ReadingProgramme } from './reading-programme.harness';

/** A transaction of somebody else, which holds what gateways wait for. */
export class Rival {
  private constructor(private readonly client: Client) {}

  /** @param hold statements that take locks */
  static async begin(programme: ReadingProgramme, ...hold: string[]): Promise<Rival> {
    const rival = new Rival(new Client({ connectionString: programme.app.database.url }));
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
 * Begins `work` while a rival holds what `hold` takes; when it waits for that, the rival makes its changes and commits.
 */
export async function behind<Result>(
  programme: ReadingProgramme,
  { hold, change }: { hold: string; change: string[] },
  work: () => Promise<Result>,
): Promise<Result> {
  const rival = await Rival.begin(programme, hold);
  const result = work();
  await programme.untilWaiting(1);
  await rival.run(...change);
  await rival.commit();
  return result;
}
