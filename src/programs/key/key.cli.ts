import 'reflect-metadata';
import { loadConfig, type DatabaseConfig } from '../../config';
import { openDatabase } from '../../platform/db/open-database';
import { SYSTEM_SCOPE } from '../../platform/db/scope';
import type { Session } from '../../platform/db/session';
import { explainError } from '../../platform/db/explain-error';
import { systemClock } from '../../platform/base/clock';
import { runProgram } from '../command-line';
import { runKeyCommand } from './key.command';

const POOL_SIZE = 1;

/** `npm run key`: works directly on the configured database. Gateways may be running, but need not be. */
async function main(): Promise<number> {
  const config = loadConfig();
  return runKeyCommand(process.argv.slice(2), {
    withSession: (work) => withSession(config.database, work),
    clock: systemClock,
    out: (text) => process.stdout.write(`${text}\n`),
    err: (text) => process.stderr.write(`${text}\n`),
  });
}

async function withSession<Result>(
  config: DatabaseConfig,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const { database, close } = await openDatabase({
    ...config,
    location: config,
    poolSize: POOL_SIZE,
    log: () => {},
  });
  try {
    return await work(database.session(SYSTEM_SCOPE));
  } finally {
    await close();
  }
}

runProgram(main, explainError);
