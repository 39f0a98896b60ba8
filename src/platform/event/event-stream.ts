import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../db/database';
import type { Session } from '../db/session';
import { RequestError } from '../base/errors';
import { eventChannel, type EventTrace } from '../base/channels';
import { oncePerTurn, spaced } from '../base/coalesce';
import { Emitter } from '../base/emitter';
import {
  cursorExpired,
  EventPages,
  EventSubscription,
  type LiveStream,
  type SubscribeOptions,
} from './event-subscription';
import { RecentEvents, type EventWindow } from './recent-events';
import { findPosition, readHead, readOutboxState, type SelectiveConsumer } from './event.repository';
import { OutboxPruner } from './outbox-pruner';
import { readable } from './event-catalog';
import { EventSequencer } from './event-sequencer';
import { OutboxTail } from './outbox-tail';
import type { StreamEvent } from './outbox';
import { describeFailure, type StreamLog } from '../db/stream-log';

export interface EventStreamOptions {
  database: Database;
  /** URL for the LISTEN connection. Its user must be a member of the workers' role. */
  url: string;
  log: StreamLog;
  /** Maximum delay of an event when its notification is lost. Default 500. */
  pollIntervalMs?: number;
  /** Days for which events, and thereby cursors, are kept. Default 7. */
  retentionDays?: number;
  /** Bytes of recent events that are kept for all subscriptions, and of pages that subscriptions have read. Default 16 MB each. */
  bufferBytes?: number;
  /** The consumer for which `arrived` is emitted. Default: there is none that is moved past events. */
  consumer?: SelectiveConsumer | undefined;
  /** See OutboxListenerOptions. */
  connectionLifetimeMs?: number | undefined;
}

const BUFFER_BYTES = 16_000_000;

/** Shortest time from one begin of sequencing to the next. Each is a commit, and so is what consumers make of the events. */
const SEQUENCE_INTERVAL_MS = 10;

/** Sequencing takes a few ms. It takes longer only when another instance is stuck. */
const SEQUENCE_TIMEOUT_MS = 5_000;

/**
 * The ordered stream of the events of all instances. There is one object per process.
 *
 * An event is appended → committed → sequenced → read by each instance's tail → kept for the subscriptions of that instance, which
 * take it when their client has taken the events before. If a step fails, the next poll of any instance repeats it.
 */
export class EventStream implements LiveStream {
  /** Emitted when there are new events that the consumer may handle, before they are read. A lost report is made up for by polls. */
  readonly arrived = new Emitter();

  private readonly sequencer: EventSequencer;
  private readonly tail: OutboxTail;
  private readonly pruner: OutboxPruner;
  private readonly subscriptions = new Set<EventSubscription>();
  private readonly recent: RecentEvents;
  readonly pages: EventPages;
  private isRunning = false;
  /** Position of the last event that could not be read. The log names it once for all subscriptions. */
  private lastSkipped = 0;

  constructor(private readonly options: EventStreamOptions) {
    const { database, url, log, pollIntervalMs = 500, retentionDays = 7, bufferBytes = BUFFER_BYTES } = options;
    this.recent = new RecentEvents(bufferBytes);
    this.pages = new EventPages(bufferBytes);
    database.eventsCommitted.on(() => this.nudge());
    this.sequencer = new EventSequencer(
      database,
      (head, batch) => this.tail.sequenced(head, batch),
      undefined,
      options.consumer,
    );
    this.tail = new OutboxTail({
      database,
      sequencer: this.sequencer,
      url,
      log,
      pollIntervalMs,
      lifetimeMs: options.connectionLifetimeMs,
      onAhead: () => this.announce(),
      onEvent: (event) => this.fanOut(event),
      onGap: () => this.failAll(),
    });
    this.pruner = new OutboxPruner(database, retentionDays, log);
  }

  /** @throws Error when the database does not respond */
  async start(): Promise<void> {
    await this.tail.start();
    this.pruner.start();
    this.isRunning = true;
  }

  /** Ends all subscriptions, without an error, and waits for work in progress. */
  async stop(): Promise<void> {
    this.isRunning = false;
    for (const subscription of this.subscriptions) subscription.end();
    this.sequencer.stop();
    await Promise.all([this.tail.stop(), this.pruner.stop()]);
    await this.sequencer.sequence().catch(() => undefined);
  }

  /**
   * Called after a commit with events. The first one after a pause is sequenced at once. Events that follow within a few milliseconds,
   * or while a batch is being sequenced, are sequenced together.
   */
  private nudge(): void {
    if (this.isRunning) this.sequenceSoon();
  }

  /**
   * The position of the newest event that the scope can see. A client that reads state after this call and subscribes after this
   * position misses no event, and receives none that was committed before the call.
   */
  async head(session: Session): Promise<number> {
    const { head, hasUnsequenced } = await readOutboxState(session);
    if (!hasUnsequenced) return head;
    await this.sequenceInTime();
    return readHead(session);
  }

  /**
   * The position of a committed event. Sequences the event first if necessary.
   *
   * @throws RequestError CURSOR_EXPIRED when the event is no longer kept or does not belong to the scope
   */
  async positionOf(session: Session, eventId: string): Promise<number> {
    let position = await findPosition(session, eventId);
    if (position === null) {
      await this.sequenceInTime();
      position = await findPosition(session, eventId);
    }
    if (position === undefined) throw cursorExpired();
    if (position === null) throw new RequestError('SERVICE_UNAVAILABLE', 'The event stream is delayed. Try again.');
    return position;
  }

  /**
   * Subscribes to events from now on, or after the position `after`, in the order of their positions.
   *
   * The subscription is active from this call, not from the first `next()`. It uses memory until it ends: by `return()`, the
   * signal, an error or `stop()`.
   *
   * `next()` throws RequestError CURSOR_EXPIRED when events after the last one are no longer kept, and any error of `matches`.
   */
  subscribe(options: SubscribeOptions): AsyncIterableIterator<StreamEvent, undefined> {
    if (!this.isRunning) throw new RequestError('SERVICE_UNAVAILABLE', 'The server is shutting down. Subscribe again.');
    const session = this.options.database.session(options.scope);
    const { matches } = options;
    const readableOnly = {
      ...options,
      matches: (event: StreamEvent) => readable(() => matches(event)) ?? this.skip(event),
    };
    const subscription = new EventSubscription(readableOnly, this, session);
    if (!subscription.hasEnded) this.subscriptions.add(subscription);
    return subscription;
  }

  get position(): number {
    return this.tail.position;
  }

  /** Subscriptions that have not ended. */
  get subscribers(): number {
    return this.subscriptions.size;
  }

  /** Whether the LISTEN connection is up. Without it, new events are found by the poll. */
  get isListening(): boolean {
    return this.tail.isListening;
  }

  /** Whether the tail has read from the database in the last seconds. */
  isHealthy(): boolean {
    return this.isRunning && this.tail.isHealthy;
  }

  private readonly sequenceSoon = spaced(() => {
    this.sequencer.sequence().catch((error: unknown) => {
      this.options.log.warn(describeFailure(error), 'could not sequence events, the next poll retries');
    });
  }, SEQUENCE_INTERVAL_MS);

  private readonly announce = oncePerTurn(() => {
    if (this.isRunning) this.arrived.emit();
  });

  private async sequenceInTime(): Promise<void> {
    const timeout = new AbortController();
    try {
      await Promise.race([
        this.sequencer.sequence(),
        sleep(SEQUENCE_TIMEOUT_MS, undefined, { signal: timeout.signal }).catch(() => undefined),
      ]);
    } finally {
      timeout.abort();
    }
  }

  private fanOut(event: StreamEvent): void {
    if (eventChannel.hasSubscribers) {
      const { id: eventId, customerId, type, createdAt } = event;
      const trace: EventTrace = { eventId, customerId, type, createdAt };
      eventChannel.traceSync(() => {
        trace.subscriptions = this.offer(event);
      }, trace);
    } else this.offer(event);
  }

  /** @returns how many subscriptions waited for it */
  private offer(event: StreamEvent): number {
    let taken = 0;
    for (const { subscriptions } of this.recent.append(event))
      for (const subscription of subscriptions) if (subscription.wake()) taken += 1;
    return taken;
  }

  /** An event that cannot be read must not end a subscription, because the next one would resume before it. */
  private skip({ id: eventId, type, position }: StreamEvent): false {
    if (position !== this.lastSkipped)
      this.options.log.warn({ eventId, type }, 'event skipped by subscriptions, it cannot be read');
    this.lastSkipped = position;
    return false;
  }

  /** Ends all subscriptions: events are missing, so subscribers have to load the current state. */
  private failAll(): void {
    this.options.log.error({}, 'events were deleted before they were read, ending all subscriptions');
    for (const subscription of this.subscriptions) subscription.fail(cursorExpired());
  }

  join(subscription: EventSubscription): EventWindow {
    return this.recent.join(subscription, this.position);
  }

  leave(subscription: EventSubscription): void {
    this.subscriptions.delete(subscription);
    this.recent.leave(subscription);
  }
}
