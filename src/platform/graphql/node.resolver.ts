import { Arg, Args, Ctx, ID, Query, Resolver } from 'type-graphql';
import { parseGlobalId } from '../base/global-id';
import { MAX_PAGE_SIZE } from '../list/page';
import type { RequestContext } from '../operation/request-context';
import type { NodeLoader } from './feature';
import { Node, type NodeRow } from './node.type';
import { argumentsType, required } from './types';

const NodesArguments = argumentsType({
  ids: required([ID], `Global ids, at most ${MAX_PAGE_SIZE}.`, { limit: 'page size' }),
});
type NodesArguments = InstanceType<typeof NodesArguments>;

@Resolver()
export class NodeResolver {
  /** A map: clients choose the names of types in ids, and every object has a member `constructor`. */
  private readonly loaders: ReadonlyMap<string, NodeLoader>;

  constructor(loaders: Readonly<Record<string, NodeLoader>>) {
    this.loaders = new Map(Object.entries(loaders));
  }

  @Query(() => Node, {
    nullable: true,
    description: 'Node by global id. Null when it is not found, and for a `databaseId`, which does not name a type.',
  })
  async node(@Ctx() ctx: RequestContext, @Arg('id', () => ID, { description: 'Global id.' }) id: string) {
    ctx.authorize('data:read');
    return this.load(ctx, id, ['id']);
  }

  @Query(() => [Node], {
    nullable: 'itemsAndList',
    description: 'Nodes by global ids, in the order of the ids. Contains null for each id that is not found.',
  })
  async nodes(@Ctx() ctx: RequestContext, @Args(() => NodesArguments) { ids }: NodesArguments) {
    ctx.authorize('data:read');
    return Promise.all(ids.map((id, index) => this.load(ctx, id, ['ids', String(index)])));
  }

  private async load(ctx: RequestContext, value: string, path: readonly string[]): Promise<NodeRow | null> {
    const globalId = parseGlobalId(value, path);
    const loader = globalId && this.loaders.get(globalId.type);
    const row = loader && (await ctx.loaders.load(loader, globalId.id));
    if (!row) return null;
    // For an interface, the row has its own __typename.
    return { __typename: globalId.type, ...row };
  }
}
