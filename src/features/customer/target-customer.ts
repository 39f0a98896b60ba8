import { DomainError } from '../../platform/base/errors';
import { parseId } from '../../platform/base/global-id';
import type { Tx } from '../../platform/db/session';
import { getNamed, notFound } from '../../platform/list/named-row';
import type { RequestContext } from '../../platform/operation/request-context';
import { CUSTOMERS } from './customer.list';

/**
 * Whose customer's rows a read or a write is about, the one rule of every `customerId`: operators must give it, others may leave
 * it out or give their own.
 *
 * @param path of the member
 * @returns undefined where an operator does not say; null for a customer that is not the caller's, which is as if there were none
 * @throws InvalidValueError
 */
export function namedCustomer(
  { caller: { scope } }: RequestContext,
  customerId: string | null | undefined,
  path: readonly string[],
): string | null | undefined {
  const given = customerId == null ? undefined : parseId('Customer', customerId, path);
  if (scope.kind !== 'customer') return given;
  return given === undefined || given === scope.customerId ? scope.customerId : null;
}

/**
 * For which customer a new thing is made.
 *
 * @throws DomainError REFERENCE_MISSING, CUSTOMER_NOT_FOUND; InvalidValueError
 */
export async function targetCustomer(
  ctx: RequestContext,
  tx: Tx,
  customerId: string | null | undefined,
): Promise<string> {
  const path = ['input', 'customerId'];
  const named = namedCustomer(ctx, customerId, path);
  if (named === null) throw notFound('customer');
  if (named !== undefined) return (await getNamed(tx, CUSTOMERS, 'customer', named)).id;
  const message = 'An operator must say for which customer: give customerId.';
  throw new DomainError('REFERENCE_MISSING', message, path);
}
