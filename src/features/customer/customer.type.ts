import { nodeType, required } from '../../platform/graphql/types';
import type { CustomerEntity } from './customer.entity';
import { connectionType } from '../../platform/graphql/connection.type';
import { DateTime } from '../../platform/graphql/scalars.type';

export const Customer = nodeType<CustomerEntity>(
  'Customer',
  'An organization that runs a monitoring program. Only the customer itself and operators can see its data.',
  {
    name: required(String, 'Name of the organization.'),
    createdAt: required(DateTime, 'Time at which the customer was created.'),
  },
);

export const CustomerConnection = connectionType(Customer, 'Customer', 'customers');
