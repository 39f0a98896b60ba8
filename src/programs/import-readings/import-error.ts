import { CommandError } from '../command-line';

/** An import that cannot go on as things are. What is done stays done. */
export class ImportError extends CommandError {}

/** The import was asked to stop: by SIGINT (Ctrl-C) or SIGTERM. */
export class Interruption extends Error {
  constructor(readonly signal: 'SIGINT' | 'SIGTERM') {
    super(`Stopped by ${signal}.`);
  }
}

/** The code of an error of the system, e.g. `ENOENT`. By shape: Node's own errors are not always of this realm's Error. */
export function systemCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}

/** @returns undefined for a file that is not there */
export function unlessMissing<Result>(work: Promise<Result>): Promise<Result | undefined> {
  return work.catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw error;
    return undefined;
  });
}
