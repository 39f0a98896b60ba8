import { CommandError } from '../command-line';

/** The import cannot continue. Recorded readings stay recorded. */
export class ImportError extends CommandError {}

/** The first lines of the file were refused for the same reason. Nothing was imported. */
export class AllAlike extends ImportError {}

/** The same command would fail again, see ImportJournal.bind. */
export class WrongTarget extends ImportError {}

/** Code of a system error, e.g. `ENOENT`. Does not use instanceof: Node's errors can come from another realm. */
export function systemCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}

/** @returns undefined if the file does not exist */
export function unlessMissing<Result>(work: Promise<Result>): Promise<Result | undefined> {
  return work.catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw error;
    return undefined;
  });
}
