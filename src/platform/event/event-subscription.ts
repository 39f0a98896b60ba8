import type { Scope } from '../db/scope';
import type { Session } from '../db/session';
import { RequestError } from '../base/errors';
import { defineLimit, noteLimitReached } from '../base/limit';
import { readEventPage } from './event.repository';
import type { StreamEvent } from './outbox';

/** Scopes that can subscribe: customers and operators. Workers use an OutboxConsumer. */
export type SubscriberScope = Exclude<Scope, { kind: 'system' }>;

export interface SubscribeOptions {
  scope: SubscriberScope;
  types: readonly string[];
  /** Position to resume after. Default: only events committed from now on. */
  after?: number;
  /** Events per statement while catching up. Default 200; use fewer for large events. */
  pageSize?: number;
  /** Called for each event of these types that the scope may see. */
  matches: (event: StreamEvent) => boolean;
  /** Maximum number of queued live events; one more ends the subscription. At least 1. */
  maxQueued?: number;
  signal?: AbortSignal;
  /** Called as soon as the subscription fails, even without a pending `next()`. */
  onFailure?: (error: unknown) => void;
}

/** The part of EventStream that a subscription uses. */
export interface LiveStream {
  /** All events up to this position were offered to the joined subscriptions. */
  readonly position: number;
  /** Offers each event after `position` to the subscription from now on. */
  join(subscription: EventSubscription): void;
  /** Called when the subscription has ended. */
  leave(subscription: EventSubscription): void;
}

const DEFAULT_MAX_QUEUED = defineLimit('waiting events', {
  value: 1_000,
  unit: 'events',
  description: 'Events queued for one subscription; more end it with SUBSCRIBER_TOO_SLOW.',
});

/** Events of the scope per statement while catching up, including those that do not match. */
const DEFAULT_PAGE_SIZE = 200;

interface Waiting {
  resolve: (result: IteratorResult<StreamEvent, undefined>) => void;
  reject: (error: unknown) => void;
}

/** The stream cannot resume after a cursor because later events were deleted. */
export function cursorExpired(): RequestError {
  return new RequestError(
    'CURSOR_EXPIRED',
    'The events after this cursor are no longer kept. Load the current state and subscribe from there.',
  );
}

/**
 * The subscription of one subscriber.
 *
 * With `after`, it reads pages from the table, each when the subscriber needs more events. After the last page it joins the live
 * stream and then reads the events between that page and the join. So no event is lost or delivered twice, and it catches up
 * however fast events are written.
 */
export class EventSubscription implements AsyncIterableIterator<StreamEvent, undefined> {
  /** Events up to this position were read from the table, or precede the subscription. */
  private position: number;
  private isCatchingUp: boolean;
  /** Position of the live stream at the join. */
  private joinedAt: number | undefined;
  private isReading = false;
  private ended = false;
  private failure: { error: unknown } | undefined;
  private caughtUp: StreamEvent[] = [];
  private live: StreamEvent[] = [];
  private waiting: Waiting[] = [];

  private readonly types: ReadonlySet<string>;
  private readonly maxQueued: number;
  private readonly onAbort = () => this.end();

  constructor(
    private readonly options: SubscribeOptions,
    private readonly stream: LiveStream,
    private readonly session: Session,
  ) {
    this.types = new Set(options.types);
    this.maxQueued = options.maxQueued ?? DEFAULT_MAX_QUEUED;
    this.isCatchingUp = options.after !== undefined;
    this.position = options.after ?? stream.position;
    if (!this.isCatchingUp) stream.join(this);
    options.signal?.addEventListener('abort', this.onAbort);
    if (options.signal?.aborted) this.end();
  }

  get hasEnded(): boolean {
    return this.ended;
  }

  get scope(): SubscriberScope {
    return this.options.scope;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws RequestError CURSOR_EXPIRED, SUBSCRIBER_TOO_SLOW; each ends the subscription */
  next(): Promise<IteratorResult<StreamEvent, undefined>> {
    if (this.failure) {
      const { error } = this.failure;
      this.failure = undefined;
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is what `matches` threw
      return Promise.reject(error);
    }
    if (this.ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.serve();
    });
  }

  return(): Promise<IteratorResult<StreamEvent, undefined>> {
    this.end();
    this.failure = undefined;
    return Promise.resolve({ value: undefined, done: true });
  }

  /** Queues a live event if it matches. Never throws. @returns whether the event was queued */
  offer(event: StreamEvent): boolean {
    if (this.ended || event.position <= this.position) return false;
    try {
      if (!this.isWanted(event)) return false;
    } catch (error) {
      this.fail(error);
      return false;
    }
    if (this.live.length >= this.maxQueued) {
      noteLimitReached('waiting events');
      this.fail(
        new RequestError(
          'SUBSCRIBER_TOO_SLOW',
          `More than ${this.maxQueued} events are queued. Subscribe again after the last event that you received.`,
        ),
      );
      return false;
    }
    this.live.push(event);
    this.serve();
    return true;
  }

  /** Ends with an error, which rejects the first pending `next()`, or else the following one. */
  fail(error: unknown): void {
    if (this.ended) return;
    const first = this.waiting.shift();
    if (first) first.reject(error);
    else this.failure = { error };
    this.end();
    this.options.onFailure?.(error);
  }

  /** Ends without an error. Queued events are discarded. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.options.signal?.removeEventListener('abort', this.onAbort);
    this.stream.leave(this);
    this.caughtUp = [];
    this.live = [];
    for (const { resolve } of this.waiting.splice(0)) resolve({ value: undefined, done: true });
  }

  private isWanted(event: StreamEvent): boolean {
    return this.types.has(event.type) && this.options.matches(event);
  }

  private serve(): void {
    while (this.waiting.length > 0) {
      const event = this.caughtUp.shift() ?? (this.isCatchingUp ? undefined : this.live.shift());
      if (!event) break;
      this.waiting.shift()!.resolve({ value: event, done: false });
    }
    if (this.waiting.length > 0 && this.isCatchingUp && !this.isReading) void this.catchUp();
  }

  private async catchUp(): Promise<void> {
    this.isReading = true;
    try {
      await this.readPage();
    } catch (error) {
      this.fail(error);
    } finally {
      this.isReading = false;
    }
    if (!this.ended) this.serve();
  }

  private async readPage(): Promise<void> {
    const upTo = this.joinedAt ?? Number.MAX_SAFE_INTEGER;
    const { types, pageSize = DEFAULT_PAGE_SIZE } = this.options;
    const page = await readEventPage(this.session, { after: this.position, upTo, limit: pageSize, types });
    if (this.ended) return;
    if (this.position < page.prunedPosition || this.position > page.head) throw cursorExpired();
    for (const event of page.events) {
      if (this.isWanted(event)) this.caughtUp.push(event);
    }
    if (page.events.length === pageSize) {
      this.position = page.events[pageSize - 1]!.position;
      return;
    }
    this.position = this.joinedAt ?? page.head;
    if (this.joinedAt === undefined) {
      this.joinedAt = this.stream.position;
      this.stream.join(this);
    }
    this.isCatchingUp = this.position < this.joinedAt;
  }
}
