import { z } from 'zod';
import { sql } from '../../platform/db/sql';
import { getNamed } from '../../platform/list/named-row';
import { kept, type Checked } from '../../platform/operation/input-rules';
import { useCase } from '../../platform/operation/use-case';
import { assertOperatedByCustomer, SITE_VALUES } from './site-rules';
import type { UpdateSiteInput } from './site.input';
import { siteTable } from './site.entity';
import { SITES } from './site.list';

const RULES = { ...SITE_VALUES, name: kept(SITE_VALUES.name), active: kept(z.boolean()) };

/**
 * Changes what is given of a site. Warehouses are the operators' to change.
 */
export const updateSite = useCase(
  { name: 'updateSite', action: 'site:write', codes: ['SITE_NOT_FOUND', 'SITE_OPERATED_BY_IMPILO'], input: RULES },
  async (ctx, tx, { siteId, ...change }: Checked<UpdateSiteInput, typeof RULES>) => {
    const site = await getNamed(tx, SITES, 'site', siteId);
    if (ctx.caller.scope.kind === 'customer') assertOperatedByCustomer(site);
    const { customerId, id } = site;
    const computed = { updatedAt: sql`clock_timestamp()` };
    return { site: await siteTable.updateOne(tx, { customerId, id, ...change }, { computed }) };
  },
);
