import { constants } from 'node:os';

/** Signals that ask a program to stop. SIGHUP: its terminal was closed. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type StopSignal = (typeof STOP_SIGNALS)[number];

/** The program was asked to stop before its work was done. */
export class Interruption extends Error {
  constructor(readonly signal: StopSignal) {
    super(`Stopped by ${signal}.`);
    this.name = 'Interruption';
  }

  /** Exit code by the convention of shells, e.g. 130 for Ctrl-C. */
  get exitCode(): number {
    return 128 + constants.signals[this.signal];
  }
}

/**
 * Handles the stop signals from now on. The first one aborts the returned signal, with an Interruption as the reason.
 *
 * @param whenRepeated `kill` lets a second signal end the process at once; `ignore` is for programs with something to clean up
 */
export function untilStopSignal(whenRepeated: 'kill' | 'ignore'): AbortSignal {
  const stop = new AbortController();
  for (const signal of STOP_SIGNALS) {
    const abort = () => stop.abort(new Interruption(signal));
    if (whenRepeated === 'kill') process.once(signal, abort);
    else process.on(signal, abort);
  }
  return stop.signal;
}

/**
 * Waits for the work, but not longer than until the signal aborts. The work then continues without a listener.
 *
 * @throws the reason of the signal
 */
export async function unlessAborted<Result>(signal: AbortSignal | undefined, work: Promise<Result>): Promise<Result> {
  if (!signal) return work;
  let abort!: () => void;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
  });
  work.catch(() => undefined); // it may fail later
  try {
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
