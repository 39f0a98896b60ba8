import { bigint, scoped, sql } from '../../platform/db/sql';
import { absent, during } from '../../platform/graphql/filter-members';
import { defineList, SortDirection } from '../../platform/list/definition';
import { startsWith } from '../../platform/list/filter';
import { byId, byName } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';
import { customerTable } from './customer.entity';

/** A customer sees itself. Operators see all customers except row 0, Impilo, which owns the warehouses. */
export const CUSTOMERS = defineList({
  type: 'Customer',
  name: 'customers',
  table: customerTable,
  alias: 'c',
  shared: true,
  owned: scoped((scope) => (scope.kind === 'customer' ? sql`c.id = ${bigint(scope.customerId)}` : sql`c.id <> 0`)),
  filters: {
    active: absent('c.deactivated_at', 'If true, active customers. If false, deactivated customers.'),
    createdAt: during('c.created_at', 'Customers created in this range.'),
    updatedAt: during('c.updated_at', 'Customers whose latest change was in this range.'),
  },
  sorts: {
    CREATED_AT: byId('By creation time.'),
    NAME: byName('c.name_fold', 'By name, ignoring case and accents.'),
  },
  defaultSort: { field: 'CREATED_AT', direction: SortDirection.ASC },
  search: {
    condition: startsWith('c.name_fold'),
    description: 'Customers whose name starts with this text, ignoring case and accents.',
  },
});

export const customerById = nodeLoader(CUSTOMERS);
