import { Args, Ctx, FieldResolver, Query, Resolver } from 'type-graphql';
import { CUSTOMERS } from './customer.repository';
import { customerById } from './customer.loader';
import { byId, rootConnection } from '../../platform/list/paged-list';
import type { RequestContext } from '../../platform/operation/request-context';
import { ConnectionArguments } from '../../platform/graphql/connection.type';
import { Customer, CustomerConnection } from './customer.type';
import { Viewer } from './viewer.type';

@Resolver(() => Viewer)
export class ViewerResolver {
  @Query(() => Viewer, {
    nullable: true,
    description: 'Who is calling: role, customer, and as whom changes are recorded.',
  })
  viewer(@Ctx() ctx: RequestContext) {
    ctx.authorize('viewer:read');
    return { role: ctx.caller.role, actor: ctx.caller.actor };
  }

  @FieldResolver(() => Customer, {
    nullable: true,
    description: 'The customer that the caller acts for; null for an operator.',
  })
  customer(@Ctx() ctx: RequestContext) {
    const { scope } = ctx.caller;
    return scope.kind === 'customer' ? ctx.loaders.load(customerById, scope.customerId) : null;
  }

  @Query(() => CustomerConnection, {
    nullable: true,
    description: 'The customers, by id: all of them for operators, its own for everybody else.',
  })
  customers(@Ctx() ctx: RequestContext, @Args(() => ConnectionArguments) page: ConnectionArguments) {
    ctx.authorize('programme:read');
    return rootConnection(ctx, CUSTOMERS, {}, page, byId());
  }
}
