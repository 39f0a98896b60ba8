import 'reflect-metadata';
import { loadConfig, type DatabaseConfig } from '../config';
import { openDatabase } from '../db/open-database';
import { describeDatabaseError } from '../db/pg-error';
import { SYSTEM_SCOPE } from '../db/scope';
import type { Session } from '../db/session';
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

/** In words where somebody can do something about it; with the stack what nobody expected. */
function explain(error: unknown): string {
  const described = describeDatabaseError(error);
  if (described) return `PostgreSQL refused it (SQLSTATE ${String(described.sqlState)}).`;
  // A host name with several addresses: one error each, and no message of its own.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (!(first instanceof Error)) return String(first);
  if ('syscall' in first) return `PostgreSQL cannot be reached: ${first.message}.`;
  return first instanceof TypeError ? (first.stack ?? first.message) : first.message;
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    process.stderr.write(`error: ${explain(error)}\n`);
    process.exitCode = 1;
  },
);
