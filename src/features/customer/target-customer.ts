import { findCustomers } from './customer.repository';
import type { Tx } from '../../platform/db/session';
import { DomainError } from '../../platform/base/errors';
import { notFound } from '../../platform/list/named-row';
import { parseId } from '../../platform/base/global-id';
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
  const path = ['input', 'customerId'];
  const { scope } = ctx.caller;
  const given = customerId == null ? undefined : parseId('Customer', customerId, 'input.customerId');
  if (given === undefined) {
    if (scope.kind === 'customer') return scope.customerId;
    throw new DomainError('REFERENCE_MISSING', 'An operator must say for which customer: give customerId.', path);
  }
  const [customer] = given === null ? [] : await findCustomers(tx, [given]);
  if (!customer) throw notFound('customer');
  return customer.id;
}
