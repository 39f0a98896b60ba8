import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import type { Session, Tx } from '../../platform/db/session';
import { bigint, raw, unnest } from '../../platform/db/sql';
import { keysTable, type ParentKey } from '../../platform/list/list';
import { siteTable, type SiteEntity } from './site.entity';

const IMPILO = raw(IMPILO_CUSTOMER_ID);

/**
 * Finds a site for a device or a patient of a customer: a site of that customer, or a warehouse.
 *
 * The row is not locked: customers may only read a warehouse, and PostgreSQL returns no row when such a row is locked.
 */
export async function findSiteForCustomer(
  session: Session,
  customerId: string,
  siteId: string,
): Promise<SiteEntity | null> {
  const [site] = await session.sql<SiteEntity>`/* site_for_customer */ select ${siteTable.select('s')} from site s
    where s.customer_id in (${bigint(customerId)}, ${IMPILO}) and s.id = ${bigint(siteId)}`;
  return site ?? null;
}

/** Locks a customer's site against deactivation until the transaction ends. */
export async function lockSiteForShare(
  tx: Tx,
  site: Pick<SiteEntity, 'customerId' | 'id'>,
): Promise<SiteEntity | null> {
  const [locked] = await tx.sql<SiteEntity>`/* lock_site_for_share */ select ${siteTable.select('s')} from site s
    where s.customer_id = ${bigint(site.customerId)} and s.id = ${bigint(site.id)} for share`;
  return locked ?? null;
}

/** Whether a device with the status AVAILABLE is in the warehouse. For operators, who see the stock of all customers. */
export async function hasStock(tx: Tx, warehouse: Pick<SiteEntity, 'id'>): Promise<boolean> {
  const [row] = await tx.sql<{ hasStock: boolean }>`/* warehouse_has_stock */ select exists (
      select from device d where d.site_customer_id = ${IMPILO} and (d.site_id + 0) = ${bigint(warehouse.id)}
        and d.current_status = 'AVAILABLE'
    ) as "hasStock"`;
  return row!.hasStock;
}

/** `findSiteForCustomer` for many. A site that several customers may name is found once for each. */
export async function findSitesForCustomers(session: Session, keys: readonly ParentKey[]): Promise<SiteEntity[]> {
  if (keys.length === 0) return [];
  const named = unnest(keys, ['bigint', ({ customerId }) => customerId], ['bigint', ({ id }) => id]);
  return session.sql`/* sites_for_customers */ select ${siteTable.select('s')} from ${named} k(customer_id, id)
    join site s on s.customer_id in (k.customer_id, ${IMPILO}) and s.id = k.id`;
}

/** `lockSiteForShare` for many, in id order. */
export async function lockSitesForShare(tx: Tx, sites: readonly ParentKey[]): Promise<SiteEntity[]> {
  if (sites.length === 0) return [];
  return tx.sql`/* lock_sites_for_share */ select ${siteTable.select('s')} from ${keysTable(sites)}
    join site s on s.customer_id = k.customer_id and s.id = k.id order by s.id for share of s`;
}
