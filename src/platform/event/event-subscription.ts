import type { Scope } from '../db/scope';
import type { Session } from '../db/session';
import { RequestError } from '../base/errors';
import { defineLimit } from '../base/limit';
import { readEventPage } from './event.repository';
import type { StreamEvent } from './outbox';

/** Customers and operators follow the stream; the system's own workers keep a position in it of their own. */
export type SubscriberScope = Exclude<Scope, { kind: 'system' }>;

export interface SubscribeOptions {
  scope: SubscriberScope;
  types: readonly string[];
  /** Goes on right behind this position; without it, with what is committed from now on. */
  after?: number;
  /** Events read by one statement while catching up; default 200. Fewer for large ones. */
  pageSize?: number;
  /** Asked for each event of these types that the scope may see. */
  matches: (event: StreamEvent) => boolean;
  /** Matching live events that may wait to be taken; one more ends the subscription. At least 1. */
  maxQueued?: number;
  signal?: AbortSignal;
  /** Told at once when the subscription fails, also while nobody asks for its next event. */
  onFailure?: (error: unknown) => void;
}

/** What a subscription needs of the stream it is of. */
export interface LiveStream {
  /** All events up to here were handed out to those who had joined. */
  readonly position: number;
  /** From now on each event behind `position` is offered. */
  join(subscription: EventSubscription): void;
  /** It has ended. */
  leave(subscription: EventSubscription): void;
}

const DEFAULT_MAX_QUEUED = defineLimit('waiting events', {
  value: 1_000,
  unit: 'events',
  description: 'Of one subscription; then SUBSCRIBER_TOO_SLOW.',
});

/** Events of the scope read by one statement while catching up, whether they match or not. */
const DEFAULT_PAGE_SIZE = 200;

interface Waiting {
  resolve: (result: IteratorResult<StreamEvent, undefined>) => void;
  reject: (error: unknown) => void;
}

/** A cursor that the stream cannot go on from: what was behind it is gone. */
export function cursorExpired(): RequestError {
  return new RequestError(
    'CURSOR_EXPIRED',
    'The events behind this cursor are no longer kept: load the current state and subscribe from there.',
  );
}

/**
 * One subscriber's way through the stream.
 *
 * With `after` it reads pages from the table, each when the subscriber asks for more than it has. When a page is the last
 * one it joins the live stream, and reads what it missed between that page and the joining: nothing is lost or arrives twice,
 * and it arrives however fast events are written.
 */
export class EventSubscription implements AsyncIterableIterator<StreamEvent, undefined> {
  /** Everything up to here was read from the table or was not asked for. */
  private position: number;
  private isBehind: boolean;
  /** Where the live stream was when it was joined. */
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
    this.isBehind = options.after !== undefined;
    this.position = options.after ?? stream.position;
    if (!this.isBehind) stream.join(this);
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

  /** Takes a live event of the subscriber's scope if it wants it. Never throws. @returns whether it was queued */
  offer(event: StreamEvent): boolean {
    if (this.ended || event.position <= this.position) return false;
    try {
      if (!this.wants(event)) return false;
    } catch (error) {
      this.fail(error);
      return false;
    }
    if (this.live.length >= this.maxQueued) {
      this.fail(
        new RequestError(
          'SUBSCRIBER_TOO_SLOW',
          `More than ${this.maxQueued} events waited to be taken: subscribe again after the last one that arrived.`,
        ),
      );
      return false;
    }
    this.live.push(event);
    this.serve();
    return true;
  }

  /** Ends with an error: the one who waits gets it, or the next to ask. */
  fail(error: unknown): void {
    if (this.ended) return;
    const first = this.waiting.shift();
    if (first) first.reject(error);
    else this.failure = { error };
    this.end();
    this.options.onFailure?.(error);
  }

  /** Ends without an error. What waits to be taken is dropped. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.options.signal?.removeEventListener('abort', this.onAbort);
    this.stream.leave(this);
    this.caughtUp = [];
    this.live = [];
    for (const { resolve } of this.waiting.splice(0)) resolve({ value: undefined, done: true });
  }

  private wants(event: StreamEvent): boolean {
    return this.types.has(event.type) && this.options.matches(event);
  }

  private serve(): void {
    while (this.waiting.length > 0) {
      const event = this.caughtUp.shift() ?? (this.isBehind ? undefined : this.live.shift());
      if (!event) break;
      this.waiting.shift()!.resolve({ value: event, done: false });
    }
    if (this.waiting.length > 0 && this.isBehind && !this.isReading) void this.catchUp();
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
      if (this.wants(event)) this.caughtUp.push(event);
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
    this.isBehind = this.position < this.joinedAt;
  }
}
