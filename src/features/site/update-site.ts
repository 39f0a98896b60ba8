import { alreadyHas } from '../../platform/base/already-has';
import { changeVersioned } from '../../platform/db/table';
import { nonNull, type Checked } from '../../platform/operation/input-rules';
import { useCase } from '../../platform/operation/use-case';
import { assertVersion } from '../../platform/operation/expected-version';
import { lockSiteOf, SITE_CODES } from './site-reference';
import { SITE_VALUES } from './site-rules';
import type { UpdateSiteInput } from './site.input';
import { siteTable } from './site.entity';

const RULES = { ...SITE_VALUES, name: nonNull(SITE_VALUES.name) };

/**
 * Changes the given members of a site. Only operators can change a warehouse.
 *
 * A repeated call succeeds and changes nothing.
 */
export const updateSite = useCase(
  { name: 'updateSite', action: 'site:write', codes: SITE_CODES, input: RULES },
  async (ctx, tx, { siteId, expectedVersion, ...change }: Checked<UpdateSiteInput, typeof RULES>) => {
    const site = await lockSiteOf(ctx, tx, siteId);
    if (alreadyHas(site, change)) return { site };
    assertVersion(site, expectedVersion, 'site');
    const { customerId, id } = site;
    return { site: await changeVersioned(tx, siteTable, { customerId, id, ...change }) };
  },
);
