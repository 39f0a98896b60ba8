import type { CustomerEntity } from './customer.entity';
import { findCustomers } from './customer.repository';
import { defineLoader, inOrderOf } from '../../platform/list/loader';

export const customerById = defineLoader<string, CustomerEntity | null>('customer_by_id', String, async (ctx, ids) =>
  inOrderOf(ids, await findCustomers(ctx.session, ids), (customer) => customer.id),
);
