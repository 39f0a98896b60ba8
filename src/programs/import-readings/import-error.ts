/** An import that cannot go on as things are: said in one sentence, without a stack. What is done stays done. */
export class ImportError extends Error {}

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
