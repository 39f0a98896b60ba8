import { rowsByIds, type ListDefinition } from '../db/list';
import type { Session } from '../db/session';
import { CustomerEntity } from './customer.entity';

/** Row-level security leaves a customer itself, and an operator all of them but Impilo, who is nobody's customer. */
export const CUSTOMERS: ListDefinition<CustomerEntity, Record<string, never>> = {
  name: 'customers',
  entity: CustomerEntity,
  table: 'customer',
  alias: 'c',
  shared: true,
  owned: (sql, alias) =>
    sql.scope.kind === 'customer' ? `${alias}.id = ${sql.value(sql.scope.customerId, 'bigint')}` : `${alias}.id <> 0`,
  conditions: () => [],
  order: () => ({ descending: false }),
};

export function findCustomers(session: Session, ids: readonly string[]): Promise<CustomerEntity[]> {
  return rowsByIds(session, CUSTOMERS, ids);
}
