import { DomainError } from '../../platform/base/errors';
import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { addressRule, line, phoneNumberRule } from '../../platform/operation/input-rules';
import type { SiteEntity } from './site.entity';

/** Rules of the values that are written down of a site. */
export const SITE_VALUES = { name: line(200), phoneNumber: phoneNumberRule, address: addressRule };

const PATH = ['input', 'siteId'];

/** @throws DomainError SITE_OPERATED_BY_IMPILO */
export function assertOperatedByCustomer(site: SiteEntity): void {
  if (site.customerId !== IMPILO_CUSTOMER_ID) return;
  const message = "This is one of Impilo's warehouses: choose a site of the customer.";
  throw new DomainError('SITE_OPERATED_BY_IMPILO', message, PATH);
}

/**
 * Asserts that a device may be put at a site.
 *
 * @throws DomainError SITE_OPERATED_BY_IMPILO, SITE_INACTIVE
 */
export function assertTakesDevices(site: SiteEntity): void {
  assertOperatedByCustomer(site);
  assertActive(site);
}

/** @throws DomainError SITE_INACTIVE */
export function assertActive(site: SiteEntity): void {
  if (site.deactivatedAt === null) return;
  const message = 'The site is not active: reactivate it first, or choose another one.';
  throw new DomainError('SITE_INACTIVE', message, PATH);
}
