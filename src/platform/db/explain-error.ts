import { ConfigError } from '../base/errors';
import { EmbeddedDatabaseError } from '../postgres/embedded-postgres';
import { RefusedMigrationError } from './migrate';
import { MissingPrivilegeError, UnsuitableDatabaseError } from './prerequisites';
import { describeDatabaseError } from './pg-error';

/** Message of a program that cannot start: an instruction where the user can fix the cause, else the stack. */
export function explainError(error: unknown): string {
  if (
    [ConfigError, EmbeddedDatabaseError, MissingPrivilegeError, RefusedMigrationError, UnsuitableDatabaseError].some(
      (kind) => error instanceof kind,
    )
  )
    return (error as Error).message;
  const described = describeDatabaseError(error);
  if (described) {
    return `PostgreSQL refused the request (SQLSTATE ${String(described.sqlState)}). Check the user, the password and the database.`;
  }
  const { code, syscall, port, message, stack } = firstOf(error);
  if (code === 'EADDRINUSE') {
    return `PORT: another program already listens on port ${port}. Stop it, or set PORT to another port.`;
  }
  if (syscall === 'listen') return `HOST or PORT: cannot listen on this address: ${message}.`;
  if (syscall === 'connect' || syscall === 'getaddrinfo') return `Cannot connect to PostgreSQL: ${message}.`;
  return stack ?? message ?? String(error);
}

type ErrorShape = Partial<NodeJS.ErrnoException> & { port?: number };

/** A host name with several addresses fails with an AggregateError, which has one error per address and no message. */
function firstOf(error: unknown): ErrorShape {
  if (typeof error !== 'object' || error === null) return {};
  return 'errors' in error && Array.isArray(error.errors) ? firstOf(error.errors[0]) : error;
}
