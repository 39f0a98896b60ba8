import { alreadyHas } from '../../platform/base/already-has';
import { changeVersioned } from '../../platform/db/table';
import { nonNull, type Checked } from '../../platform/operation/input-rules';
import { useCase } from '../../platform/operation/use-case';
import { assertVersion } from '../../platform/operation/expected-version';
import { lockSiteOf } from './site-reference';
import { assertOperatedByImpilo, SITE_VALUES } from './site-rules';
import type { UpdateWarehouseInput } from './warehouse.input';
import { siteTable } from './site.entity';

const RULES = { ...SITE_VALUES, name: nonNull(SITE_VALUES.name) };

/**
 * Changes the given members of a warehouse.
 *
 * A repeated call succeeds and changes nothing.
 */
export const updateWarehouse = useCase(
  {
    name: 'updateWarehouse',
    action: 'warehouse:write',
    codes: ['SITE_NOT_FOUND', 'SITE_NOT_OPERATED_BY_IMPILO', 'STALE_VERSION'],
    input: RULES,
  },
  async (ctx, tx, { siteId, expectedVersion, ...change }: Checked<UpdateWarehouseInput, typeof RULES>) => {
    const site = await lockSiteOf(ctx, tx, siteId);
    assertOperatedByImpilo(site);
    if (alreadyHas(site, change)) return { site };
    assertVersion(site, expectedVersion, 'site');
    const { customerId, id } = site;
    return { site: await changeVersioned(tx, siteTable, { customerId, id, ...change }) };
  },
);
