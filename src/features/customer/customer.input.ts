import { ID } from 'type-graphql';
import { optional } from '../../platform/graphql/types';

/** The member that says whose customer's rows a read or a write is about, see `namedCustomer`. */
export function customerIdField(what: string) {
  return optional(ID, `${what} Operators must give it; others may leave it out or give their own.`);
}
