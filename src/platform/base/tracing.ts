import type { TracingChannel } from 'node:diagnostics_channel';

/**
 * Runs `work` as one trace of a channel; free while nobody listens.
 *
 * Those who listen see `trace` alone, on `asyncEnd` in each case. Node's `tracePromise` would hand them what is returned or
 * thrown too: results are personal data, and errors may quote it.
 *
 * @param trace `work` completes it before it settles
 */
export async function traced<Trace extends object, Result>(
  channel: TracingChannel<unknown, Trace>,
  trace: Trace,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!channel.hasSubscribers) return work();
  let outcome!: Promise<Result>;
  await channel.tracePromise(async () => {
    outcome = work();
    await outcome.catch(() => undefined);
  }, trace);
  return outcome;
}
