import { DatabaseError } from 'pg';
import { QueryFailedError } from 'typeorm';
import { DomainError } from '../base/errors';

const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
const EXCLUSION_VIOLATION = '23P01';
const IN_FAILED_TRANSACTION = '25P02';
const RETRYABLE = new Set(['40001', '40P01']);

function databaseError(error: unknown): DatabaseError | undefined {
  // A migration fails with the first: TypeORM runs those.
  const inner: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return inner instanceof DatabaseError ? inner : undefined;
}

/** A serialization failure or a deadlock: the transaction may succeed when it is run again. */
export function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(databaseError(error)?.code ?? '');
}

/**
 * Of all that failed in a transaction, why it did: what PostgreSQL said of one statement. Of those behind it, it says only that one
 * before has failed, or nothing when it hung up.
 */
export function causeOf(failures: readonly [unknown, ...unknown[]]): unknown {
  const isCause = (failure: unknown) => ![undefined, IN_FAILED_TRANSACTION].includes(databaseError(failure)?.code);
  return failures.find(isCause) ?? failures[0];
}

/** The constraint that a write broke, if that is why it failed. */
export function brokenConstraint(error: unknown): string | undefined {
  const inner = databaseError(error);
  return inner && [UNIQUE_VIOLATION, FOREIGN_KEY_VIOLATION, EXCLUSION_VIOLATION].includes(inner.code ?? '')
    ? inner.constraint
    : undefined;
}

/**
 * Turns the violation of a constraint into the refusal of the friendly check that came too early to see it.
 *
 * @param refusals by constraint name
 */
export async function withRefusals<T>(refusals: Record<string, () => DomainError>, write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    const refusal = refusals[brokenConstraint(error) ?? ''];
    throw refusal ? refusal() : error;
  }
}

const statementNames = new WeakMap<object, string>();

/** From the comment that each statement of ours begins with. */
export function statementName(text: string): string | undefined {
  return /^\/\* (\w+) \*\//.exec(text)?.[1];
}

/** Notes which statement a fault is of, for the log. */
export function blameStatement(error: unknown, text: string): void {
  const name = statementName(text);
  if (name !== undefined && error instanceof DatabaseError) statementNames.set(error, name);
}

/** What may be logged of a fault: SQLSTATE, constraint, table and the statement's name, never detail, values or statement text. */
export function describeDatabaseError(error: unknown): Record<string, unknown> | undefined {
  const inner = databaseError(error);
  if (!inner) return undefined;
  const { code: sqlState, constraint, table, routine } = inner;
  return { sqlState, constraint, table, routine, statement: statementNames.get(inner) };
}

const CONNECTION_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE']);
const CONNECTION_MESSAGES =
  /timeout exceeded when trying to connect|Connection terminated|Client (?:has encountered a connection error|was closed) and is not queryable/;

/** The database did not answer, or not in time; the same request may succeed later. */
export function isUnavailable(error: unknown): boolean {
  const { code, message } = (databaseError(error) ?? error ?? {}) as { code?: unknown; message?: unknown };
  // 57: operator intervention, e.g. a statement over its time-out or a shutdown; 08 and 53: connection, resources.
  if (typeof code === 'string') return /^(57|08|53)[0-9A-Z]{3}$/.test(code) || CONNECTION_CODES.has(code);
  return typeof message === 'string' && CONNECTION_MESSAGES.test(message);
}
