import { changeVersioned } from '../../platform/db/table';
import { useCase } from '../../platform/operation/use-case';
import { assertVersion } from '../../platform/operation/expected-version';
import { lockSiteOf, SITE_CODES } from './site-reference';
import type { ReactivateSiteInput } from './site.input';
import { siteTable } from './site.entity';

/**
 * Reactivates a site: it accepts devices again. Only operators can change a warehouse.
 *
 * For an active site it succeeds and changes nothing.
 */
export const reactivateSite = useCase(
  { name: 'reactivateSite', action: 'site:write', codes: SITE_CODES },
  async (ctx, tx, { siteId, expectedVersion }: ReactivateSiteInput) => {
    const site = await lockSiteOf(ctx, tx, siteId);
    if (site.deactivatedAt === null) return { site };
    assertVersion(site, expectedVersion, 'site');
    const { customerId, id } = site;
    return { site: await changeVersioned(tx, siteTable, { customerId, id, deactivatedAt: null }) };
  },
);
