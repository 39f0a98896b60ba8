import { DomainError } from '../../platform/base/errors';
import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { addressRule, line, phoneNumberRule } from '../../platform/operation/input-rules';
import type { SiteEntity } from './site.entity';

/** Rules for the values of a site. */
export const SITE_VALUES = { name: line(200), phoneNumber: phoneNumberRule, address: addressRule };

const PATH = ['input', 'siteId'];

/** @throws DomainError SITE_OPERATED_BY_IMPILO */
export function assertOperatedByCustomer(site: SiteEntity): void {
  if (site.customerId !== IMPILO_CUSTOMER_ID) return;
  const message = 'The site is an Impilo warehouse. Choose a site of the customer.';
  throw new DomainError('SITE_OPERATED_BY_IMPILO', message, PATH);
}

/** @throws DomainError SITE_NOT_OPERATED_BY_IMPILO */
export function assertOperatedByImpilo(site: SiteEntity): void {
  if (site.customerId === IMPILO_CUSTOMER_ID) return;
  throw new DomainError('SITE_NOT_OPERATED_BY_IMPILO', 'siteId must name an Impilo warehouse.', PATH);
}

/**
 * Asserts that a site accepts devices.
 *
 * @throws DomainError SITE_OPERATED_BY_IMPILO, SITE_INACTIVE
 */
export function assertAcceptsDevices(site: SiteEntity): void {
  assertOperatedByCustomer(site);
  assertActive(site);
}

/** @throws DomainError SITE_INACTIVE */
export function assertActive(site: SiteEntity): void {
  if (site.deactivatedAt === null) return;
  const message = 'The site is not active. Reactivate it first, or choose another site.';
  throw new DomainError('SITE_INACTIVE', message, PATH);
}
