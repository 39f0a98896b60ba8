import { DomainError } from '../../platform/base/errors';
import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import type { Tx } from '../../platform/db/session';
import { changeVersioned } from '../../platform/db/table';
import { sql } from '../../platform/db/sql';
import { useCase } from '../../platform/operation/use-case';
import { assertVersion } from '../../platform/operation/expected-version';
import { lockSiteOf, SITE_CODES } from './site-reference';
import type { DeactivateSiteInput } from './site.input';
import { siteTable, type SiteEntity } from './site.entity';
import { hasStock } from './site.repository';

/**
 * Deactivates a site: its devices stay, no new ones are accepted. Only operators can change a warehouse, which must have no stock.
 *
 * For a site that is already inactive it succeeds and changes nothing.
 */
export const deactivateSite = useCase(
  { name: 'deactivateSite', action: 'site:write', codes: [...SITE_CODES, 'WAREHOUSE_NOT_EMPTY'] },
  async (ctx, tx, { siteId, expectedVersion }: DeactivateSiteInput) => {
    const site = await lockSiteOf(ctx, tx, siteId);
    if (site.deactivatedAt !== null) return { site };
    assertVersion(site, expectedVersion, 'site');
    if (site.customerId === IMPILO_CUSTOMER_ID) await assertEmpty(tx, site);
    const { customerId, id } = site;
    const deactivatedAt = sql`n.changed_at`;
    return { site: await changeVersioned(tx, siteTable, { customerId, id }, { deactivatedAt }) };
  },
);

/**
 * The lock of the warehouse keeps devices from being registered in it until the transaction ends. A return that is received
 * there later is accepted, because it is a fact.
 *
 * @throws DomainError WAREHOUSE_NOT_EMPTY
 */
async function assertEmpty(tx: Tx, warehouse: SiteEntity): Promise<void> {
  if (!(await hasStock(tx, warehouse))) return;
  const message =
    'The warehouse has devices with the status AVAILABLE. Send them out with orders, or move them with receiveReturn.';
  throw new DomainError('WAREHOUSE_NOT_EMPTY', message, ['input', 'siteId']);
}
