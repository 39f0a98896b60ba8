import { nodeType, required } from '../../platform/graphql/types';
import type { CustomerEntity } from './customer.entity';
import { connectionType } from '../../platform/graphql/connection.type';
import { DateTime } from '../../platform/graphql/scalars.type';

export const Customer = nodeType<CustomerEntity>(
  'Customer',
  'An organisation that runs a monitoring programme. Everything it owns is seen by itself only.',
  {
    name: required(String, 'Name of the organisation.'),
    createdAt: required(DateTime, 'When the customer was created.'),
  },
);

export const CustomerConnection = connectionType(Customer, 'Customer', 'customers');
