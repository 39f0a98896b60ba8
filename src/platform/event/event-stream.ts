import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../db/database';
import { scopeKey } from '../db/scope';
import type { Session } from '../db/session';
import { RequestError } from '../base/errors';
import { eventChannel, type EventTrace } from '../base/channels';
import { oncePerTurn } from '../base/coalesce';
import { Emitter } from '../base/emitter';
import { cursorExpired, EventSubscription, type LiveStream, type SubscribeOptions } from './event-subscription';
import { findPosition, readHead, readOutboxState } from './event.repository';
import { OutboxPruner } from './outbox-pruner';
import { EventSequencer } from './event-sequencer';
import { OutboxTail } from './outbox-tail';
import type { StreamEvent } from './outbox';
import { describeFailure, type StreamLog } from '../db/stream-log';

export interface EventStreamOptions {
  database: Database;
  /** For the connection that listens; the user must be a member of the workers' role. */
  url: string;
  log: StreamLog;
  /** How late an event is at the most when a notification is lost. Default 500. */
  pollIntervalMs?: number;
  /** Cursors are good for this long. Default 7. */
  retentionDays?: number;
  /** Live events that may wait for one subscriber. */
  maxQueued?: number;
}

/** Sequencing takes a few ms; it takes this long only when another instance is stuck in it. */
const SEQUENCE_TIMEOUT_MS = 5_000;

/**
 * The events of all instances in one order, as one instance follows it; made once per process.
 *
 * An event is appended → committed → sequenced → read by each instance's tail → queued for its subscribers there. Each step
 * may fail: the next poll of any instance does it.
 */
export class EventStream implements LiveStream {
  /** There are new events; emitted once for those that were read together. */
  readonly arrived = new Emitter();

  private readonly sequencer: EventSequencer;
  private readonly tail: OutboxTail;
  private readonly pruner: OutboxPruner;
  private readonly subscriptions = new Set<EventSubscription>();
  /** Those who have joined, by the key of their scope: an event is offered to its customer's and to the operators'. */
  private readonly joined = new Map<string, Set<EventSubscription>>();
  private isRunning = false;

  constructor(private readonly options: EventStreamOptions) {
    const { database, url, log, pollIntervalMs = 500, retentionDays = 7 } = options;
    database.eventsCommitted.on(() => this.nudge());
    this.sequencer = new EventSequencer(database, (head) => this.tail.wake(head));
    this.tail = new OutboxTail({
      database,
      sequencer: this.sequencer,
      url,
      log,
      pollIntervalMs,
      onEvent: (event) => this.fanOut(event),
      onGap: () => this.breakOff(),
    });
    this.pruner = new OutboxPruner(database, retentionDays, log);
  }

  /** @throws when the database does not respond */
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
   * Events were committed. Costs the caller nothing: what is committed within one turn of the event loop, or while a
   * batch is being sequenced, is sequenced together.
   */
  private nudge(): void {
    if (this.isRunning) this.sequenceSoon();
  }

  /**
   * The position of the newest event that the scope sees: whoever reads after this and goes on behind it misses nothing, and
   * gets nothing that was committed before.
   */
  async head(session: Session): Promise<number> {
    const { head, hasUnsequenced } = await readOutboxState(session);
    if (!hasUnsequenced) return head;
    await this.sequenceInTime();
    return readHead(session);
  }

  /**
   * The position of a committed event; one that has none yet gets it now.
   *
   * @throws RequestError CURSOR_EXPIRED when the event is no longer kept, or was never one of this scope
   */
  async positionOf(session: Session, eventId: string): Promise<number> {
    let position = await findPosition(session, eventId);
    if (position === null) {
      await this.sequenceInTime();
      position = await findPosition(session, eventId);
    }
    if (position === undefined) throw cursorExpired();
    if (position === null) throw new RequestError('SERVICE_UNAVAILABLE', 'The event stream is behind: try again.');
    return position;
  }

  /**
   * Follows the stream from now on, or from behind `after`. Events come in the order of their positions.
   *
   * The subscription is on from this call, not from the first `next()`; it holds memory until it ends: by `return()`, by the
   * signal, by an error or by `stop()`.
   *
   * `next()` throws RequestError CURSOR_EXPIRED when `after` is older than what is kept, SUBSCRIBER_TOO_SLOW when too many
   * live events wait to be taken, and what `matches` throws.
   */
  subscribe(options: SubscribeOptions): AsyncIterableIterator<StreamEvent, undefined> {
    if (!this.isRunning) throw new RequestError('SERVICE_UNAVAILABLE', 'The server is stopping: subscribe again.');
    const session = this.options.database.session(options.scope);
    const subscription = new EventSubscription({ maxQueued: this.options.maxQueued, ...options }, this, session);
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

  /** Whether the connection that hears of new events at once is up; without it they come by the poll. */
  get isListening(): boolean {
    return this.tail.isListening;
  }

  /** Whether the tail has read from the database in the last seconds. */
  isHealthy(): boolean {
    return this.isRunning && this.tail.isHealthy;
  }

  private readonly sequenceSoon = oncePerTurn(() => {
    this.sequencer.sequence().catch((error: unknown) => {
      this.options.log.warn(describeFailure(error), 'events not stamped, the next poll tries again');
    });
  });

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
    this.announce();
    if (eventChannel.hasSubscribers) {
      const { id: eventId, customerId, type, createdAt } = event;
      const trace: EventTrace = { eventId, customerId, type, createdAt };
      eventChannel.traceSync(() => {
        trace.subscriptions = this.offer(event);
      }, trace);
    } else this.offer(event);
  }

  /** @returns how many subscriptions queued it */
  private offer(event: StreamEvent): number {
    let queued = 0;
    for (const key of [scopeKey({ kind: 'customer', customerId: event.customerId }), scopeKey({ kind: 'operator' })]) {
      for (const subscription of this.joined.get(key) ?? []) if (subscription.offer(event)) queued += 1;
    }
    return queued;
  }

  /** What the tail missed is not known: subscribers have to load the current state. */
  private breakOff(): void {
    this.options.log.error({}, 'events are gone that were not read yet: subscriptions end');
    for (const subscription of this.subscriptions) subscription.fail(cursorExpired());
  }

  join(subscription: EventSubscription): void {
    const key = scopeKey(subscription.scope);
    const group = this.joined.get(key) ?? new Set();
    this.joined.set(key, group.add(subscription));
  }

  leave(subscription: EventSubscription): void {
    this.subscriptions.delete(subscription);
    const key = scopeKey(subscription.scope);
    const group = this.joined.get(key);
    if (group?.delete(subscription) && group.size === 0) this.joined.delete(key);
  }
}
