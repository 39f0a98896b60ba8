import { basename } from 'node:path';
import { lock } from 'proper-lockfile';
import { ImportError, systemCode } from './import-error';

/** A lock whose process was killed is free after this time. The process that holds it renews it in half the time. */
const STALE_MS = 2_000;

/** Longer than a lock of a killed process lasts. */
const RETRIES = { retries: 12, factor: 1, minTimeout: 250, maxTimeout: 250 };

/**
 * Runs the import of a file, unless another process is importing it. The lock is the folder `<file>.progress.lock`.
 *
 * @param work ends early when the signal is aborted: another process took the lock, because this one stood still for too long
 * @throws ImportError when another process holds the lock
 */
export async function withImportLock<Result>(
  path: string,
  work: (lost: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const running = `Another process is importing ${basename(path)}.`;
  const lost = new AbortController();
  const release = await lock(path, {
    realpath: false,
    lockfilePath: `${path}.progress.lock`,
    stale: STALE_MS,
    retries: RETRIES,
    onCompromised: () => lost.abort(new ImportError(running)),
  }).catch((error: unknown) => {
    throw systemCode(error) === 'ELOCKED' ? new ImportError(`${running} Wait until it ends.`) : error;
  });
  try {
    return await work(lost.signal);
  } finally {
    if (!lost.signal.aborted) await release();
  }
}
