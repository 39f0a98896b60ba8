import type { BaseLogger } from 'pino';
import { toLoggedFailure } from '../base/logged-error';
import { describeDatabaseError } from './pg-error';

export type StreamLog = Pick<BaseLogger, 'info' | 'warn' | 'error'>;

/** Loggable fields of a failure, without PostgreSQL's detail and the connection's address. */
export function describeFailure(error: unknown): Record<string, unknown> {
  return describeDatabaseError(error) ?? toLoggedFailure(error);
}
