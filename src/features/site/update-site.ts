import { z } from 'zod';
import { parseId } from '../../platform/base/global-id';
import { rowsByIds } from '../../platform/list/list';
import { kept, type Checked } from '../../platform/operation/input-rules';
import { useCase } from '../../platform/operation/use-case';
import { assertOperatedByCustomer, SITE_VALUES, siteNotFound } from './site-rules';
import type { UpdateSiteInput } from './site.input';
import { changeSite } from './site.repository';
import { SITES } from './site.list';

const RULES = { ...SITE_VALUES, name: kept(SITE_VALUES.name), active: kept(z.boolean()) };

/**
 * Changes what is given of a site. Warehouses are the operators' to change.
 *
 * @throws DomainError INVALID_INPUT, SITE_NOT_FOUND, SITE_OPERATED_BY_IMPILO
 */
export const updateSite = useCase(
  { name: 'updateSite', action: 'site:write', input: RULES },
  async (ctx, tx, { siteId, ...change }: Checked<UpdateSiteInput, typeof RULES>) => {
    const id = parseId('Site', siteId, 'input.siteId');
    const [site] = id === null ? [] : await rowsByIds(tx, SITES, [id]);
    if (!site) throw siteNotFound();
    if (ctx.caller.scope.kind === 'customer') assertOperatedByCustomer(site);
    return { site: await changeSite(tx, site, change) };
  },
);
