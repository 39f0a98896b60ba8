import { parseId } from '../../platform/base/global-id';
import type { Tx } from '../../platform/db/session';
import { lockRow } from '../../platform/list/list';
import { getNamed, notFound } from '../../platform/list/named-row';
import type { RequestContext } from '../../platform/operation/request-context';
import { assertOperatedByCustomer } from './site-rules';
import type { SiteEntity } from './site.entity';
import { SITES } from './site.list';
import { findSiteForCustomer, lockSiteForShare } from './site.repository';

/**
 * Finds the site that an input references for a device or a patient of a customer.
 *
 * @throws DomainError SITE_NOT_FOUND
 */
export async function getSiteForCustomer(tx: Tx, customerId: string, siteId: string): Promise<SiteEntity> {
  const id = parseId('Site', siteId, ['input', 'siteId']);
  const site = id === null ? null : await findSiteForCustomer(tx, customerId, id);
  if (!site) throw notFound('site');
  return site;
}

/** Error codes of mutations that change a site. */
export const SITE_CODES = ['SITE_NOT_FOUND', 'SITE_OPERATED_BY_IMPILO', 'STALE_VERSION'] as const;

/**
 * Finds and locks the site that an input changes: a site of the caller's customer, or, for operators, any site.
 *
 * @throws DomainError SITE_NOT_FOUND, SITE_OPERATED_BY_IMPILO
 */
export async function lockSiteOf({ caller: { scope } }: RequestContext, tx: Tx, siteId: string): Promise<SiteEntity> {
  const site = await getNamed(tx, SITES, 'site', siteId);
  if (scope.kind === 'customer') assertOperatedByCustomer(site);
  // Locked in a second statement: for a warehouse, which customers may only read, PostgreSQL returns no row to lock.
  return (await lockRow(tx, SITES, 'lock_site', site.id))!;
}

/**
 * As `getSiteForCustomer`, for a site that will receive a device: it cannot be deactivated until the transaction ends.
 *
 * Customers may only read a warehouse, so PostgreSQL returns no row for their lock. They cannot move a device there anyway.
 *
 * @throws DomainError SITE_NOT_FOUND
 */
export async function lockSiteForDevice(tx: Tx, customerId: string, siteId: string): Promise<SiteEntity> {
  const site = await getSiteForCustomer(tx, customerId, siteId);
  return (await lockSiteForShare(tx, site)) ?? site;
}
