import { LRUCache } from 'lru-cache';
import type { Scope } from '../db/scope';
import type { Session } from '../db/session';
import { RequestError } from '../base/errors';
import { readEventPage, type EventPage } from './event.repository';
import type { StreamEvent } from './outbox';
import { bytesOf, type EventWindow } from './recent-events';

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
  signal?: AbortSignal;
}

/** The part of EventStream that a subscription uses. */
export interface LiveStream {
  /** All events up to this position are or were in the windows. */
  readonly position: number;
  readonly pages: EventPages;
  /** Wakes the subscription for each new event of its scope. */
  join(subscription: EventSubscription): EventWindow;
  /** Called when the subscription has ended. */
  leave(subscription: EventSubscription): void;
}

/** Events of the scope per statement while catching up, including those that do not match. */
const DEFAULT_PAGE_SIZE = 200;

/** Of a page, the events beyond are dropped and read again. */
const MAX_PAGE_BYTES = 1_000_000;

/** A page that was read from the table, and the position up to which it has all events of the scope. */
interface ReadPage {
  events: readonly StreamEvent[];
  taken: number;
  end: number;
}

/**
 * The pages of subscriptions that catch up, bounded in bytes for the whole instance. A page that is evicted is read again when its
 * subscriber takes the next event, so clients that do not read cannot fill the memory.
 */
export class EventPages {
  private readonly pages: LRUCache<EventSubscription, ReadPage>;

  constructor(maxBytes: number) {
    this.pages = new LRUCache<EventSubscription, ReadPage>({
      maxSize: Math.max(maxBytes, 2 * MAX_PAGE_BYTES),
      sizeCalculation: ({ events }) => 1 + bytesOf(events),
    });
  }

  get(subscription: EventSubscription): ReadPage | undefined {
    return this.pages.get(subscription);
  }

  delete(subscription: EventSubscription): void {
    this.pages.delete(subscription);
  }

  /** @param pageSize the number of events that were asked for */
  set(subscription: EventSubscription, { events, head }: EventPage, pageSize: number): void {
    const bytes = events.map((event) => bytesOf([event]));
    let [length, sum] = [0, 0];
    while (length < events.length && (length === 0 || sum + bytes[length]! <= MAX_PAGE_BYTES)) {
      sum += bytes[length]!;
      length += 1;
    }
    const isWhole = length === events.length && length < pageSize;
    const kept = events.slice(0, length);
    this.pages.set(subscription, { events: kept, taken: 0, end: isWhole ? head : kept.at(-1)!.position });
  }
}

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
 * The subscription of one subscriber: a position in the stream. It has no queue. What it delivers next is the first matching event
 * after its position, from the window of recent events if that reaches back so far, else from a page of the table.
 *
 * So no event is lost or delivered twice, and a subscriber may be as slow as it likes: it then reads from the table.
 */
export class EventSubscription implements AsyncIterableIterator<StreamEvent, undefined> {
  /** All events up to this position were delivered, do not match, or precede the subscription. */
  private position: number;
  /** Whether the events after the position exist, see CURSOR_EXPIRED. */
  private isPositionChecked: boolean;
  private isReading = false;
  private ended = false;
  private failure: { error: unknown } | undefined;
  private waiting: Waiting[] = [];

  private readonly window: EventWindow;
  private readonly types: ReadonlySet<string>;
  private readonly onAbort = () => this.end();

  constructor(
    private readonly options: SubscribeOptions,
    private readonly stream: LiveStream,
    private readonly session: Session,
  ) {
    this.types = new Set(options.types);
    this.isPositionChecked = options.after === undefined;
    this.position = options.after ?? stream.position;
    this.window = stream.join(this);
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

  /** @throws RequestError CURSOR_EXPIRED; any error ends the subscription */
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

  /** Called when the window has a new event. Never throws. @returns whether the subscriber waited for it */
  wake(): boolean {
    const before = this.waiting.length;
    if (before > 0) this.serve();
    return this.waiting.length < before;
  }

  /** Ends with an error, which rejects the first pending `next()`, or else the following one. */
  fail(error: unknown): void {
    if (this.ended) return;
    const first = this.waiting.shift();
    if (first) first.reject(error);
    else this.failure = { error };
    this.end();
  }

  /** Ends without an error. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.options.signal?.removeEventListener('abort', this.onAbort);
    this.stream.pages.delete(this);
    this.stream.leave(this);
    for (const { resolve } of this.waiting.splice(0)) resolve({ value: undefined, done: true });
  }

  private serve(): void {
    try {
      while (this.waiting.length > 0) {
        const event = this.take();
        if (!event) break;
        this.waiting.shift()!.resolve({ value: event, done: false });
      }
    } catch (error) {
      this.fail(error);
    }
    if (this.waiting.length > 0 && !this.isLive && !this.isReading) void this.readPage();
  }

  /** The next matching event that is in memory. */
  private take(): StreamEvent | undefined {
    for (let event = this.following(); event; event = this.following()) {
      this.position = event.position;
      if (this.types.has(event.type) && this.options.matches(event)) return event;
    }
    return undefined;
  }

  /** The event after the position, if it is in memory. */
  private following(): StreamEvent | undefined {
    const page = this.stream.pages.get(this);
    if (page) {
      const event = page.events[page.taken];
      page.taken += 1;
      if (event) return event;
      this.position = page.end;
      this.stream.pages.delete(this);
    }
    return this.isLive ? this.window.after(this.position) : undefined;
  }

  private get isLive(): boolean {
    return this.isPositionChecked && this.position >= this.window.start;
  }

  private async readPage(): Promise<void> {
    const { types, pageSize = DEFAULT_PAGE_SIZE } = this.options;
    this.isReading = true;
    try {
      const page = await readEventPage(this.session, { after: this.position, limit: pageSize, types });
      if (this.ended) return;
      if (this.position < page.prunedPosition || this.position > page.head) throw cursorExpired();
      this.isPositionChecked = true;
      this.stream.pages.set(this, page, pageSize);
    } catch (error) {
      this.fail(error);
    } finally {
      this.isReading = false;
    }
    if (!this.ended) this.serve();
  }
}
