import { subscribe, unsubscribe, type Channel, type TracingChannel } from 'node:diagnostics_channel';

export interface TraceObserver<Trace> {
  readonly start?: (trace: Trace) => void;
  /** Called when the traced work has ended, whether it succeeded or failed. */
  readonly end: (trace: Trace, seconds: number) => void;
}

/**
 * Calls an observer for each trace of a channel.
 *
 * @param endsAt `end` for a channel of synchronous work
 * @returns ends the observation
 */
export function observeTraces<Trace extends object>(
  channel: TracingChannel<unknown, Trace>,
  observer: TraceObserver<Trace>,
  endsAt: 'end' | 'asyncEnd' = 'asyncEnd',
): () => void {
  /** Also leaves out traces that started before the observation. */
  const startedAt = new WeakMap<object, number>();
  const onStart = (trace: unknown) => {
    startedAt.set(trace as Trace, performance.now());
    observer.start?.(trace as Trace);
  };
  const onEnd = (trace: unknown) => {
    const started = startedAt.get(trace as Trace);
    if (started !== undefined) observer.end(trace as Trace, (performance.now() - started) / 1_000);
  };
  const { start, [endsAt]: end } = channel as unknown as Record<'start' | 'end' | 'asyncEnd', Channel>;
  subscribe(start.name, onStart);
  subscribe(end.name, onEnd);
  return () => {
    unsubscribe(start.name, onStart);
    unsubscribe(end.name, onEnd);
  };
}

/** Calls an observer for each message of a plain channel. @returns ends the observation */
export function observeNotices<Notice>(channel: Channel, observer: (notice: Notice) => void): () => void {
  const subscriber = (notice: unknown) => observer(notice as Notice);
  subscribe(channel.name, subscriber);
  return () => {
    unsubscribe(channel.name, subscriber);
  };
}
