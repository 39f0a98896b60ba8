import { Actor, toActor } from '../../platform/graphql/actor.type';
import { computed, defineFields } from '../../platform/graphql/fields';
import { listQuery, queryResolver } from '../../platform/graphql/queries';
import type { RequestContext } from '../../platform/operation/request-context';
import { customerById, CUSTOMERS } from './customer.list';
import { Customer, CustomerConnection } from './customer.type';
import { Viewer, type ViewerRow } from './viewer.type';

export const customerQueries = queryResolver({
  viewer: {
    type: Viewer,
    description: 'Who is calling: role, customer, and as whom changes are recorded.',
    action: 'viewer:read',
    resolve: ({ caller: { role, actor } }: RequestContext) => ({ role, actor }),
  },
  customers: listQuery(
    CustomerConnection,
    CUSTOMERS,
    'The customers, by id: all of them for operators, its own for everybody else.',
  ),
});

defineFields<ViewerRow>(Viewer, {
  actor: computed(
    Actor,
    ['actor'],
    (viewer, ctx) => toActor(ctx, viewer.actor),
    'As whom the changes of this caller are recorded.',
  ),
  customer: computed(
    Customer,
    [],
    (_viewer, { caller: { scope }, loaders }) =>
      scope.kind === 'customer' ? loaders.load(customerById, scope.customerId) : null,
    'The customer that the caller acts for; null for an operator.',
    { nullable: true },
  ),
});
