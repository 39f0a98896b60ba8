import { DatabaseError } from 'pg';
import { QueryFailedError } from './entity';
import { ConfigError } from '../base/errors';
import { EmbeddedDatabaseError } from '../postgres/embedded-postgres';
import { DatabaseFailure, explainDatabaseFailure } from './connection-failure';
import { RefusedMigrationError } from './migrate';
import { MissingPrivilegeError, UnsuitableDatabaseError } from './prerequisites';

/** Their messages say what to do. */
const EXPLAINED = [
  ConfigError,
  EmbeddedDatabaseError,
  MissingPrivilegeError,
  RefusedMigrationError,
  UnsuitableDatabaseError,
];

/** Message of a program that cannot start: what was found and what to do, or the stack of an unexpected error. */
export function explainError(error: unknown): string {
  if (EXPLAINED.some((kind) => error instanceof kind)) return (error as Error).message;
  if ([DatabaseFailure, DatabaseError, QueryFailedError].some((kind) => error instanceof kind)) {
    const explanation = explainDatabaseFailure(error);
    if (explanation) return `${explanation.found}. ${explanation.advice}`;
  }
  const { message, stack } = firstOf(error);
  return ofListening(firstOf(error)) ?? ofFile(firstOf(error)) ?? stack ?? message ?? String(error);
}

type ErrorShape = Partial<NodeJS.ErrnoException> & { port?: number; address?: string; hostname?: string };

/** The connections to the database have failures of their own, so these are of HOST and PORT. */
function ofListening({ code, syscall, port, address, hostname, message }: ErrorShape): string | undefined {
  if (code === 'EADDRINUSE')
    return `PORT: another program already listens on port ${port}. Stop it, or set PORT to another port.`;
  if (syscall === 'getaddrinfo')
    return `HOST: the name ${hostname} has no address (${code}). Set HOST to an address of this machine, or to 0.0.0.0 for all.`;
  if (syscall !== 'listen') return undefined;
  if (code === 'EACCES')
    return `PORT: this account is not allowed to listen on port ${port}. Set PORT to 1024 or higher, and forward the port to it.`;
  if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')
    return `HOST: this machine does not have the address ${address}. Set HOST to one that it has, or to 0.0.0.0 for all.`;
  return `HOST or PORT: cannot listen on this address: ${message}.`;
}

const FILE_ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full. Free space on it, or set DATA_DIR to a folder on another disk.',
  EDQUOT: 'The quota of the disk is used up. Free space, or set DATA_DIR to a folder on another disk.',
  EROFS: 'The disk is read-only. Set DATA_DIR to a folder on another disk.',
  EACCES: 'Give this account access, or set DATA_DIR to another folder.',
  EPERM: 'Give this account access, or set DATA_DIR to another folder.',
  ENOTDIR: 'A file is in the place of a folder. Move it, or set DATA_DIR to another folder.',
  EEXIST: 'A file is in the place of a folder. Move it, or set DATA_DIR to another folder.',
  EMFILE: 'Raise the limit of open files of this account (ulimit -n).',
};

function ofFile({ code, syscall, message, path }: ErrorShape): string | undefined {
  const advice = FILE_ADVICE[code ?? ''];
  return advice !== undefined && (path !== undefined || syscall === 'write') ? `${message}. ${advice}` : undefined;
}

/** A host name with several addresses fails with an AggregateError, which has one error per address and no message. */
function firstOf(error: unknown): ErrorShape {
  if (typeof error !== 'object' || error === null) return {};
  return 'errors' in error && Array.isArray(error.errors) ? firstOf(error.errors[0]) : error;
}
