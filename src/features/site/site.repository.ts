import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import type { Session, Tx } from '../../platform/db/session';
import { bigint, raw } from '../../platform/db/sql';
import { siteTable, type SiteEntity } from './site.entity';

const IMPILO = raw(IMPILO_CUSTOMER_ID);

/**
 * Finds a site for a device or a patient of a customer: one of that customer's, or a warehouse.
 *
 * Not locked: a warehouse is a row that customers may only read, and PostgreSQL answers no row when such a one is locked.
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
