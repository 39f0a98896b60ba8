import type { RequestContext } from '../request/request-context';
import type { DeviceStatusChangeEntity } from './device-status-change.entity';

/** What stream cursors are of. They are sealed with the customer, like those of lists. */
const STREAM = 'deviceStatusChanged';

/**
 * A change names its event: it may be handed out before the event has its position.
 *
 * @see positionAfter
 */
export function cursorOfStatusChange(ctx: RequestContext, change: Pick<DeviceStatusChangeEntity, 'eventId'>): string {
  return ctx.sealCursor(['event', change.eventId], STREAM);
}

/** A place in the stream between two events. */
export function cursorOfPosition(ctx: RequestContext, position: number): string {
  return ctx.sealCursor(['position', String(position)], STREAM);
}

/**
 * The position behind which a stream goes on.
 *
 * @throws RequestError CURSOR_INVALID, CURSOR_EXPIRED when the event was pruned
 */
export async function positionAfter(ctx: RequestContext, cursor: string): Promise<number> {
  const [kind, value] = ctx.openCursor(cursor, STREAM);
  return kind === 'position' ? Number(value) : ctx.events.positionOf(ctx.session, value!);
}
