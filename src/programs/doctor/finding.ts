import { DatabaseError } from 'pg';

export type Status = 'ok' | 'warning' | 'failed';

/** Result of one check, printed as one line. */
export interface Finding {
  readonly status: Status;
  /** What was checked, e.g. `database version`. */
  readonly subject: string;
  /** What was found. A sentence without a period. */
  readonly found: string;
  /** What to do. Sentences. */
  readonly advice?: string;
}

export const ok = (subject: string, found: string): Finding => ({ status: 'ok', subject, found });

export const warning = (subject: string, found: string, advice: string): Finding => ({
  status: 'warning',
  subject,
  found,
  advice,
});

export const failed = (subject: string, found: string, advice: string): Finding => ({
  status: 'failed',
  subject,
  found,
  advice,
});

/** Runs a check, and reports a failure instead of an exception or of a wait beyond the limit. */
export async function check(
  subject: string,
  limitMs: number,
  advice: string,
  work: () => Promise<Finding | Finding[]>,
): Promise<Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => resolve(failed(subject, `no result within ${limitMs / 1000} s`, advice)), limitMs);
  });
  try {
    return [await Promise.race([work(), late])].flat();
  } catch (error) {
    return [failed(subject, reasonOf(error), advice)];
  } finally {
    clearTimeout(timer);
  }
}

/** What the usual codes of Node mean. */
const CONNECTION_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at this address',
  ECONNRESET: 'the connection was closed',
  ENOTFOUND: 'the host name does not exist',
  EAI_AGAIN: 'the host name could not be resolved',
  ETIMEDOUT: 'no response in time',
  EADDRNOTAVAIL: 'this machine does not have the address',
  EACCES: 'this account is not allowed to',
};

/** The reason of a failure, without text that may contain a value or a credential: a code where there is one. */
export function reasonOf(error: unknown): string {
  if (error instanceof DatabaseError) return `PostgreSQL refused the request (SQLSTATE ${error.code})`;
  const { code, cause, errors, name } = (error ?? {}) as Record<string, unknown>;
  if (typeof code === 'string') return CONNECTION_ERRORS[code] ?? `error ${code}`;
  const inner = Array.isArray(errors) ? (errors as unknown[])[0] : cause;
  if (inner !== undefined) return reasonOf(inner);
  if (name === 'TimeoutError' || name === 'AbortError') return 'no response in time';
  return error instanceof Error && /timeout/i.test(error.message) ? 'no response in time' : 'unexpected error';
}
