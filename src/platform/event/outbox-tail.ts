import type { Database } from '../db/database';
import { SYSTEM_SCOPE } from '../db/scope';
import { coalesce } from '../base/coalesce';
import { BackgroundLoop, every } from '../base/loop';
import { readEventsAfter, readHead, readOutboxState } from './event.repository';
import { OutboxListener } from './outbox-listener';
import type { EventSequencer } from './event-sequencer';
import type { StreamEvent } from './outbox';
import { describeFailure, type StreamLog } from '../db/stream-log';

/** Events read by one statement. Between two pages subscribers get a turn to take what they were handed. */
const PAGE_SIZE = 500;

/** Without a successful look at the database for so long, or for ten polls, the tail is not healthy. */
const UNHEALTHY_AFTER_MS = 5_000;

export interface OutboxTailOptions {
  database: Database;
  sequencer: EventSequencer;
  url: string;
  log: StreamLog;
  pollIntervalMs: number;
  /** Told each event once, in order. Must not throw. */
  onEvent: (event: StreamEvent) => void;
  /** Events between the tail and the head are gone: pruned while the database was out of reach, or it was restored. */
  onGap: () => void;
}

/**
 * Reads the events of all customers, once per instance, in the order of their positions.
 *
 * Notifications say when to look; the poll looks anyway, and sequences what a writer's instance left without a position.
 */
export class OutboxTail extends BackgroundLoop {
  private readonly listener: OutboxListener;
  private lastPosition = 0;
  /** How far there may be something to read. */
  private knownHead = 0;
  private reports = 0;
  private lastSuccessMs = -Infinity;
  private failing = false;

  constructor(private readonly options: OutboxTailOptions) {
    super();
    this.listener = new OutboxListener({
      url: options.url,
      log: options.log,
      onSequenced: (head) => this.wake(head),
      onListening: () => this.wake(Infinity),
    });
  }

  /** All events up to here were handed out. */
  get position(): number {
    return this.lastPosition;
  }

  get isListening(): boolean {
    return this.listener.isListening;
  }

  get isHealthy(): boolean {
    return performance.now() - this.lastSuccessMs < Math.max(UNHEALTHY_AFTER_MS, 10 * this.options.pollIntervalMs);
  }

  /** Begins behind the newest event. Throws when the database does not respond. */
  async start(): Promise<void> {
    this.lastPosition = await readHead(this.options.database.session(SYSTEM_SCOPE));
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

  /** Reads on if `head` is ahead; failures are left to the poll. */
  wake(head: number): void {
    if (head > this.lastPosition) void this.readUpTo(head).catch((error: unknown) => this.failed(error));
  }

  private readUpTo(head: number): Promise<void> {
    this.knownHead = Math.max(this.knownHead, head);
    this.reports += 1;
    return this.read();
  }

  private readonly read = coalesce(() => this.readAll());

  /** The sequencer and NOTIFY both report a head; the second report is free. */
  private async readAll(): Promise<void> {
    const session = this.options.database.session(SYSTEM_SCOPE);
    while (!this.stopping.signal.aborted && this.lastPosition < this.knownHead) {
      const { reports } = this;
      const events = await readEventsAfter(session, this.lastPosition, PAGE_SIZE);
      if (events[0] && events[0].position !== this.lastPosition + 1) this.options.onGap();
      for (const event of events) {
        this.lastPosition = event.position;
        this.options.onEvent(event);
      }
      // The page was the last, unless more was reported while it was read.
      if (events.length < PAGE_SIZE && this.reports === reports) this.knownHead = this.lastPosition;
    }
  }

  private async poll(): Promise<void> {
    const { database, sequencer } = this.options;
    const readBefore = this.lastPosition;
    const { head, hasUnsequenced } = await readOutboxState(database.session(SYSTEM_SCOPE));
    if (head < readBefore) this.rewind(head);
    if (hasUnsequenced) await sequencer.sequence();
    if (hasUnsequenced || head > this.lastPosition) await this.readUpTo(hasUnsequenced ? Infinity : head);
    if (this.failing) this.options.log.info({}, 'the event stream reads again');
    this.failing = false;
    this.lastSuccessMs = performance.now();
  }

  /** A database that was restored from a backup numbers anew from an older head. */
  private rewind(head: number): void {
    this.options.onGap();
    this.lastPosition = head;
    this.knownHead = head;
  }

  /** Logs the first failure of a row: the poll tries again for as long as the database is away. */
  private failed(error: unknown): void {
    if (!this.failing && !this.stopping.signal.aborted) {
      this.options.log.warn(describeFailure(error), 'the event stream cannot read');
    }
    this.failing = true;
  }
}
