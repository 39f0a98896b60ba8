import { Ctx, Query, Resolver } from 'type-graphql';
import { cursorOfPosition } from '../event/stream-cursor';
import { Prefetched } from '../operation/field-extensions';
import type { RequestContext } from '../operation/request-context';

@Resolver()
export class StreamResolver {
  @Prefetched((ctx) => ctx.streamHead())
  @Query(() => String, {
    nullable: true,
    description:
      'The current place of the stream that all subscriptions follow. It is fixed before the other fields of the operation are read: load a screen with it, then subscribe with it as `after`, and no event between the two is missed.',
  })
  async streamCursor(@Ctx() ctx: RequestContext): Promise<string> {
    ctx.authorize('data:read');
    return cursorOfPosition(ctx, await ctx.streamHead());
  }
}
