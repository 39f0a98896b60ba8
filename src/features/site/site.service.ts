import { z } from 'zod';
import type { Connection } from '../../platform/list/connection';
import { byId, rootConnection } from '../../platform/list/paged-list';
import type { RequestContext } from '../../platform/operation/request-context';
import { targetCustomer } from '../customer/target-customer';
import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import type { Tx } from '../../platform/db/session';
import type { AddressValue } from '../../platform/base/address';
import { DomainError } from '../../platform/base/errors';
import { parseId, parseIds } from '../../platform/base/global-id';
import { addressRule, changesOf, checkInput, line, phoneNumberRule } from '../../platform/operation/input-rules';
import type { PageArguments } from '../../platform/list/page';
import { UserErrorCode } from '../../platform/base/user-error-code';
import type { SiteEntity } from './site.entity';
import { siteById } from './site.loader';
import {
  changeSite,
  findSiteForCustomer,
  findSites,
  insertSite,
  lockSiteForShare,
  SITES,
  type SiteOperator,
} from './site.repository';

export interface SiteFilterRequest {
  name?: string | null;
  active?: boolean | null;
  operatedBy?: SiteOperator | null;
  customerId?: string[] | null;
}

export interface CreateSite {
  customerId?: string | null;
  name: string;
  phoneNumber?: string | null;
  address?: AddressValue | null;
}

export interface UpdateSite {
  siteId: string;
  name?: string | null;
  phoneNumber?: string | null;
  address?: AddressValue | null;
  active?: boolean | null;
}

const RULES = z.object({ name: line(200), phoneNumber: phoneNumberRule, address: addressRule });

/** Places where devices are kept. */
export class SiteService {
  async find(ctx: RequestContext, id: string): Promise<SiteEntity | null> {
    ctx.authorize('programme:read');
    const siteId = parseId('Site', id, 'id');
    return siteId === null ? null : ctx.loaders.load(siteById, siteId);
  }

  list(ctx: RequestContext, filter: SiteFilterRequest | null | undefined, page: PageArguments): Connection<SiteEntity> {
    ctx.authorize('programme:read');
    const { customerId, ...conditions } = filter ?? {};
    const customerIds = customerId && parseIds('Customer', customerId, 'filter.customerId');
    return rootConnection(ctx, SITES, { ...conditions, customerIds }, page, byId());
  }

  /** @throws DomainError INVALID_INPUT, REFERENCE_MISSING, CUSTOMER_NOT_FOUND */
  async create(ctx: RequestContext, request: CreateSite): Promise<SiteEntity> {
    ctx.authorize('site:write');
    const { name, phoneNumber, address, customerId } = checkInput(RULES, request);
    return ctx.transact(async (tx) => {
      const owner = await targetCustomer(ctx, tx, customerId);
      return insertSite(tx, { customerId: owner, name, phoneNumber, address });
    });
  }

  /**
   * Changes what is given. Warehouses are the operators' to change.
   *
   * @throws DomainError INVALID_INPUT, SITE_NOT_FOUND, SITE_OPERATED_BY_IMPILO
   */
  async update(ctx: RequestContext, request: UpdateSite): Promise<SiteEntity> {
    ctx.authorize('site:write');
    const { siteId, ...given } = request;
    const change = checkInput(RULES.partial(), changesOf(given, ['name', 'active']));
    const id = parseId('Site', siteId, 'input.siteId');
    return ctx.transact(async (tx) => {
      const [site] = id === null ? [] : await findSites(tx, [id]);
      if (!site) throw siteNotFound(['input', 'siteId']);
      if (ctx.caller.scope.kind === 'customer') assertOperatedByCustomer(site);
      return changeSite(tx, site, change);
    });
  }
}

/**
 * Finds the site that an input names for a device or a patient of a customer.
 *
 * @throws DomainError SITE_NOT_FOUND
 */
export async function getSiteForCustomer(tx: Tx, customerId: string, siteId: string): Promise<SiteEntity> {
  const path = ['input', 'siteId'];
  const id = parseId('Site', siteId, path.join('.'));
  const site = id === null ? null : await findSiteForCustomer(tx, customerId, id);
  if (!site) throw siteNotFound(path);
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

/** @throws DomainError SITE_OPERATED_BY_IMPILO */
export function assertOperatedByCustomer(site: SiteEntity): void {
  if (site.customerId === IMPILO_CUSTOMER_ID) throw siteOperatedByImpilo(['input', 'siteId']);
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
  if (!site.active) {
    throw new DomainError(
      UserErrorCode.SITE_INACTIVE,
      'The site is not active: activate it first, or choose another one.',
      ['input', 'siteId'],
    );
  }
}

function siteNotFound(path: string[]): DomainError {
  return new DomainError(UserErrorCode.SITE_NOT_FOUND, 'There is no such site: check siteId.', path);
}

function siteOperatedByImpilo(path: string[]): DomainError {
  return new DomainError(
    UserErrorCode.SITE_OPERATED_BY_IMPILO,
    "This is one of Impilo's warehouses: choose a site of the customer.",
    path,
  );
}
