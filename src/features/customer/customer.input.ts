import { ID } from 'type-graphql';
import { expectedVersionField } from '../../platform/graphql/expected-version.input';
import { inputType, optional, required } from '../../platform/graphql/types';

/** The argument that selects the customer of a read or a write, see `resolveCustomerId`. */
export function customerIdField(what: string) {
  return optional(ID, `${what} Required for operators. Other callers can omit it or pass their own customer.`);
}

export const CreateCustomerInput = inputType('CreateCustomerInput', 'A new customer.', {
  name: required(
    String,
    'Name of the organization, 1 to 200 characters. Unique, ignoring case and surrounding spaces.',
  ),
});
export type CreateCustomerInput = InstanceType<typeof CreateCustomerInput>;

export const UpdateCustomerInput = inputType(
  'UpdateCustomerInput',
  'New values of a customer. Omitted fields stay unchanged. No field can be cleared.',
  {
    customerId: required(ID, 'Customer, by global id or `databaseId`.'),
    expectedVersion: expectedVersionField('customer'),
    name: optional(String, 'Name of the organization, with the rules of `CreateCustomerInput.name`.'),
    active: optional(Boolean, 'False deactivates the customer. True reactivates it.'),
  },
);
export type UpdateCustomerInput = InstanceType<typeof UpdateCustomerInput>;
