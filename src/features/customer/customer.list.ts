import { bigint, scoped, sql } from '../../platform/db/sql';
import { during } from '../../platform/graphql/filter-members';
import { defineList, SortDirection } from '../../platform/list/definition';
import { startsWith } from '../../platform/list/filter';
import { byId, byName } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';
import { customerTable } from './customer.entity';

/** Row-level security leaves a customer itself, and an operator all of them but Impilo, who is nobody's customer. */
export const CUSTOMERS = defineList({
  type: 'Customer',
  name: 'customers',
  table: customerTable,
  alias: 'c',
  shared: true,
  owned: scoped((scope) => (scope.kind === 'customer' ? sql`c.id = ${bigint(scope.customerId)}` : sql`c.id <> 0`)),
  filters: { createdAt: during('c.created_at', 'Customers that were created in this range.') },
  sorts: {
    CREATED_AT: byId('By when they were created.'),
    NAME: byName('c.name_key', 'By name, whatever the case.'),
  },
  defaultSort: { field: 'CREATED_AT', direction: SortDirection.ASC },
  search: {
    condition: startsWith('c.name_key'),
    description: 'Customers whose name starts with this, whatever the case.',
  },
});

export const customerById = nodeLoader(CUSTOMERS);
