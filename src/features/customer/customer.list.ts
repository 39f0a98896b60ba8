import { bigint, scoped, sql } from '../../platform/db/sql';
import { defineList, OLDEST_FIRST } from '../../platform/list/definition';
import { nodeLoader } from '../../platform/list/loader';
import { customerTable, type CustomerEntity } from './customer.entity';

/** Row-level security leaves a customer itself, and an operator all of them but Impilo, who is nobody's customer. */
export const CUSTOMERS = defineList<CustomerEntity>({
  type: 'Customer',
  name: 'customers',
  table: customerTable,
  alias: 'c',
  shared: true,
  owned: scoped((scope) => (scope.kind === 'customer' ? sql`c.id = ${bigint(scope.customerId)}` : sql`c.id <> 0`)),
  filters: {},
  ...OLDEST_FIRST,
});

export const customerById = nodeLoader(CUSTOMERS);
