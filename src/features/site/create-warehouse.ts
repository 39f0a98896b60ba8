import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { useCase } from '../../platform/operation/use-case';
import { SITE_VALUES } from './site-rules';
import type { CreateWarehouseInput } from './warehouse.input';
import { siteTable } from './site.entity';

export const createWarehouse = useCase(
  { name: 'createWarehouse', action: 'warehouse:write', codes: [], input: SITE_VALUES },
  async (_ctx, tx, values: CreateWarehouseInput) => ({
    site: await siteTable.insertOne(tx, { ...values, customerId: IMPILO_CUSTOMER_ID }),
  }),
);
