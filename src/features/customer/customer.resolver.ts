import { Actor, toActor } from '../../platform/graphql/actor.type';
import { computed, defineFields } from '../../platform/graphql/fields';
import { listQuery, nodeQuery, queryResolver } from '../../platform/graphql/queries';
import type { RequestContext } from '../../platform/operation/request-context';
import type { CustomerEntity } from './customer.entity';
import { customerById, CUSTOMERS } from './customer.list';
import { Customer, CustomerConnection } from './customer.type';
import { Viewer, type ViewerRow } from './viewer.type';

export const customerQueries = queryResolver({
  viewer: {
    type: Viewer,
    description: 'The caller: its role, its customer, and the actor that its changes are recorded with.',
    action: 'viewer:read',
    resolve: ({ caller: { role, actor } }: RequestContext) => ({ role, actor }),
  },
  customer: nodeQuery(Customer, customerById, 'Customer by id. Null when it is not found.'),
  customers: listQuery(CustomerConnection, CUSTOMERS, 'Customer of the caller. For operators, all customers.'),
});

defineFields<CustomerEntity>(Customer, {
  active: computed(
    Boolean,
    ['deactivatedAt'],
    ({ deactivatedAt }) => deactivatedAt === null,
    'Whether callers of the customer are accepted. False while the customer is deactivated.',
  ),
});

defineFields<ViewerRow>(Viewer, {
  actor: computed(
    Actor,
    ['actor'],
    (viewer, ctx) => toActor(ctx, viewer.actor),
    'Actor that the changes of this caller are recorded with.',
  ),
  customer: computed(
    Customer,
    [],
    (_viewer, { caller: { scope }, loaders }) =>
      scope.kind === 'customer' ? loaders.load(customerById, scope.customerId) : null,
    'Customer that the caller acts for. Null for operators.',
    { nullable: true },
  ),
});
