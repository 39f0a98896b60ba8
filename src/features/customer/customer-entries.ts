import type { Tx } from '../../platform/db/session';
import type { Entries, Entry } from '../../platform/operation/entries';
import { findNamedOf } from '../../platform/operation/entry-rows';
import type { RequestContext } from '../../platform/operation/request-context';
import type { CustomerEntity } from './customer.entity';
import { CUSTOMERS } from './customer.list';
import { targetCustomerId } from './target-customer';

/** `targetCustomer` for the entries of a bulk call. */
export async function targetCustomersOf<Input extends { customerId?: string | null }, From extends Entry<Input>>(
  ctx: RequestContext,
  tx: Tx,
  entries: Entries<Input, object>,
  from: readonly From[],
): Promise<(From & { readonly customer: CustomerEntity })[]> {
  const named = entries.each(from, (entry) => ({ entry, customerId: targetCustomerId(ctx, entry.input.customerId) }));
  const found = await findNamedOf(tx, entries, named, {
    list: CUSTOMERS,
    kind: 'customer',
    valueOf: ({ customerId }) => customerId,
  });
  return found.map(({ entry, customer }) => ({ ...entry, customer }));
}
