import { DomainError } from '../../platform/base/errors';
import { parseId } from '../../platform/base/global-id';
import type { Tx } from '../../platform/db/session';
import { getNamed, notFound } from '../../platform/list/named-row';
import type { RequestContext } from '../../platform/operation/request-context';
import { CUSTOMERS } from './customer.list';

/**
 * The customer that a read or a write applies to. This is the rule for every `customerId`: operators must give it; other callers
 * may omit it or give their own.
 *
 * @param path of the member
 * @returns undefined when an operator omits it; null for another customer than the caller's, which is treated as not found
 * @throws InvalidValueError
 */
export function resolveCustomerId(
  { caller: { scope } }: RequestContext,
  customerId: string | null | undefined,
  path: readonly string[],
): string | null | undefined {
  const given = customerId == null ? undefined : parseId('Customer', customerId, path);
  if (scope.kind !== 'customer') return given;
  return given === undefined || given === scope.customerId ? scope.customerId : null;
}

/**
 * Id of the customer that a new row will belong to, not yet looked up.
 *
 * @throws DomainError REFERENCE_MISSING, CUSTOMER_NOT_FOUND; InvalidValueError
 */
export function targetCustomerId(ctx: RequestContext, customerId: string | null | undefined): string {
  const path = ['input', 'customerId'];
  const named = resolveCustomerId(ctx, customerId, path);
  if (named === null) throw notFound('customer');
  if (named !== undefined) return named;
  throw new DomainError('REFERENCE_MISSING', 'customerId is required for operators.', path);
}

/**
 * The customer that a new row will belong to.
 *
 * @throws DomainError REFERENCE_MISSING, CUSTOMER_NOT_FOUND; InvalidValueError
 */
export async function targetCustomer(
  ctx: RequestContext,
  tx: Tx,
  customerId: string | null | undefined,
): Promise<string> {
  return (await getNamed(tx, CUSTOMERS, 'customer', targetCustomerId(ctx, customerId))).id;
}
