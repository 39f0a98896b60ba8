import { Arg, Args, ArgsType, Ctx, Field, ID, Query, Resolver } from 'type-graphql';
import type { RequestContext } from '../../platform/operation/request-context';
import { ConnectionArguments } from '../../platform/graphql/connection.type';
import type { ItemService } from './item.service';
import { Item, ItemConnection, ItemFilter } from './item.type';

@ArgsType()
export class ItemsArguments extends ConnectionArguments {
  @Field(() => ItemFilter, { nullable: true, description: 'Which items to answer; all of them when absent.' })
  filter?: ItemFilter | null;
}

@Resolver()
export class ItemResolver {
  constructor(private readonly items: ItemService) {}

  @Query(() => Item, { nullable: true, description: 'One item by its id; null when there is none.' })
  item(
    @Ctx() ctx: RequestContext,
    @Arg('id', () => ID, { description: 'Its global id or its databaseId.' }) id: string,
  ) {
    return this.items.find(ctx, id);
  }

  @Query(() => ItemConnection, { nullable: true, name: 'items', description: 'The catalogue of items, by id.' })
  itemList(@Ctx() ctx: RequestContext, @Args(() => ItemsArguments) { filter, ...page }: ItemsArguments) {
    return this.items.list(ctx, filter, page);
  }
}
