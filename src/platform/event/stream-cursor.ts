import { reasonOf } from '../base/errors';
import { refuseInvalid } from '../base/invalid-value';
import type { ReadContext } from '../list/loader';
import type { EventStream } from './event-stream';

/** The part of the operation's context that a subscription uses. */
export interface StreamContext extends ReadContext {
  readonly events: EventStream;
  signCursor(position: readonly string[], stream: string): string;
  /** @throws RequestError CURSOR_INVALID */
  verifyCursor(cursor: string, stream: string, argument: string): string[];
  /** The position of the newest event, the same for the whole operation. */
  streamHead(): Promise<number>;
}

/**
 * Signed into stream cursors, together with the customer. All subscriptions read one stream of events, so a cursor of one is
 * valid in the others. The name is that of the first subscription, so that cursors from before there was a second stay valid.
 */
const STREAM = 'deviceStatusChanged';

/** A position in the stream of events. */
export interface StreamPosition {
  /** The stream resumes after this position. */
  position: number;
  /** Within an event of several items: the event, and the index of the first item to deliver. */
  inside?: { eventId: string; index: number };
}

/** The position right after an event, which may not be sequenced yet. */
export function cursorOfEvent(ctx: StreamContext, eventId: string): string {
  return ctx.signCursor(['event', eventId], STREAM);
}

/**
 * A position within an event of several items.
 *
 * @param index of the first item after the cursor
 */
export function cursorInEvent(ctx: StreamContext, eventId: string, index: number): string {
  return ctx.signCursor(['event', eventId, String(index)], STREAM);
}

/** A position between two events. */
export function cursorOfPosition(ctx: StreamContext, position: number): string {
  return ctx.signCursor(['position', String(position)], STREAM);
}

/**
 * Refuses the arguments of a subscription: a cursor that is not valid, together with the invalid values of the filter.
 *
 * @throws RequestError BAD_USER_INPUT, CURSOR_INVALID
 */
export function checkStreamArguments(ctx: StreamContext, args: { readonly after?: string | null }): void {
  const { after } = args;
  refuseInvalid(args, after == null ? [] : reasonOf(() => ctx.verifyCursor(after, STREAM, 'after')));
}

/**
 * The position where a stream starts: after a cursor, or without one from now on.
 *
 * @throws RequestError CURSOR_INVALID, or CURSOR_EXPIRED when the event was pruned
 */
export async function resolveCursor(ctx: StreamContext, cursor: string | null | undefined): Promise<StreamPosition> {
  if (cursor == null) return { position: await ctx.streamHead() };
  const [kind, value, index] = ctx.verifyCursor(cursor, STREAM, 'after');
  if (kind === 'position') return { position: Number(value) };
  const position = await ctx.events.positionOf(ctx.session, value!);
  if (index === undefined) return { position };
  return { position: position - 1, inside: { eventId: value!, index: Number(index) } };
}
