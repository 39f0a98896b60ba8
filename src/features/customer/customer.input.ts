import { ID } from 'type-graphql';
import { optional } from '../../platform/graphql/types';

/** The argument that selects the customer of a read or a write, see `resolveCustomerId`. */
export function customerIdField(what: string) {
  return optional(ID, `${what} Required for operators. Other callers can omit it or pass their own customer.`);
}
