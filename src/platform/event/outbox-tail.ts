import type { Database } from '../db/database';
import type { Session } from '../db/session';
import { STREAM_SCOPE } from '../db/scope';
import { coalesce } from '../base/coalesce';
import { BackgroundLoop, every } from '../base/loop';
import { readEventsAfter, readHead, readOutboxState } from './event.repository';
import { OutboxListener } from './outbox-listener';
import type { EventSequencer, SequencedBatch } from './event-sequencer';
import type { StreamEvent } from './outbox';
import { describeFailure, type StreamLog } from '../db/stream-log';

/** Events per statement. Subscribers can take their events between two pages. */
const PAGE_SIZE = 500;

/** The tail is unhealthy when no poll has succeeded for this time and for ten poll intervals. */
const UNHEALTHY_AFTER_MS = 5_000;

export interface OutboxTailOptions {
  database: Database;
  sequencer: EventSequencer;
  url: string;
  log: StreamLog;
  pollIntervalMs: number;
  /** See OutboxListenerOptions. */
  lifetimeMs?: number | undefined;
  /** Called when there are events that are not read. Must not throw. */
  onAhead: () => void;
  /** Called with each event once, in order. Must not throw. */
  onEvent: (event: StreamEvent) => void;
  /** Called when events after the tail's position are gone: they were pruned during an outage, or the database was restored. */
  onGap: () => void;
}

/**
 * Reads the events of all customers, once per instance, in the order of their positions.
 *
 * Reads when a notification arrives and at every poll. The poll also sequences events that their own instance did not.
 */
export class OutboxTail extends BackgroundLoop {
  private readonly listener: OutboxListener;
  private lastPosition = 0;
  /** There may be events up to this position. */
  private knownHead = 0;
  private reports = 0;
  private isReading = false;
  private lastSuccessMs = -Infinity;
  private failing = false;

  constructor(private readonly options: OutboxTailOptions) {
    super();
    this.listener = new OutboxListener({
      url: options.url,
      log: options.log,
      lifetimeMs: options.lifetimeMs,
      // The notification of this instance's own batch often comes before the commit's response, which has the events.
      onSequenced: (head) => options.sequencer.afterBatch(() => this.wake(head)),
      onListening: () => this.wake(Infinity),
    });
  }

  /** All events up to this position were passed to `onEvent`. */
  get position(): number {
    return this.lastPosition;
  }

  get isListening(): boolean {
    return this.listener.isListening;
  }

  get isHealthy(): boolean {
    return performance.now() - this.lastSuccessMs < Math.max(UNHEALTHY_AFTER_MS, 10 * this.options.pollIntervalMs);
  }

  /** Starts after the newest event. Throws when the database does not respond. */
  async start(): Promise<void> {
    this.lastPosition = await readHead(this.options.database.session(STREAM_SCOPE));
    this.lastSuccessMs = performance.now();
    this.listener.start();
    const { pollIntervalMs } = this.options;
    this.running = every(() => this.poll(), {
      intervalMs: pollIntervalMs,
      firstDelayMs: pollIntervalMs,
      signal: this.stopping.signal,
      onError: (error) => this.failed(error),
    });
  }

  override async stop(): Promise<void> {
    await Promise.all([super.stop(), this.listener.stop()]);
    await this.read().catch(() => undefined);
  }

  /** Reads up to `head` if it is ahead. The poll retries after a failure. */
  wake(head: number): void {
    if (head > this.lastPosition) void this.readUpTo(head).catch((error: unknown) => this.failed(error));
  }

  /**
   * As `wake`, after this instance has given events their positions. They need not be read if they are the next ones, because positions have
   * no gaps.
   */
  sequenced(head: number, { events, isPassed }: SequencedBatch): void {
    if (this.isReading || this.stopping.signal.aborted || events[0]?.position !== this.lastPosition + 1) {
      this.wake(head);
      return;
    }
    if (!isPassed) this.options.onAhead();
    this.knownHead = Math.max(this.knownHead, head);
    for (const event of events) this.pass(event);
  }

  private pass(event: StreamEvent): void {
    this.lastPosition = event.position;
    this.options.onEvent(event);
  }

  private readUpTo(head: number): Promise<void> {
    // The sequencer and NOTIFY both report a head.
    if (head > this.knownHead) this.options.onAhead();
    this.knownHead = Math.max(this.knownHead, head);
    this.reports += 1;
    return this.read();
  }

  private readonly read = coalesce(() => this.readAll());

  /** The sequencer and NOTIFY both report a head; the second report is free. */
  private async readAll(): Promise<void> {
    const session = this.options.database.session(STREAM_SCOPE);
    this.isReading = true;
    try {
      await this.readPages(session);
    } finally {
      this.isReading = false;
    }
  }

  private async readPages(session: Session): Promise<void> {
    while (!this.stopping.signal.aborted && this.lastPosition < this.knownHead) {
      const { reports } = this;
      const events = await readEventsAfter(session, this.lastPosition, PAGE_SIZE);
      if (events[0] && events[0].position !== this.lastPosition + 1) this.options.onGap();
      for (const event of events) this.pass(event);
      // This page was the last one, unless a head was reported while it was read.
      if (events.length < PAGE_SIZE && this.reports === reports) this.knownHead = this.lastPosition;
    }
  }

  private async poll(): Promise<void> {
    const { database, sequencer } = this.options;
    const readBefore = this.lastPosition;
    const { head, hasUnsequenced } = await readOutboxState(database.session(STREAM_SCOPE));
    if (head < readBefore) this.rewind(head);
    if (hasUnsequenced) await sequencer.sequence();
    if (hasUnsequenced || head > this.lastPosition) await this.readUpTo(hasUnsequenced ? Infinity : head);
    if (this.failing) this.options.log.info({}, 'the event stream recovered');
    this.failing = false;
    this.lastSuccessMs = performance.now();
  }

  /** A database restored from a backup assigns positions from an older head. */
  private rewind(head: number): void {
    this.options.onGap();
    this.lastPosition = head;
    this.knownHead = head;
  }

  /** Logs only the first of consecutive failures, because the poll retries until the database is back. */
  private failed(error: unknown): void {
    if (!this.failing && !this.stopping.signal.aborted) {
      this.options.log.warn(describeFailure(error), 'the event stream cannot read from the database');
    }
    this.failing = true;
  }
}
