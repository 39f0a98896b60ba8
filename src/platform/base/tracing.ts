import type { TracingChannel } from 'node:diagnostics_channel';

/**
 * Runs `work` as one trace of a channel; free while nobody listens.
 *
 * Node's own `tracePromise` would hand the result to those who listen: results hold personal data and stay out.
 *
 * @param trace what those who listen are shown; `work` may complete it until its promise settles
 */
export async function traced<Trace extends object, Result>(
  channel: TracingChannel<unknown, Trace>,
  trace: Trace,
  work: () => Promise<Result>,
): Promise<Result> {
  let result!: Result;
  await channel.tracePromise(async () => {
    result = await work();
  }, trace);
  return result;
}
