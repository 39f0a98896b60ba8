import 'reflect-metadata';
import { loadConfig, type DatabaseConfig } from '../config';
import { openDatabase } from '../db/open-database';
import { SYSTEM_SCOPE } from '../db/scope';
import type { Session } from '../db/session';
import { explainError } from '../explain-error';
import { systemClock } from '../shared/clock';
import { ApiKeyEntity } from './api-key.entity';
import { CustomerEntity } from './customer.entity';
import { runKeyCommand } from './key.command';

const POOL_SIZE = 1;

/** `npm run key`: works on the database of the configuration, beside running gateways or without any. */
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
    entities: [CustomerEntity, ApiKeyEntity],
    poolSize: POOL_SIZE,
    log: () => {},
  });
  try {
    return await work(database.session(SYSTEM_SCOPE));
  } finally {
    await close();
  }
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    process.stderr.write(`error: ${explainError(error)}\n`);
    process.exitCode = 1;
  },
);
