import type { ReadContext } from '../list/loader';
import type { EventStream } from './event-stream';

/** What a subscription needs of its operation. */
export interface StreamContext extends ReadContext {
  readonly events: EventStream;
  /** The position of the newest event, the same for the whole operation. */
  streamHead(): Promise<number>;
}

/**
 * What stream cursors are signed with, besides the customer. All streams are one stream of events, so a cursor of one is good
 * for another; the name is that of the first, so that cursors given out before there was a second stay good.
 */
const STREAM = 'deviceStatusChanged';

/** A position in the stream of events. */
export interface StreamPosition {
  /** What goes on from here is behind this position. */
  position: number;
  /** Inside of an event of several things: which event, and the index of the first of them that comes next. */
  inside?: { eventId: string; index: number };
}

/** Right behind an event, which may have no position yet. */
export function cursorOfEvent(ctx: StreamContext, eventId: string): string {
  return ctx.signCursor(['event', eventId], STREAM);
}

/**
 * Inside of an event of several things.
 *
 * @param index of the first of them after the cursor
 */
export function cursorInEvent(ctx: StreamContext, eventId: string, index: number): string {
  return ctx.signCursor(['event', eventId, String(index)], STREAM);
}

/** A position between two events. */
export function cursorOfPosition(ctx: StreamContext, position: number): string {
  return ctx.signCursor(['position', String(position)], STREAM);
}

/**
 * Where a stream goes on: behind a cursor, or without one from now on.
 *
 * @throws RequestError CURSOR_INVALID, CURSOR_EXPIRED when the event was pruned
 */
export async function resolveCursor(ctx: StreamContext, cursor: string | null | undefined): Promise<StreamPosition> {
  if (cursor == null) return { position: await ctx.streamHead() };
  const [kind, value, index] = ctx.verifyCursor(cursor, STREAM, 'after');
  if (kind === 'position') return { position: Number(value) };
  const position = await ctx.events.positionOf(ctx.session, value!);
  if (index === undefined) return { position };
  return { position: position - 1, inside: { eventId: value!, index: Number(index) } };
}
