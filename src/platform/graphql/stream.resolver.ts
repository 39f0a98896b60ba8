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
      'Current position in the event stream that all subscriptions share, taken before the other fields of the operation are read. Pass it as `after` when you subscribe: no event since then is missed.',
  })
  async streamCursor(@Ctx() ctx: RequestContext): Promise<string> {
    ctx.authorize('data:read');
    return cursorOfPosition(ctx, await ctx.streamHead());
  }
}
