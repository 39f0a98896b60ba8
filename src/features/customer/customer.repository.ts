import { rowsByIds, type ListDefinition } from '../../platform/list/list';
import type { Session } from '../../platform/db/session';
import { selectList, StatementBuilder } from '../../platform/db/statement';
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

/** Names are not unique. Impilo is nobody's customer, and the policy of the workers leaves it out. */
export async function findCustomersByName(session: Session, name: string): Promise<CustomerEntity[]> {
  const sql = new StatementBuilder(session.scope);
  return session.query(
    sql.build(
      'customers_by_name',
      `select ${selectList(CustomerEntity, 'c')} from customer c where c.name = ${sql.value(name, 'text')} order by c.id`,
    ),
  );
}

export async function findCustomer(session: Session, id: string): Promise<CustomerEntity | undefined> {
  return (await findCustomers(session, [id]))[0];
}
