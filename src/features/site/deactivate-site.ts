import { changeVersioned } from '../../platform/db/table';
import { sql } from '../../platform/db/sql';
import { useCase } from '../../platform/operation/use-case';
import { assertVersion } from '../../platform/operation/expected-version';
import { lockSiteOf, SITE_CODES } from './site-reference';
import type { DeactivateSiteInput } from './site.input';
import { siteTable } from './site.entity';

/**
 * Deactivates a site: its devices stay, no new ones are accepted. Only operators can change a warehouse.
 *
 * For a site that is already inactive it succeeds and changes nothing.
 */
export const deactivateSite = useCase(
  { name: 'deactivateSite', action: 'site:write', codes: SITE_CODES },
  async (ctx, tx, { siteId, expectedVersion }: DeactivateSiteInput) => {
    const site = await lockSiteOf(ctx, tx, siteId);
    if (site.deactivatedAt !== null) return { site };
    assertVersion(site, expectedVersion, 'site');
    const { customerId, id } = site;
    const deactivatedAt = sql`n.changed_at`;
    return { site: await changeVersioned(tx, siteTable, { customerId, id }, { deactivatedAt }) };
  },
);
