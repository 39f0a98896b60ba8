import { rowsByIds } from '../../platform/list/list';
import type { Session } from '../../platform/db/session';
import { text } from '../../platform/db/sql';
import { customerTable, type CustomerEntity } from './customer.entity';
import { CUSTOMERS } from './customer.list';

export function findCustomers(session: Session, ids: readonly string[]): Promise<CustomerEntity[]> {
  return rowsByIds(session, CUSTOMERS, ids);
}

/** Ignores case and surrounding spaces, as the unique index does. The row-level security policy excludes Impilo. */
export async function findCustomerByName(session: Session, name: string): Promise<CustomerEntity | undefined> {
  const [row] =
    await session.sql<CustomerEntity>`/* customer_by_name */ select ${customerTable.select('c')} from customer c
    where fold_case(normal_text(c.name)) = fold_case(normal_text(${text(name)}))`;
  return row;
}

export async function findCustomer(session: Session, id: string): Promise<CustomerEntity | undefined> {
  return (await findCustomers(session, [id]))[0];
}
