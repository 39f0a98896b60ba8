import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { customerById } from '../customer/customer.loader';
import type { RequestContext } from '../../platform/operation/request-context';
import { Customer } from '../customer/customer.type';
import type { SiteEntity } from './site.entity';
import { SitesArguments } from './site.input';
import { SiteOperator } from './site.repository';
import type { SiteService } from './site.service';
import { Site, SiteConnection } from './site.type';

@Resolver(() => Site)
export class SiteResolver {
  constructor(private readonly service: SiteService) {}

  @Query(() => Site, { nullable: true, description: 'One site by its id; null when there is none.' })
  site(
    @Ctx() ctx: RequestContext,
    @Arg('id', () => ID, { description: 'Its global id or its databaseId.' }) id: string,
  ) {
    return this.service.find(ctx, id);
  }

  @Query(() => SiteConnection, { nullable: true, description: "The customer's sites and Impilo's warehouses, by id." })
  sites(@Ctx() ctx: RequestContext, @Args(() => SitesArguments) { filter, ...page }: SitesArguments) {
    return this.service.list(ctx, filter, page);
  }

  @FieldResolver(() => SiteOperator, { description: 'Who runs it.' })
  operatedBy(@Root() site: SiteEntity): SiteOperator {
    return site.customerId === IMPILO_CUSTOMER_ID ? SiteOperator.IMPILO : SiteOperator.CUSTOMER;
  }

  @FieldResolver(() => Customer, { nullable: true, description: 'Whose site it is; null for a site that Impilo runs.' })
  customer(@Root() site: SiteEntity, @Ctx() ctx: RequestContext) {
    return site.customerId === IMPILO_CUSTOMER_ID ? null : ctx.loaders.load(customerById, site.customerId);
  }
}
