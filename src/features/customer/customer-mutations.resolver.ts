import { mutation, mutationResolver } from '../../platform/graphql/mutation';
import { createCustomer } from './create-customer';
import { CreateCustomerInput, UpdateCustomerInput } from './customer.input';
import { Customer } from './customer.type';
import { updateCustomer } from './update-customer';

export const CustomerMutations = mutationResolver(
  mutation(createCustomer, {
    description:
      'Creates a customer. For operators. A repeated call is refused with `CUSTOMER_NAME_TAKEN`, because names are unique.',
    input: [CreateCustomerInput, 'Customer to create.'],
    payload: { customer: [Customer, 'The new customer. Null when it was refused.'] },
  }),
  mutation(updateCustomer, {
    description:
      'Changes the given values of a customer. Callers of a deactivated one are `UNAUTHENTICATED` within 5 seconds, and its WebSockets are closed. Its data stays: operators can read and change it, and its webhooks continue to receive events. For operators. Safe to repeat.',
    input: [UpdateCustomerInput, 'Customer to change, and its new values.'],
    payload: {
      customer: [
        Customer,
        'The customer in its current state. Also returned with `STALE_VERSION`. Null when the change was refused for any other reason.',
      ],
    },
  }),
);
