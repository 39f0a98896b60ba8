import { ConfigError } from '../base/errors';
import { MissingPrivilegeError } from './migrate';
import { describeDatabaseError } from './pg-error';

/** What a program that cannot start says on its way out: words where somebody can do something about it, else the stack. */
export function explainError(error: unknown): string {
  if (error instanceof ConfigError || error instanceof MissingPrivilegeError) return error.message;
  const described = describeDatabaseError(error);
  if (described) {
    return `PostgreSQL refused it (SQLSTATE ${String(described.sqlState)}): check the user, the password and the database.`;
  }
  const { code, syscall, port, message, stack } = firstOf(error);
  if (code === 'EADDRINUSE') {
    return `PORT: another program listens on ${port} already. Stop it, or set PORT to another one.`;
  }
  if (syscall === 'listen') return `HOST or PORT: cannot listen there: ${message}.`;
  if (syscall === 'connect' || syscall === 'getaddrinfo') return `PostgreSQL cannot be reached: ${message}.`;
  return stack ?? message ?? String(error);
}

type ErrorShape = Partial<NodeJS.ErrnoException> & { port?: number };

/** A host name with several addresses fails with one error each (AggregateError), and no message of its own. */
function firstOf(error: unknown): ErrorShape {
  if (typeof error !== 'object' || error === null) return {};
  return 'errors' in error && Array.isArray(error.errors) ? firstOf(error.errors[0]) : error;
}
