import { useCase } from '../../platform/operation/use-case';
import { CUSTOMER_VALUES, withUniqueName } from './customer-rules';
import type { CreateCustomerInput } from './customer.input';
import { customerTable } from './customer.entity';

export const createCustomer = useCase(
  { name: 'createCustomer', action: 'customer:write', codes: ['CUSTOMER_NAME_TAKEN'], input: CUSTOMER_VALUES },
  async (_ctx, tx, { name, readingRetentionMonths = null }: CreateCustomerInput) => ({
    customer: await withUniqueName(customerTable.insertOne(tx, { name, readingRetentionMonths })),
  }),
);
