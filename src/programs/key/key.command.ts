import { Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import type { Database } from '../../platform/db/database';
import { SYSTEM_SCOPE } from '../../platform/db/scope';
import type { Session } from '../../platform/db/session';
import { DomainError } from '../../platform/base/errors';
import { isInt64 } from '../../platform/base/int64';
import { apiKeyNameRule } from '../../features/api-key/api-key-rules';
import { findApiKeys, markRevoked } from '../../features/api-key/api-key.repository';
import { issueApiKey } from '../../features/api-key/issue-api-key';
import type { ApiKeyEntity } from '../../platform/access/api-key.entity';
import type { CustomerEntity } from '../../features/customer/customer.entity';
import { findCustomer, findCustomerByName, findCustomers } from '../../features/customer/customer.repository';
import { Role } from '../../platform/access/policy';
import { CommandError, runCommand } from '../command-line';

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_DAYS = 36_500;
/** A date, or a time with a UTC offset. Without an offset, the time would depend on the machine. */
const ISO_TIME = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

export interface KeyCommandEnvironment {
  /** Opens the database for `work`. */
  withDatabase: <Result>(work: (database: Database) => Promise<Result>) => Promise<Result>;
  /** The time of the database, by which keys expire. */
  now: (database: Database) => Promise<Date>;
  /** Prints results: tables, or a new key alone on its line, so that a script can read it. */
  out: (text: string) => void;
  /** Prints messages. */
  err: (text: string) => void;
}

interface CreateOptions {
  customer?: string;
  role: Role;
  name: string;
  expires?: Expiry;
}

type Expiry = { days: number } | { time: Date };

/**
 * Runs one command of `npm run key`.
 *
 * @returns the exit code: 0, 1 when the command failed, 2 for invalid arguments
 * @throws errors of the database
 */
export function runKeyCommand(args: readonly string[], environment: KeyCommandEnvironment): Promise<number> {
  return runCommand(createProgram(environment), args, environment.err);
}

function createProgram(environment: KeyCommandEnvironment): Command {
  const program = new Command('npm run key --')
    .description('Create, list and revoke API keys of customers and operators.')
    .configureOutput({
      writeOut: (text) => environment.out(text.trimEnd()),
      writeErr: (text) => environment.err(text.trimEnd()),
    })
    .exitOverride();
  program
    .command('create')
    .description('create a key and print it once')
    .addOption(new Option('--role <role>', 'role of the key').choices(Object.values(Role)).makeOptionMandatory())
    .requiredOption('--name <name>', 'name of the key; recorded as the actor of changes made with it', parseName)
    .option('--customer <id or name>', 'customer that the key acts for; required for every role except OPERATOR')
    .option(
      '--expires <time>',
      'number of days such as 90d, or an ISO 8601 date or time; without it, the key never expires',
      parseExpiry,
    )
    .action((options: CreateOptions) => create(options, environment));
  program
    .command('list')
    .description('list all keys, or the keys of one customer')
    .option('--customer <id or name>', 'list only the keys of this customer')
    .action((options: { customer?: string }) => list(options, environment));
  program
    .command('revoke')
    .description('revoke a key; every gateway refuses it within 5 seconds')
    .argument('<id>', 'id of the key, as printed by list', parseKeyId)
    .action((id: string) => revoke(id, environment));
  return program;
}

async function create(options: CreateOptions, { withDatabase, now, out, err }: KeyCommandEnvironment): Promise<void> {
  const { role, name, expires } = options;
  const isOperator = role === Role.OPERATOR;
  if (isOperator && options.customer !== undefined)
    throw new CommandError('A key with the role OPERATOR belongs to no customer. Omit --customer.');
  if (!isOperator && options.customer === undefined) {
    throw new CommandError(`A key with the role ${role} needs --customer <id or name>.`);
  }
  const { apiKey, secret, customer } = await withDatabase(async (database) => {
    const expiresAt = expires ? timeOf(expires, await now(database)) : null;
    return database.transact(SYSTEM_SCOPE, async (tx) => {
      const customer = options.customer === undefined ? undefined : await getCustomer(tx, options.customer);
      const customerId = customer?.id ?? null;
      return { ...(await issueApiKey(tx, { customerId, name, role, expiresAt })), customer };
    });
  }).catch((error: unknown) => {
    throw error instanceof DomainError ? new CommandError(error.problems[0]!.message) : error;
  });
  const holder = customer ? `${customer.name} (${customer.id})` : 'operators';
  const expiry = apiKey.expiresAt?.toISOString() ?? 'never';
  err(`Key ${apiKey.id} "${apiKey.name}" for ${holder}, role ${apiKey.role}, expires ${expiry}.`);
  err('Store it now. Only its hash is kept, so it cannot be shown again:');
  out(secret);
}

async function list(options: { customer?: string }, { withDatabase, now, out }: KeyCommandEnvironment): Promise<void> {
  await withDatabase(async (database) => {
    const session = database.session(SYSTEM_SCOPE);
    const customer = options.customer === undefined ? undefined : await getCustomer(session, options.customer);
    const keys = await findApiKeys(session, customer?.id);
    const customers = await findCustomers(
      session,
      keys.flatMap((key) => key.customerId ?? []),
    );
    const at = await now(database);
    const nameOf = new Map(customers.map(({ id, name }) => [id, name]));
    const rows = keys.map((key) => [
      key.id,
      key.customerId === null ? '-' : `${nameOf.get(key.customerId)} (${key.customerId})`,
      key.name,
      key.role,
      key.createdAt.toISOString(),
      key.expiresAt?.toISOString() ?? 'never',
      key.lastUsedAt?.toISOString() ?? 'never',
      stateOf(key, at),
    ]);
    out(toTable([['ID', 'CUSTOMER', 'NAME', 'ROLE', 'CREATED', 'EXPIRES', 'LAST USED', 'STATE'], ...rows]));
  });
}

async function revoke(id: string, { withDatabase, out }: KeyCommandEnvironment): Promise<void> {
  await withDatabase(async (database) => {
    const session = database.session(SYSTEM_SCOPE);
    const key = await markRevoked(session, id, null);
    if (!key) throw new CommandError(`Key ${id} does not exist. Run list to see all keys.`);
    out(`Key ${key.id} "${key.name}" was revoked at ${key.revokedAt!.toISOString()}.`);
  });
}

/** Finds a customer by id or, if there is none with that id, by name. */
async function getCustomer(session: Session, idOrName: string): Promise<CustomerEntity> {
  const byId = isInt64(idOrName) ? await findCustomer(session, idOrName) : undefined;
  const found = byId ?? (await findCustomerByName(session, idOrName));
  if (!found) throw new CommandError(`There is no customer with the id or name "${idOrName}".`);
  return found;
}

function stateOf(key: ApiKeyEntity, now: Date): string {
  if (key.revokedAt) return `revoked ${key.revokedAt.toISOString()}`;
  return key.expiresAt && key.expiresAt <= now ? 'expired' : 'active';
}

function toTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function parseName(text: string): string {
  const { success, data, error } = apiKeyNameRule.safeParse(text);
  if (!success) throw new InvalidArgumentError(`It ${error.issues[0]!.message}.`);
  return data;
}

function parseKeyId(text: string): string {
  if (!isInt64(text)) throw new InvalidArgumentError('It must be a number.');
  return text;
}

function parseExpiry(text: string): Expiry {
  const days = Number(/^([0-9]{1,6})d$/.exec(text)?.[1] ?? 0);
  if (days >= 1 && days <= MAX_DAYS) return { days };
  if (ISO_TIME.safeParse(text).success) return { time: new Date(text) };
  throw new InvalidArgumentError(
    `It must be 1d to ${MAX_DAYS}d, a date like 2030-12-31 (midnight UTC) or a time like 2030-12-31T18:00:00Z.`,
  );
}

/** @throws CommandError for a time that is not in the future */
function timeOf(expiry: Expiry, now: Date): Date {
  if ('days' in expiry) return new Date(now.getTime() + expiry.days * DAY_MS);
  if (expiry.time <= now) throw new CommandError('The time of --expires must be in the future.');
  return expiry.time;
}
