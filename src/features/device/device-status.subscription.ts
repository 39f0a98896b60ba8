import { Args, Ctx, Resolver, Root, Subscription } from 'type-graphql';
import type { StreamEvent } from '../../platform/event/outbox';
import { streamEventType } from '../../platform/graphql/stream-event.type';
import { required } from '../../platform/graphql/types';
import { ChecksArguments } from '../../platform/operation/field-extensions';
import type { RequestContext } from '../../platform/operation/request-context';
import type { DeviceStatusChangeEntity } from './device-status-change.entity';
import { DeviceStatusChangedArguments, type DeviceStatusChangeFilter } from './device.input';
import { DeviceStatusChange } from './device.type';
import { checkStreamArguments, cursorOfEvent, resolveCursor } from '../../platform/event/stream-cursor';
import { toMatcher, type MatchRules } from '../../platform/event/stream-filter';
import { DEVICE_EVENTS, toStatusChange, type StoredStatusChange } from './device.events';

/** State of a device before or after a change. */
type DeviceStatusView = Pick<StoredStatusChange, 'customerId' | 'deviceId' | 'siteId' | 'patientId' | 'status'>;

const RULES: MatchRules<DeviceStatusChangeFilter, DeviceStatusView> = {
  deviceIds: { idsOf: 'Device', isAmong: ({ deviceId }, devices) => devices.has(deviceId) },
  customerIds: { idsOf: 'Customer', isAmong: ({ customerId }, customers) => customers.has(customerId) },
  siteIds: { idsOf: 'Site', isAmong: ({ siteId }, sites) => sites.has(siteId) },
  patientIds: { idsOf: 'Patient', isAmong: ({ patientId }, patients) => patients.has(patientId) },
  statuses: { isAmong: ({ status }, statuses) => statuses.has(status) },
};

/**
 * Streams the changes that match. The versions of each device ascend.
 *
 * @throws RequestError FORBIDDEN, BAD_USER_INPUT, CURSOR_INVALID; CURSOR_EXPIRED, also from the iterator
 */
async function subscribeToStatusChanges(
  ctx: RequestContext,
  request: DeviceStatusChangedArguments,
): Promise<AsyncIterableIterator<StreamEvent>> {
  ctx.authorize('data:read');
  checkStreamArguments(ctx, request);
  const matches = toMatches(request.filter);
  const { position } = await resolveCursor(ctx, request.after);
  return ctx.subscribe({
    types: [DEVICE_EVENTS.statusChanged.type],
    after: position,
    matches: (event) => matches(DEVICE_EVENTS.statusChanged.read(event.payload)),
  });
}

/** A change matches if its state before or its state after meets every condition. The two states are never mixed. */
function toMatches(filter: DeviceStatusChangeFilter | null | undefined): (change: StoredStatusChange) => boolean {
  const matches = toMatcher(RULES, filter);
  return (change) => {
    if (matches(change)) return true;
    const { previousStatus: status, previousSiteId: siteId, previousPatientId: patientId } = change;
    return status !== null && matches({ ...change, status, siteId, patientId });
  };
}

interface StatusChangedRow {
  change: DeviceStatusChangeEntity;
}

export const DeviceStatusChangedEvent = streamEventType<StatusChangedRow>(
  'DeviceStatusChangedEvent',
  "A change of a device's status, holder or site, with its position in the event stream.",
  { change: required(DeviceStatusChange, 'The change, as in `Device.statusHistory`.') },
);

@Resolver()
export class DeviceStatusSubscription {
  @ChecksArguments()
  @Subscription(() => DeviceStatusChangedEvent, {
    description:
      'Streams changes of the status, holder and site of devices as they are committed. The changes of one device arrive in version order. To miss no change, keep the cursor of the last event and pass it as `after` when you reconnect.',
    subscribe: ({ context, args }) =>
      subscribeToStatusChanges(context as RequestContext, args as DeviceStatusChangedArguments),
  })
  deviceStatusChanged(
    @Root() event: StreamEvent,
    @Ctx() ctx: RequestContext,
    @Args(() => DeviceStatusChangedArguments) _request: DeviceStatusChangedArguments,
  ): InstanceType<typeof DeviceStatusChangedEvent> {
    return { change: toStatusChange(event.payload), cursor: cursorOfEvent(ctx, event.id) };
  }
}
