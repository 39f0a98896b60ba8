import type { Caller } from '../access/caller';
import { authorize, type Action } from '../access/policy';
import { RequestError } from '../base/errors';
import type { Database } from '../db/database';
import type { Session } from '../db/session';
import type { EventStream } from '../event/event-stream';
import type { SubscribeOptions } from '../event/event-subscription';
import type { StreamEvent } from '../event/outbox';
import type { CursorSigner } from '../list/cursor';
import { scopeKey } from '../db/scope';
import type { StreamContext } from '../event/stream-cursor';
import { Loaders } from '../list/loader';

/** What a request needs from the process; made once. */
export interface RequestEnvironment {
  database: Database;
  events: EventStream;
  cursors: CursorSigner;
}

/**
 * One operation of one caller: made anew for each operation and for each event of a subscription, so nothing that was
 * read for one is returned to another.
 */
export class RequestContext implements StreamContext {
  readonly session: Session;
  readonly loaders: Loaders = new Loaders(this);
  private head: Promise<number> | undefined;

  constructor(
    readonly environment: RequestEnvironment,
    readonly caller: Caller,
    /** Ends the connection of a subscriber who does not take its events. */
    readonly disconnect: () => void = () => {},
  ) {
    this.session = environment.database.session(caller.scope);
  }

  /** A context for the same caller in which nothing was read yet. */
  again(): RequestContext {
    return new RequestContext(this.environment, this.caller, this.disconnect);
  }

  get events(): EventStream {
    return this.environment.events;
  }

  /** The position of the event stream; the pipeline asks for it before an operation that shows it reads anything else. */
  streamHead(): Promise<number> {
    return (this.head ??= this.events.head(this.session));
  }

  /** Follows the stream in the caller's scope. A subscriber who does not take its events loses its connection. */
  subscribe(options: Omit<SubscribeOptions, 'scope' | 'onFailure'>): AsyncIterableIterator<StreamEvent, undefined> {
    const onFailure = (error: unknown) => {
      if (error instanceof RequestError && error.code === 'SUBSCRIBER_TOO_SLOW') this.disconnect();
    };
    return this.events.subscribe({ ...options, scope: this.caller.scope, onFailure });
  }

  /** @throws RequestError FORBIDDEN */
  authorize(action: Action): void {
    authorize(this.caller, action);
  }

  /** @param list which list of which parent in which order the cursor is of */
  signCursor(position: readonly string[], list: string): string {
    return this.environment.cursors.sign(position, `${list} ${scopeKey(this.caller.scope)}`);
  }

  /** @throws RequestError CURSOR_INVALID */
  verifyCursor(cursor: string, list: string, argument: string): string[] {
    return this.environment.cursors.verify(cursor, `${list} ${scopeKey(this.caller.scope)}`, argument);
  }
}
