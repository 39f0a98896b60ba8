import type { CustomerEntity } from '../access/customer.entity';
import { findCustomers } from '../access/customer.repository';
import { defineLoader, inOrderOf } from './loader';

export const customerById = defineLoader<string, CustomerEntity | null>('customer_by_id', String, async (ctx, ids) =>
  inOrderOf(ids, await findCustomers(ctx.session, ids), (customer) => customer.id),
);
