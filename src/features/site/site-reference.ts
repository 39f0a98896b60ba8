import { parseId } from '../../platform/base/global-id';
import type { Tx } from '../../platform/db/session';
import { notFound } from '../../platform/list/named-row';
import type { SiteEntity } from './site.entity';
import { findSiteForCustomer, lockSiteForShare } from './site.repository';

/**
 * Finds the site that an input names for a device or a patient of a customer.
 *
 * @throws DomainError SITE_NOT_FOUND
 */
export async function getSiteForCustomer(tx: Tx, customerId: string, siteId: string): Promise<SiteEntity> {
  const id = parseId('Site', siteId, ['input', 'siteId']);
  const site = id === null ? null : await findSiteForCustomer(tx, customerId, id);
  if (!site) throw notFound('site');
  return site;
}

/**
 * As `getSiteForCustomer`, for a device that is to be put there: the site cannot be deactivated until the transaction ends.
 *
 * Customers may only read a warehouse, and PostgreSQL answers no row for their lock on it: they may put nothing there anyway.
 *
 * @throws DomainError SITE_NOT_FOUND
 */
export async function lockSiteForDevice(tx: Tx, customerId: string, siteId: string): Promise<SiteEntity> {
  const site = await getSiteForCustomer(tx, customerId, siteId);
  return (await lockSiteForShare(tx, site)) ?? site;
}
