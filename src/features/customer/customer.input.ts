import { ID, Int } from 'type-graphql';
import { expectedVersionField } from '../../platform/graphql/expected-version.input';
import { inputType, optional, required } from '../../platform/graphql/types';

/** The argument that selects the customer of a read or a write, see `resolveCustomerId`. */
export function customerIdField(what: string) {
  return optional(ID, `${what} Required for operators. Other callers can omit it or pass their own customer.`);
}

const RETENTION = 'How many months readings are kept, by `takenAt`: 1 to 1,200.';

export const CreateCustomerInput = inputType('CreateCustomerInput', 'A new customer.', {
  name: required(
    String,
    'Name of the organization, 1 to 200 characters. Unique, ignoring case and surrounding spaces.',
  ),
  readingRetentionMonths: optional(Int, `${RETENTION} Null or omitted: they are kept for good.`),
});
export type CreateCustomerInput = InstanceType<typeof CreateCustomerInput>;

export const UpdateCustomerInput = inputType(
  'UpdateCustomerInput',
  'New values of a customer. Omitted fields stay unchanged. The name and `active` cannot be cleared.',
  {
    customerId: required(ID, 'Customer, by global id or `databaseId`.'),
    expectedVersion: expectedVersionField('customer'),
    name: optional(String, 'Name of the organization, with the rules of `CreateCustomerInput.name`.'),
    readingRetentionMonths: optional(
      Int,
      `${RETENTION} Null keeps them for good. A shorter time deletes readings: they do not come back.`,
    ),
    active: optional(Boolean, 'False deactivates the customer. True reactivates it.'),
  },
);
export type UpdateCustomerInput = InstanceType<typeof UpdateCustomerInput>;
