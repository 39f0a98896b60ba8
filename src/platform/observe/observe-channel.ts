import { subscribe, unsubscribe, type Channel, type TracingChannel } from 'node:diagnostics_channel';

export interface TraceObserver<Trace> {
  readonly start?: (trace: Trace) => void;
  /** Called when the traced work has ended, whether it succeeded or failed. */
  readonly end: (trace: Trace, seconds: number) => void;
}

const ignore = (): void => undefined;

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
  const startedAt = new WeakMap<Trace, number>();
  const subscribers = {
    start: (trace: Trace) => {
      startedAt.set(trace, performance.now());
      observer.start?.(trace);
    },
    end: ignore,
    asyncStart: ignore,
    asyncEnd: ignore,
    error: ignore,
    [endsAt]: (trace: Trace) => {
      const started = startedAt.get(trace);
      if (started !== undefined) observer.end(trace, (performance.now() - started) / 1_000);
    },
  };
  channel.subscribe(subscribers);
  return () => {
    channel.unsubscribe(subscribers);
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
