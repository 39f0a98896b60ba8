import 'reflect-metadata';
import { loadConfig, type DatabaseConfig } from '../../config';
import { openDatabase } from '../../platform/db/open-database';
import type { Database } from '../../platform/db/database';
import { readDatabaseTime } from '../../platform/db/database-clock';
import { explainError } from '../../platform/db/explain-error';
import { unlessAborted, untilStopSignal } from '../../platform/base/interruption';
import { runProgram } from '../command-line';
import { runKeyCommand } from './key.command';

const POOL_SIZE = 1;

/** `npm run key`: works directly on the configured database. Gateways may be running, but need not be. */
async function main(): Promise<number> {
  const stopping = untilStopSignal('ignore');
  const config = loadConfig();
  return runKeyCommand(process.argv.slice(2), {
    withDatabase: (work) => withDatabase(config.database, stopping, work),
    now: async (database) => new Date(await readDatabaseTime(database)),
    out: (text) => process.stdout.write(`${text}\n`),
    err: (text) => process.stderr.write(`${text}\n`),
  });
}

async function withDatabase<Result>(
  config: DatabaseConfig,
  stopping: AbortSignal,
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  const { database, close } = await openDatabase({
    ...config,
    location: config,
    poolSize: POOL_SIZE,
    log: (message, fields) => {
      if (message === 'still waiting') process.stderr.write(`Still waiting for ${String(fields?.for)}.\n`);
    },
    stopping,
  });
  try {
    return await unlessAborted(stopping, work(database));
  } finally {
    await close();
  }
}

runProgram(main, explainError);
