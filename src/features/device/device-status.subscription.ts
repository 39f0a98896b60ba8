import { Args, Ctx, Query, Resolver, Root, Subscription } from 'type-graphql';
import type { StreamEvent } from '../../platform/event/event-stream';
import { Prefetched } from '../../platform/operation/field-extensions';
import type { RequestContext } from '../../platform/operation/request-context';
import { cursorOfPosition } from '../../platform/event/stream-cursor';
import { subscribeToStatusChanges } from './device-status-stream';
import { toStatusChange } from './device.events';
import { DeviceStatusChangedArguments } from './device.input';
import { DeviceStatusChange } from './device.type';

@Resolver()
export class DeviceStatusSubscription {
  @Subscription(() => DeviceStatusChange, {
    description:
      'Streams the changes of status, holder and site as they are committed. Nothing is lost: keep the cursor of the last change and hand it to `after` when you connect again. The changes of one device come in the order of their versions.',
    subscribe: ({ context, args }) =>
      subscribeToStatusChanges(context as RequestContext, args as DeviceStatusChangedArguments),
  })
  deviceStatusChanged(
    @Root() event: StreamEvent,
    @Args(() => DeviceStatusChangedArguments) _request: DeviceStatusChangedArguments,
  ) {
    return toStatusChange(event.payload);
  }

  @Prefetched((ctx) => ctx.streamHead())
  @Query(() => String, {
    nullable: true,
    description:
      'The place of the stream of status changes now, fixed before the other fields are read: load a screen with it, then subscribe `after` it, and no change falls in between.',
  })
  async deviceStatusCursor(@Ctx() ctx: RequestContext): Promise<string> {
    ctx.authorize('programme:read');
    return cursorOfPosition(ctx, await ctx.streamHead());
  }
}
