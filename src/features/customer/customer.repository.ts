import { rowsByIds } from '../../platform/list/list';
import type { Session } from '../../platform/db/session';
import { text } from '../../platform/db/sql';
import { customerTable, type CustomerEntity } from './customer.entity';
import { CUSTOMERS } from './customer.list';

export function findCustomers(session: Session, ids: readonly string[]): Promise<CustomerEntity[]> {
  return rowsByIds(session, CUSTOMERS, ids);
}

/** Names are not unique. The row-level security policy excludes Impilo. */
export async function findCustomersByName(session: Session, name: string): Promise<CustomerEntity[]> {
  return session.sql`/* customers_by_name */ select ${customerTable.select('c')} from customer c where c.name = ${text(name)} order by c.id`;
}

export async function findCustomer(session: Session, id: string): Promise<CustomerEntity | undefined> {
  return (await findCustomers(session, [id]))[0];
}
