import { traced, webhookPlanningChannel, type WebhookPlanningTrace } from '../../platform/base/channels';
import { coalesce } from '../../platform/base/coalesce';
import { Backoff } from '../../platform/base/loop';
import type { Database } from '../../platform/db/database';
import { describeDatabaseError, isCanceled, isUnavailable } from '../../platform/db/pg-error';
import { PLANNING_SCOPE } from '../../platform/db/scope';
import type { Tx } from '../../platform/db/session';
import { describeFailure, type StreamLog } from '../../platform/db/stream-log';
import type { EventCatalog } from '../../platform/event/event-catalog';
import { OutboxConsumer } from '../../platform/event/outbox-consumer';
import { DELIVERY_POINTS } from './delivery-points';
import type { ClaimedDelivery } from './delivery.repository';
import { pauseAfter } from './pace';
import { planPortion, PORTION, type Plan } from './planning';
import {
  findWaitingCustomers,
  insertDeliveries,
  keepProgress,
  lockReceivers,
  queueing,
  removeEvents,
  setAside,
  takeEvents,
  takeUpUnreadable,
  type Failure,
  type KnownType,
  type QueuedDeliveries,
  type QueuedEvent,
} from './webhook-event.repository';
import { toEventType } from './webhook-event-type';
import type { Reservation, WebhookSender } from './webhook-sender';

/** Name under which the planner stores its position in the outbox. */
export const PLANNER = 'webhooks';

/**
 * Most events of one customer that a transaction reads, most deliveries of their first messages, and most bytes of their payloads.
 * The last event may exceed them.
 */
const MAX_TAKEN = { events: 100, deliveries: PORTION.deliveries, bytes: 1_048_576 };

/** Customers with new events whose portions are planned at a time. */
const AT_A_TIME = 2;

const MAX_CUSTOMERS = 1_000;

/** For a customer whose first event fails although it may succeed later, as while a row is locked. */
const WHILE_FAILING = { firstMs: 1_000, maxMs: 60_000 };
/** Failures of that kind after which the event is set aside. */
const MAX_FAILURES = 10;

const LOCK_NOT_AVAILABLE = '55P03';

/** What a transaction has taken. */
interface Taken {
  ids: string[];
  /** Whether more events may wait. */
  isFull: boolean;
  reservation?: Reservation | undefined;
  /** Resolves with the deliveries that it has planned for the reservation. */
  claimed?: Promise<ClaimedDelivery[]>;
}

/** A customer whose last portion failed. */
interface Trouble {
  /** Events of the next portion. */
  events: number;
  /** Failures of the first event alone. */
  failures: number;
  readonly backoff: Backoff;
  /** By `performance.now()`. */
  notBefore: number;
}

export interface WebhookPlannerOptions {
  readonly database: Database;
  readonly catalog: EventCatalog;
  readonly log: StreamLog;
  /** Charges a customer for deliveries, in points of cost. */
  readonly charge?: (customerId: string, points: number) => void;
  /** Reserves places for deliveries that can be sent as soon as they are planned. */
  readonly reserve?: WebhookSender['reserve'];
  /** Called after a commit with deliveries that are not sent yet. */
  readonly onPlanned?: () => void;
}

/**
 * Plans deliveries in two steps. The events of the stream are queued by customer, which parses nothing. Then the customers take
 * turns: each transaction plans a portion of the events of one customer, in order. So neither many events of a customer nor one
 * that cannot be planned delays the others, or the pruning of events.
 *
 * A customer whose events do not fit into a portion is behind. Those take turns beside the others, on a connection of their own, and
 * with a pause after each portion. Planning is faster than sending, and leaves most of a processor to the others.
 *
 * A portion that fails is repeated with half of its events. An event that fails alone is set aside.
 */
export class WebhookPlanner {
  private readonly consumer: OutboxConsumer<QueuedDeliveries>;
  private readonly known: readonly KnownType[];
  private readonly troubles = new Map<string, Trouble>();
  /** Customers whose next portion is planned by `planBehind`. */
  private readonly behind = new Set<string>();
  private readonly turns = new Set<Promise<void>>();
  /** Customers with events that may wait. */
  private readonly waiting = new Set<string>();
  /** Customers with a portion in progress. */
  private readonly current = new Set<string>();
  /** Those of them that have events which the portion may not see. */
  private readonly again = new Set<string>();
  private isStopping = false;

  constructor(private readonly options: WebhookPlannerOptions) {
    const { database, catalog } = options;
    this.known = catalog.types.map(({ type, messageTypes }) => ({ type, eventTypes: messageTypes.map(toEventType) }));
    this.consumer = new OutboxConsumer(database, PLANNER, {
      part: (events) => queueing(events, this.known),
      then: (queued) => this.queued(queued),
    });
  }

  /** Plans the deliveries of all events, except of those that another instance is planning. Concurrent calls share their work. */
  async plan(): Promise<void> {
    await this.consumer.consume();
    await this.findWaiting();
    await this.planNew();
    await this.planBehind();
  }

  /** The same for events that this instance has not queued before. */
  async planArrived(): Promise<void> {
    await this.consumer.consume();
    await this.planNew();
    await this.planBehind();
  }

  /** Takes up events that instances of another version have set aside because they could not read them. */
  async takeUp(): Promise<void> {
    const { database, catalog } = this.options;
    await takeUpUnreadable(database.session(PLANNING_SCOPE), catalog.version);
  }

  /** A portion in progress is finished. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await this.consumer.stop();
    await this.plan().catch(() => undefined);
  }

  private queued(queued: readonly QueuedDeliveries[]): void {
    for (const { customerId, deliveries } of queued) {
      this.waiting.add(customerId);
      this.options.charge?.(customerId, deliveries * DELIVERY_POINTS);
    }
  }

  private readonly findWaiting = coalesce(async () => {
    const session = this.options.database.session(PLANNING_SCOPE);
    for (let after = '0', isLast = false; !isLast;) {
      const customers = await findWaitingCustomers(session, after, MAX_CUSTOMERS);
      for (const customerId of customers) this.waiting.add(customerId);
      isLast = customers.length < MAX_CUSTOMERS;
      after = customers.at(-1) ?? after;
    }
  });

  /** Plans a portion of each customer that may wait and is not behind, some customers at a time. */
  private async planNew(): Promise<void> {
    while (this.turns.size < AT_A_TIME) {
      const turn = this.takeTurns().finally(() => this.turns.delete(turn));
      this.turns.add(turn);
    }
    await Promise.all(this.turns);
  }

  /** Also of customers that are added during a portion. */
  private async takeTurns(): Promise<void> {
    for (const customerId of this.waiting) {
      if (this.isStopping) return;
      this.waiting.delete(customerId);
      if (this.current.has(customerId)) this.again.add(customerId);
      else if (!this.behind.has(customerId)) await this.planNext(customerId, this.waiting);
    }
  }

  /** Plans all portions of the customers that are behind, in turns. */
  private readonly planBehind = coalesce(async () => {
    // A customer that stays behind comes last.
    for (const customerId of this.behind) {
      if (this.isStopping) return;
      const startedMs = performance.now();
      this.behind.delete(customerId);
      await this.planNext(customerId, this.behind);
      if (this.behind.size > 0) await pauseAfter(performance.now() - startedMs);
    }
  });

  /**
   * Plans a portion of a customer, which is behind then if its next portion can follow.
   *
   * @param turns where the customer waits for the events that come in this time, because the portion may not see them
   */
  private async planNext(customerId: string, turns: Set<string>): Promise<void> {
    const trouble = this.troubles.get(customerId);
    if (trouble && trouble.notBefore > performance.now()) return;
    const trace: WebhookPlanningTrace = { customerId };
    this.current.add(customerId);
    try {
      await traced(webhookPlanningChannel, trace, () => this.planTraced(customerId, trouble, trace));
    } finally {
      this.current.delete(customerId);
      if (this.again.delete(customerId)) turns.add(customerId);
    }
  }

  private async planTraced(
    customerId: string,
    trouble: Trouble | undefined,
    trace: WebhookPlanningTrace,
  ): Promise<void> {
    const events = trouble?.events ?? MAX_TAKEN.events;
    const { database, onPlanned } = this.options;
    const taken: Taken = { ids: [], isFull: false };
    try {
      const plan = await database.transact(PLANNING_SCOPE, (tx) => this.planIn(tx, customerId, events, taken));
      const deliveries = plan.messages.reduce((sum, { webhookIds }) => sum + webhookIds.length, 0);
      Object.assign(trace, { events: taken.ids.length, deliveries, setAside: plan.failures.length, isPlanned: true });
      this.report(customerId, plan.failures);
      const claimed = (await taken.claimed) ?? [];
      taken.reservation?.begin(claimed);
      if (claimed.length < deliveries) onPlanned?.();
    } catch (error) {
      taken.reservation?.begin([]);
      this.behind.add(customerId);
      Object.assign(trace, { events: taken.ids.length, deliveries: 0, setAside: 0, isPlanned: false });
      if (isOfDatabase(error)) throw error;
      trace.setAside = await this.failed(customerId, taken.ids, error);
      return;
    }
    if (taken.isFull) this.behind.add(customerId);
    if (trouble && taken.ids.length > 0) this.recovered(customerId, trouble);
  }

  private async planIn(tx: Tx, customerId: string, events: number, taken: Taken): Promise<Plan> {
    // Of an attempt that the database did not serialize.
    taken.reservation?.begin([]);
    taken.reservation = undefined;
    const taking = takeEvents(tx, customerId, { ...MAX_TAKEN, events });
    const locking = lockReceivers(tx, customerId);
    const queued = await taking;
    taken.ids = queued.map(({ id }) => id);
    const receivers = await locking;
    const plan = planPortion(this.options.catalog, queued, receivers);
    taken.isFull = plan.partly !== undefined || isFull(queued, events);
    // The deliveries of a customer that is behind have others before them.
    if (!taken.isFull) taken.reservation = this.options.reserve?.(customerId, plan.messages, receivers);
    taken.claimed = insertDeliveries(tx, customerId, plan.messages, taken.reservation);
    removeEvents(tx, customerId, plan.done);
    if (plan.partly?.messagesPlanned) keepProgress(tx, customerId, plan.partly);
    await setAside(tx, customerId, plan.failures);
    return plan;
  }

  private report(customerId: string, failures: readonly Failure[]): void {
    for (const { id: eventId, error: why } of failures)
      this.options.log.error({ customerId, eventId, why }, 'event set aside, its webhook deliveries are not planned');
  }

  private recovered(customerId: string, trouble: Trouble): void {
    trouble.failures = 0;
    trouble.backoff.reset();
    trouble.events *= 2;
    if (trouble.events >= MAX_TAKEN.events) this.troubles.delete(customerId);
  }

  /**
   * The next portion has half of the events that were taken. One event alone is set aside, at once or after some failures.
   *
   * @returns the number of events that were set aside
   */
  private async failed(customerId: string, taken: readonly string[], error: unknown): Promise<number> {
    const { database, log } = this.options;
    const trouble = this.troubles.get(customerId) ?? {
      events: MAX_TAKEN.events,
      failures: 0,
      backoff: new Backoff(WHILE_FAILING),
      notBefore: 0,
    };
    if (!this.troubles.has(customerId))
      log.warn({ customerId, ...describeFailure(error) }, 'planning of webhook deliveries failed, trying fewer events');
    this.troubles.set(customerId, trouble);
    const isLocked = databaseFailure(error).sqlState === LOCK_NOT_AVAILABLE;
    if (taken.length > 1 && !isLocked) {
      trouble.events = Math.floor(taken.length / 2);
      return 0;
    }
    trouble.failures += 1;
    if (taken.length === 0 || isLocked || (!isLasting(error) && trouble.failures < MAX_FAILURES)) {
      trouble.notBefore = performance.now() + trouble.backoff.next();
      return 0;
    }
    const failures = taken.map((id) => ({ id, error: describe(error), unreadableBy: null }));
    await setAside(database.session(PLANNING_SCOPE), customerId, failures);
    this.report(customerId, failures);
    return failures.length;
  }
}

/** Whether more events may wait than were taken. @param events most that were to be taken */
function isFull(queued: readonly QueuedEvent[], events: number): boolean {
  const deliveries = queued.reduce((sum, { webhookIds }) => sum + webhookIds.length, 0);
  const bytes = queued.reduce((sum, { payload }) => sum + Buffer.byteLength(payload), 0);
  return queued.length >= events || deliveries >= MAX_TAKEN.deliveries || bytes >= MAX_TAKEN.bytes;
}

/** Whether the database serves no one, rather than this portion: not a statement timeout (57014), or a portion that is too large (53). */
function isOfDatabase(error: unknown): boolean {
  return isUnavailable(error) && !isCanceled(error) && !databaseFailure(error).sqlState?.startsWith('53');
}

/** Whether the same write would fail again: its data break a rule or a limit (SQLSTATE 22, 23, 54), or the gateway has a defect. */
function isLasting(error: unknown): boolean {
  const { sqlState } = databaseFailure(error);
  return sqlState === undefined || /^(?:22|23|54)/.test(sqlState);
}

/** Without the error's message, which may quote the event. */
function describe(error: unknown): string {
  const { sqlState, statement } = databaseFailure(error);
  if (sqlState !== undefined)
    return `Its deliveries cannot be written: SQLSTATE ${sqlState} in ${statement ?? 'COMMIT'}.`;
  return `Its deliveries cannot be planned: ${error instanceof Error ? error.name : typeof error}.`;
}

function databaseFailure(error: unknown): { sqlState?: string; statement?: string } {
  return describeDatabaseError(error) ?? {};
}
