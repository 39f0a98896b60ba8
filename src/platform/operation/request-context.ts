import type { Caller } from '../access/caller';
import type { RateLimits } from '../access/rate-limits';
import { authorize, type Action } from '../access/policy';
import type { OperationTrace } from '../base/channels';
import { Work, type WorkBounds } from '../base/work';
import type { Database } from '../db/database';
import type { Session } from '../db/session';
import type { EventStream } from '../event/event-stream';
import type { SubscribeOptions } from '../event/event-subscription';
import type { StreamEvent } from '../event/outbox';
import type { Cursors } from '../list/cursor';
import { scopeKey } from '../db/scope';
import type { StreamContext } from '../event/stream-cursor';
import { Loaders } from '../list/loader';
import type { Departure } from './client-gone';
import type { IdempotencyKeys } from './idempotency-keys';
import type { OperationPlace, OperationPlaces } from './places';
import { PreparedArguments } from './prepared-arguments';

/** What a request needs from the process. Made once. */
export interface RequestEnvironment {
  database: Database;
  events: EventStream;
  cursors: Cursors;
  idempotency: IdempotencyKeys;
  /** Of each operation. */
  bounds: WorkBounds;
  places: OperationPlaces;
  rates: RateLimits;
}

/**
 * The context of one operation of one caller. Each operation and each event of a subscription has a new one, so no cached value
 * is shared between them.
 */
export class RequestContext implements StreamContext {
  readonly session: Session;
  readonly loaders: Loaders = new Loaders(this);
  /** Id of the request, for the log. */
  requestId?: string;
  /** An operation that waits when its client goes does not begin; one that runs is not stopped. */
  departure?: Departure;
  /** Has the trace of the operation and its place, set by what runs it. An object, because Apollo Server copies contexts. */
  readonly run: { trace?: OperationTrace; place?: OperationPlace } = {};
  private head: Promise<number> | undefined;

  constructor(
    readonly environment: RequestEnvironment,
    readonly caller: Caller,
    readonly work: Work = new Work(environment.bounds, scopeKey(caller.scope)),
    readonly prepared: PreparedArguments = new PreparedArguments(),
  ) {
    this.session = environment.database.session(caller.scope, work);
  }

  /** A context of the same caller for the next event of a subscription, with empty caches. Its arguments are the same. */
  renewed(): RequestContext {
    return Object.assign(new RequestContext(this.environment, this.caller, undefined, this.prepared), {
      requestId: this.requestId,
      departure: this.departure,
    });
  }

  get events(): EventStream {
    return this.environment.events;
  }

  /** Waits for a place of an operation. @throws RequestError RATE_LIMITED or SERVICE_UNAVAILABLE; ClientGone */
  enterPlace(): Promise<OperationPlace> | OperationPlace {
    const { caller, departure, environment } = this;
    const place = departure?.isGone ? undefined : environment.places.tryEnter(caller);
    return (this.run.place = place) ?? this.waitForPlace();
  }

  private async waitForPlace(): Promise<OperationPlace> {
    return (this.run.place = await this.environment.places.enter(this.caller, this.departure?.signal));
  }

  /** The current position in the event stream. For an operation that selects it, the pipeline reads it before anything else. */
  streamHead(): Promise<number> {
    return (this.head ??= this.events.head(this.session));
  }

  /** Subscribes to the event stream in the caller's scope. */
  subscribe(options: Omit<SubscribeOptions, 'scope'>): AsyncIterableIterator<StreamEvent, undefined> {
    return this.events.subscribe({ ...options, scope: this.caller.scope });
  }

  /** @throws RequestError FORBIDDEN */
  authorize(action: Action): void {
    authorize(this.caller, action);
  }

  /** @param list identifies the list, its parent and its order */
  sealCursor(position: readonly string[], list: string): string {
    return this.environment.cursors.seal(position, this.ofCaller(list));
  }

  /** @throws RequestError CURSOR_INVALID */
  openCursor(cursor: string, list: string, argument: string): string[] {
    return this.environment.cursors.open(cursor, this.ofCaller(list), argument);
  }

  signCursor(position: readonly string[], stream: string): string {
    return this.environment.cursors.sign(position, this.ofCaller(stream));
  }

  /** @throws RequestError CURSOR_INVALID */
  verifyCursor(cursor: string, stream: string, argument: string): string[] {
    return this.environment.cursors.verify(cursor, this.ofCaller(stream), argument);
  }

  private ofCaller(name: string): string {
    return `${name} ${scopeKey(this.caller.scope)}`;
  }
}
