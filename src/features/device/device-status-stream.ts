import type { StreamEvent } from '../../platform/event/event-stream';
import type { RequestContext } from '../../platform/operation/request-context';
import { resolveCursor } from '../../platform/event/stream-cursor';
import { RequestError } from '../../platform/base/errors';
import { parseIds } from '../../platform/base/global-id';
import type { DeviceStatus } from './device-status';
import { DEVICE_EVENTS, type StoredStatusChange } from './device.events';

export interface DeviceStatusStreamRequest {
  filter?: {
    deviceId?: string[] | null;
    siteId?: string[] | null;
    patientId?: string[] | null;
    status?: DeviceStatus[] | null;
    customerId?: string[] | null;
  } | null;
  after?: string | null;
}

/** Asked for each event and subscriber: the payload is looked at as it is. */
type Matches = (change: StoredStatusChange) => boolean;

/**
 * The changes that match, in an order in which the versions of each device ascend.
 *
 * @throws RequestError FORBIDDEN, CURSOR_INVALID, CURSOR_EXPIRED; SUBSCRIBER_TOO_SLOW from the iterator
 */
export async function subscribeToStatusChanges(
  ctx: RequestContext,
  request: DeviceStatusStreamRequest,
): Promise<AsyncIterableIterator<StreamEvent>> {
  ctx.authorize('programme:read');
  const matches = toMatches(request.filter);
  const { position } = await resolveCursor(ctx, request.after);
  return ctx.events.subscribe({
    scope: ctx.caller.scope,
    types: [DEVICE_EVENTS.statusChanged.type],
    after: position,
    matches: (event) => matches(DEVICE_EVENTS.statusChanged.read(event.payload)),
    onFailure: (error) => {
      if (error instanceof RequestError && error.code === 'SUBSCRIBER_TOO_SLOW') ctx.disconnect();
    },
  });
}

/** A change matches when the state before it or the state after it does, as a whole: not the site of one and the status of the other. */
function toMatches(filter: DeviceStatusStreamRequest['filter']): Matches {
  const deviceIds = filter?.deviceId && new Set(parseIds('Device', filter.deviceId, 'filter.deviceId'));
  const customerIds = filter?.customerId && new Set(parseIds('Customer', filter.customerId, 'filter.customerId'));
  const siteIds = filter?.siteId && new Set(parseIds('Site', filter.siteId, 'filter.siteId'));
  const patientIds = filter?.patientId && new Set(parseIds('Patient', filter.patientId, 'filter.patientId'));
  const statuses = filter?.status && new Set(filter.status);
  const allows = <T>(allowed: ReadonlySet<T> | null | undefined, value: T | null) =>
    allowed == null || (value !== null && allowed.has(value));
  return (change) =>
    allows(deviceIds, change.deviceId) &&
    allows(customerIds, change.customerId) &&
    ((allows(siteIds, change.siteId) && allows(patientIds, change.patientId) && allows(statuses, change.status)) ||
      (change.previousStatus !== null &&
        allows(siteIds, change.previousSiteId) &&
        allows(patientIds, change.previousPatientId) &&
        allows(statuses, change.previousStatus)));
}
