import { DatabaseError } from 'pg';
import { QueryFailedError } from './entity';
import { DomainError } from '../base/errors';
import { NoHostError } from './failover';

const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
const EXCLUSION_VIOLATION = '23P01';
const IN_FAILED_TRANSACTION = '25P02';
const RETRYABLE = new Set(['40001', '40P01']);

function databaseError(error: unknown): DatabaseError | undefined {
  // TypeORM runs the migrations and wraps their errors.
  const inner: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return inner instanceof DatabaseError ? inner : undefined;
}

/** Whether the error is a serialization failure or a deadlock: a retry of the transaction may succeed. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof LostRaceError) return true;
  const inner = databaseError(error);
  return inner !== undefined && (RETRYABLE.has(inner.code ?? '') || lostRaces.has(inner));
}

/** Concurrent transactions changed what this one relies on. It runs again. */
export class LostRaceError extends Error {
  constructor() {
    super('Concurrent transactions changed the rows again and again.');
    this.name = 'LostRaceError';
  }
}

/** Violations of constraints after which the transaction runs again. */
const lostRaces = new WeakSet<DatabaseError>();

/**
 * Makes the transaction run again when a concurrent one has inserted the same key after the check for it. The check finds the
 * row then.
 */
export async function withRetryOn<T>(constraint: string, write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    const inner = databaseError(error);
    if (inner && brokenConstraint(error) === constraint) lostRaces.add(inner);
    throw error;
  }
}

/**
 * The failure that caused the others in a transaction: the error of the first statement that PostgreSQL rejected. Statements after
 * it fail with 25P02, or without an error of PostgreSQL when the connection was lost.
 */
export function causeOf(failures: readonly [unknown, ...unknown[]]): unknown {
  const isCause = (failure: unknown) => ![undefined, IN_FAILED_TRANSACTION].includes(databaseError(failure)?.code);
  return failures.find(isCause) ?? failures[0];
}

/** The violated constraint, if the error is a constraint violation. */
export function brokenConstraint(error: unknown): string | undefined {
  const inner = databaseError(error);
  return inner && [UNIQUE_VIOLATION, FOREIGN_KEY_VIOLATION, EXCLUSION_VIOLATION].includes(inner.code ?? '')
    ? inner.constraint
    : undefined;
}

/**
 * Turns a constraint violation into the domain error of the check that a concurrent transaction passed by.
 *
 * @param refusals domain errors by constraint name
 */
export async function withRefusals<T>(refusals: Record<string, () => DomainError>, write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    const refusal = refusals[brokenConstraint(error) ?? ''];
    throw refusal ? refusal() : error;
  }
}

/**
 * The connection was lost during COMMIT: the transaction may be committed or not. Before COMMIT a lost connection is an ordinary
 * failure, because PostgreSQL rolls back.
 */
export class OutcomeUnknownError extends Error {
  constructor(cause: unknown) {
    super('The connection was lost during COMMIT.', { cause });
    this.name = 'OutcomeUnknownError';
  }
}

/** Whether PostgreSQL reported the error. Any other failure of a statement is a lost connection. */
export function isReported(error: unknown): boolean {
  return databaseError(error) !== undefined;
}

/** Whether PostgreSQL canceled the statement, as the statement timeout does. */
export function isCanceled(error: unknown): boolean {
  return databaseError(error)?.code === '57014';
}

/** Whether a statement waited longer for a lock than it may. */
export function isLocked(error: unknown): boolean {
  return databaseError(error)?.code === '55P03';
}

/** Whether PostgreSQL refused a write because the transaction is read-only, as on a standby. */
export function isReadOnly(error: unknown): boolean {
  return databaseError(error)?.code === '25006';
}

const statementNames = new WeakMap<object, string>();

/** Name from the comment at the start of each of our statements. */
export function statementName(text: string): string | undefined {
  return /^\/\* (\w+) \*\//.exec(text)?.[1];
}

/** Records the statement of an error, for the log. */
export function blameStatement(error: unknown, text: string): void {
  const name = statementName(text);
  if (name !== undefined && error instanceof DatabaseError) statementNames.set(error, name);
}

/** Loggable fields of an error: SQLSTATE, constraint, table and statement name, never detail, values or statement text. */
export function describeDatabaseError(error: unknown): Record<string, unknown> | undefined {
  const inner = databaseError(error);
  if (!inner) return undefined;
  const { code: sqlState, constraint, table, routine } = inner;
  return { sqlState, constraint, table, routine, statement: statementNames.get(inner) };
}

/** The database does not respond. The statement was not sent. */
export class UnreachableError extends Error {
  constructor() {
    super('The database does not respond.');
    this.name = 'UnreachableError';
  }
}

/** A name that cannot be resolved, a host or network that cannot be reached, and a connection that was refused or lost. */
const CONNECTION_CODES =
  /^(?:E(?:CONN(?:REFUSED|RESET|ABORTED)|(?:HOST|NET)(?:UNREACH|DOWN)|NETRESET|TIMEDOUT|PIPE|NOTFOUND|AI_[A-Z]+))$/;
/** The end of a wait for pg: for a connection, and for the result of a statement. */
const SILENCE = /^(?:timeout expired|Connection terminated due to connection timeout|Query read timeout)$/;
const CONNECTION_MESSAGES =
  /timeout exceeded when trying to connect|Connection terminated|Client (?:has encountered a connection error|was closed) and is not queryable/;

/** Whether a connection, or a statement that was sent, got no response in time. */
export function isSilence(error: unknown): boolean {
  if (error instanceof OutcomeUnknownError) return isSilence(error.cause);
  return error instanceof Error && SILENCE.test(error.message);
}

/** Whether the database did not respond in time, or accepts no writes. The same request may succeed later. */
export function isUnavailable(error: unknown): boolean {
  if (
    error instanceof UnreachableError ||
    error instanceof LostRaceError ||
    error instanceof NoHostError ||
    isSilence(error)
  )
    return true;
  const { code, message, syscall } = (databaseError(error) ?? error ?? {}) as Record<string, unknown>;
  // PostgreSQL has no socket while it does not run.
  if (code === 'ENOENT') return syscall === 'connect';
  // 57: operator intervention, e.g. a statement timeout or a shutdown; 08: connection; 53: insufficient resources; 25006: read-only.
  if (typeof code === 'string') return /^(?:(?:57|08|53)[0-9A-Z]{3}|25006)$/.test(code) || CONNECTION_CODES.test(code);
  return typeof message === 'string' && CONNECTION_MESSAGES.test(message);
}
