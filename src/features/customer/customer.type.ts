import { Int } from 'type-graphql';
import { nodeType, optional, required } from '../../platform/graphql/types';
import type { CustomerEntity } from './customer.entity';
import { connectionType } from '../../platform/graphql/connection.type';
import { DateTime } from '../../platform/graphql/scalars.type';

export const Customer = nodeType<CustomerEntity>(
  'Customer',
  'An organization that runs a monitoring program. Only the customer itself and operators can see its data.',
  {
    name: required(String, 'Name of the organization. Unique, ignoring case and surrounding spaces.'),
    deactivatedAt: optional(DateTime, 'Time at which the customer was deactivated. Null while it is active.'),
    readingRetentionMonths: optional(
      Int,
      'How many months readings are kept, by `takenAt`. Older ones are deleted within about an hour, and refused with `READING_EXPIRED`. Null while they are kept for good.',
    ),
    version: required(
      Int,
      'Version of the customer. It starts at 1 and each change increments it by one. Pass it as `expectedVersion` to change the customer only if it is still in the state that you read.',
    ),
    createdAt: required(DateTime, 'Time at which the customer was created.'),
    updatedAt: required(DateTime, 'Time of the latest change of the customer.'),
  },
);

export const CustomerConnection = connectionType(Customer, 'Customer', 'customers');
