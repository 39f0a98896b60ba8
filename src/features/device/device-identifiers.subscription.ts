import { Args, Ctx, Resolver, Root, Subscription } from 'type-graphql';
import type { StreamEvent } from '../../platform/event/outbox';
import { checkStreamArguments, cursorOfEvent, resolveCursor } from '../../platform/event/stream-cursor';
import { toMatcher, type MatchRules } from '../../platform/event/stream-filter';
import { streamEventType } from '../../platform/graphql/stream-event.type';
import { required } from '../../platform/graphql/types';
import { ChecksArguments } from '../../platform/operation/field-extensions';
import type { RequestContext } from '../../platform/operation/request-context';
import type { DeviceIdentifierChangeEntity } from './device-identifier-change.entity';
import { DEVICE_EVENTS, toIdentifierChange, type StoredIdentifierChange } from './device.events';
import { DeviceIdentifiersChangedArguments, type DeviceIdentifierChangeFilter } from './device.input';
import { DeviceIdentifierChange } from './device.type';

const RULES: MatchRules<DeviceIdentifierChangeFilter, StoredIdentifierChange> = {
  deviceIds: { idsOf: 'Device', isAmong: ({ deviceId }, devices) => devices.has(deviceId) },
  customerIds: { idsOf: 'Customer', isAmong: ({ customerId }, customers) => customers.has(customerId) },
};

/**
 * Streams the changes that match. The versions of each device ascend.
 *
 * @throws RequestError FORBIDDEN, BAD_USER_INPUT, CURSOR_INVALID; CURSOR_EXPIRED, also from the iterator
 */
async function subscribeToIdentifierChanges(
  ctx: RequestContext,
  request: DeviceIdentifiersChangedArguments,
): Promise<AsyncIterableIterator<StreamEvent>> {
  ctx.authorize('data:read');
  checkStreamArguments(ctx, request);
  const matches = toMatcher(RULES, request.filter);
  const { position } = await resolveCursor(ctx, request.after);
  return ctx.subscribe({
    types: [DEVICE_EVENTS.identifiersChanged.type],
    after: position,
    matches: (event) => matches(DEVICE_EVENTS.identifiersChanged.read(event.payload)),
  });
}

interface IdentifiersChangedRow {
  change: DeviceIdentifierChangeEntity;
}

export const DeviceIdentifiersChangedEvent = streamEventType<IdentifiersChangedRow>(
  'DeviceIdentifiersChangedEvent',
  "A change of a device's identifiers, with its position in the event stream.",
  { change: required(DeviceIdentifierChange, 'The change, as in `Device.identifierHistory`.') },
);

@Resolver()
export class DeviceIdentifiersSubscription {
  @ChecksArguments()
  @Subscription(() => DeviceIdentifiersChangedEvent, {
    description:
      'Streams changes of the identifiers of devices, such as a new SIM card, as they are committed. The changes of one device arrive in version order. To miss no change, keep the cursor of the last event and pass it as `after` when you reconnect.',
    subscribe: ({ context, args }) =>
      subscribeToIdentifierChanges(context as RequestContext, args as DeviceIdentifiersChangedArguments),
  })
  deviceIdentifiersChanged(
    @Root() event: StreamEvent,
    @Ctx() ctx: RequestContext,
    @Args(() => DeviceIdentifiersChangedArguments) _request: DeviceIdentifiersChangedArguments,
  ): InstanceType<typeof DeviceIdentifiersChangedEvent> {
    return { change: toIdentifierChange(event.payload), cursor: cursorOfEvent(ctx, event.id) };
  }
}
