import type { StreamEvent } from '../../platform/event/event-stream';
import type { RequestContext } from '../../platform/operation/request-context';
import { resolveCursor } from '../../platform/event/stream-cursor';
import { toMatcher, type MatchRules } from '../../platform/event/stream-filter';
import { RequestError } from '../../platform/base/errors';
import { DEVICE_EVENTS, type StoredStatusChange } from './device.events';
import type { DeviceStatusChangedArguments, DeviceStatusFilter } from './device.input';

/** The state before a change or the state after it. */
type DeviceStatusView = Pick<StoredStatusChange, 'customerId' | 'deviceId' | 'siteId' | 'patientId' | 'status'>;

const RULES: MatchRules<DeviceStatusFilter, DeviceStatusView> = {
  deviceId: { idsOf: 'Device', isAmong: ({ deviceId }, devices) => devices.has(deviceId) },
  customerId: { idsOf: 'Customer', isAmong: ({ customerId }, customers) => customers.has(customerId) },
  siteId: { idsOf: 'Site', isAmong: ({ siteId }, sites) => sites.has(siteId) },
  patientId: { idsOf: 'Patient', isAmong: ({ patientId }, patients) => patients.has(patientId) },
  status: { isAmong: ({ status }, statuses) => statuses.has(status) },
};

/**
 * The changes that match, in an order in which the versions of each device ascend.
 *
 * @throws RequestError FORBIDDEN, CURSOR_INVALID, CURSOR_EXPIRED; SUBSCRIBER_TOO_SLOW from the iterator
 */
export async function subscribeToStatusChanges(
  ctx: RequestContext,
  request: DeviceStatusChangedArguments,
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
function toMatches(filter: DeviceStatusFilter | null | undefined): (change: StoredStatusChange) => boolean {
  const matches = toMatcher(RULES, filter);
  return (change) => {
    if (matches(change)) return true;
    const { previousStatus: status, previousSiteId: siteId, previousPatientId: patientId } = change;
    return status !== null && matches({ ...change, status, siteId, patientId });
  };
}
