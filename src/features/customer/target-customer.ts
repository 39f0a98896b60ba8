import { CUSTOMERS } from './customer.list';
import type { Tx } from '../../platform/db/session';
import { DomainError } from '../../platform/base/errors';
import { getNamed } from '../../platform/list/named-row';
import type { RequestContext } from '../../platform/operation/request-context';

/**
 * For which customer a new thing is made: the caller's own, or the one that an operator names.
 *
 * @throws DomainError REFERENCE_MISSING, CUSTOMER_NOT_FOUND (also for a customer that is not the caller's)
 */
export async function targetCustomer(
  ctx: RequestContext,
  tx: Tx,
  customerId: string | null | undefined,
): Promise<string> {
  const { scope } = ctx.caller;
  if (customerId != null) return (await getNamed(tx, CUSTOMERS, 'customer', customerId)).id;
  if (scope.kind === 'customer') return scope.customerId;
  const message = 'An operator must say for which customer: give customerId.';
  throw new DomainError('REFERENCE_MISSING', message, ['input', 'customerId']);
}
