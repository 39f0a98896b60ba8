import type { BaseLogger } from 'pino';
import { describeDatabaseError } from './pg-error';

export type StreamLog = Pick<BaseLogger, 'info' | 'warn' | 'error'>;

/** Loggable fields of a failure, without PostgreSQL's detail and the connection's address. */
export function describeFailure(error: unknown): Record<string, unknown> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return describeDatabaseError(error) ?? { type: error instanceof Error ? error.name : typeof error, code };
}
