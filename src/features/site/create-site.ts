import { useCase } from '../../platform/operation/use-case';
import { targetCustomer } from '../customer/target-customer';
import { SITE_VALUES } from './site-rules';
import type { CreateSiteInput } from './site.input';
import { siteTable } from './site.entity';

export const createSite = useCase(
  { name: 'createSite', action: 'site:write', codes: ['REFERENCE_MISSING', 'CUSTOMER_NOT_FOUND'], input: SITE_VALUES },
  async (ctx, tx, { customerId, ...values }: CreateSiteInput) => ({
    site: await siteTable.insertOne(tx, { ...values, customerId: await targetCustomer(ctx, tx, customerId) }),
  }),
);
