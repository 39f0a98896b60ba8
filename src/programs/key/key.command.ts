import { Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import type { Session } from '../../platform/db/session';
import type { Clock } from '../../platform/base/clock';
import { isInt64 } from '../../platform/base/int64';
import { generateApiKey, hashApiKey } from '../../platform/access/access.service';
import type { ApiKeyEntity } from '../../platform/access/api-key.entity';
import { createApiKey, listApiKeys, revokeApiKey } from '../../platform/access/api-key.repository';
import type { CustomerEntity } from '../../features/customer/customer.entity';
import { findCustomers, findCustomersByName } from '../../features/customer/customer.repository';
import { Role } from '../../platform/access/policy';
import { CommandError, runCommand } from '../command-line';

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_DAYS = 36_500;
/** A date alone, or a time with its zone: without one it would mean another time on each machine. */
const ISO_TIME = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);
const NAME = /^[^\p{Cc}]{1,100}$/u;

/** What the command needs from the process. */
export interface KeyCommandEnvironment {
  /** Runs `work` in the workers' scope: keys are seen by no other. */
  withSession: <Result>(work: (session: Session) => Promise<Result>) => Promise<Result>;
  clock: Clock;
  /** What was asked for: tables, and a new key alone on its line, so that a script can take it. */
  out: (text: string) => void;
  /** What is said about it. */
  err: (text: string) => void;
}

interface CreateOptions {
  customer?: string;
  role: Role;
  name: string;
  expires?: Date;
}

/**
 * Runs one command of `npm run key`.
 *
 * @returns the exit code: 0, 1 when it could not be done, 2 when it was not understood
 * @throws what the database throws
 */
export function runKeyCommand(args: readonly string[], environment: KeyCommandEnvironment): Promise<number> {
  return runCommand(createProgram(environment), args, environment.err);
}

function createProgram(environment: KeyCommandEnvironment): Command {
  const program = new Command('npm run key --')
    .description('Creates, lists and revokes the API keys of customers and operators.')
    .configureOutput({
      writeOut: (text) => environment.out(text.trimEnd()),
      writeErr: (text) => environment.err(text.trimEnd()),
    })
    .exitOverride();
  program
    .command('create')
    .description('make a key and show it, once')
    .addOption(new Option('--role <role>', 'what its holder may do').choices(Object.values(Role)).makeOptionMandatory())
    .requiredOption('--name <name>', 'whom it is given to: the actor of the changes made with it', parseName)
    .option('--customer <id or name>', 'whom its holder acts for; for every role but OPERATOR')
    .option(
      '--expires <time>',
      'a number of days such as 90d, or an ISO 8601 date or time; never when left out',
      (text: string) => parseExpiry(text, environment.clock),
    )
    .action((options: CreateOptions) => create(options, environment));
  program
    .command('list')
    .description('show all keys, or those of one customer')
    .option('--customer <id or name>', 'whose keys')
    .action((options: { customer?: string }) => list(options, environment));
  program
    .command('revoke')
    .description('end a key; every gateway refuses it within 5 seconds')
    .argument('<id>', 'the number of the key, as list shows it', parseKeyId)
    .action((id: string) => revoke(id, environment));
  return program;
}

async function create(options: CreateOptions, { withSession, out, err }: KeyCommandEnvironment): Promise<void> {
  const isOperator = options.role === Role.OPERATOR;
  if (isOperator && options.customer !== undefined)
    throw new CommandError('An operator acts for no customer: leave --customer out.');
  if (!isOperator && options.customer === undefined) {
    throw new CommandError(`A key with the role ${options.role} needs --customer <id or name>.`);
  }
  const key = generateApiKey();
  await withSession(async (session) => {
    const customer = options.customer === undefined ? undefined : await getCustomer(session, options.customer);
    const row = await createApiKey(session, {
      customerId: customer?.id ?? null,
      name: options.name,
      role: options.role,
      secretHash: hashApiKey(key),
      expiresAt: options.expires ?? null,
    });
    const holder = customer ? `${customer.name} (${customer.id})` : 'operators';
    err(
      `Key ${row.id} "${row.name}" for ${holder}, role ${row.role}, expires ${row.expiresAt?.toISOString() ?? 'never'}.`,
    );
  });
  err('It is shown this once and stored as a hash only:');
  out(key);
}

async function list(options: { customer?: string }, { withSession, clock, out }: KeyCommandEnvironment): Promise<void> {
  await withSession(async (session) => {
    const customer = options.customer === undefined ? undefined : await getCustomer(session, options.customer);
    const keys = await listApiKeys(session, customer?.id);
    const customers = await findCustomers(
      session,
      keys.flatMap((key) => key.customerId ?? []),
    );
    const nameOf = new Map(customers.map(({ id, name }) => [id, name]));
    const rows = keys.map((key) => [
      key.id,
      key.customerId === null ? '-' : `${nameOf.get(key.customerId)} (${key.customerId})`,
      key.name,
      key.role,
      key.createdAt.toISOString(),
      key.expiresAt?.toISOString() ?? 'never',
      stateOf(key, clock.now()),
    ]);
    out(toTable([['ID', 'CUSTOMER', 'NAME', 'ROLE', 'CREATED', 'EXPIRES', 'STATE'], ...rows]));
  });
}

async function revoke(id: string, { withSession, out }: KeyCommandEnvironment): Promise<void> {
  await withSession(async (session) => {
    const key = await revokeApiKey(session, id);
    if (!key) throw new CommandError(`There is no key ${id}.`);
    out(`Key ${key.id} "${key.name}" is revoked since ${key.revokedAt!.toISOString()}.`);
  });
}

/** A number is an id before it is a name. */
async function getCustomer(session: Session, idOrName: string): Promise<CustomerEntity> {
  const byId = isInt64(idOrName) ? await findCustomers(session, [idOrName]) : [];
  const found = byId.length > 0 ? byId : await findCustomersByName(session, idOrName);
  if (found.length > 1) {
    throw new CommandError(
      `Several customers are named "${idOrName}": use the id, one of ${found.map(({ id }) => id).join(', ')}.`,
    );
  }
  if (!found[0]) throw new CommandError(`There is no customer with the id or name "${idOrName}".`);
  return found[0];
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
  if (text.trim() === '' || !NAME.test(text))
    throw new InvalidArgumentError('It must have 1 to 100 printable characters.');
  return text.trim();
}

function parseKeyId(text: string): string {
  if (!isInt64(text)) throw new InvalidArgumentError('It must be a number.');
  return text;
}

function parseExpiry(text: string, clock: Clock): Date {
  const days = /^([0-9]{1,6})d$/.exec(text)?.[1];
  if (days !== undefined && Number(days) >= 1 && Number(days) <= MAX_DAYS) {
    return new Date(clock.now().getTime() + Number(days) * DAY_MS);
  }
  if (!ISO_TIME.safeParse(text).success) {
    throw new InvalidArgumentError(
      `It must be 1d to ${MAX_DAYS}d, a date like 2030-12-31 (its first moment, UTC) or a time like 2030-12-31T18:00:00Z.`,
    );
  }
  const time = new Date(text);
  if (time <= clock.now()) throw new InvalidArgumentError('It must be in the future.');
  return time;
}
