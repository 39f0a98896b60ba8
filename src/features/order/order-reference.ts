import type { Tx } from '../../platform/db/session';
import { DomainError } from '../../platform/base/errors';
import { parseId } from '../../platform/base/global-id';
import { noteRule } from '../../platform/operation/input-rules';
import { lockOrder } from './order.repository';
import type { OrderEntity } from './order.entity';

/** What the use cases of one order have in common: a refusal that names no member of the input is about the order. */
export const ORDER_OPERATION = { input: { note: noteRule }, subject: () => ['input', 'orderId'] };

/**
 * Finds the order that an input names and takes its row lock until the transaction ends.
 *
 * @throws DomainError ORDER_NOT_FOUND
 */
export async function lockNamedOrder(tx: Tx, orderId: string): Promise<OrderEntity> {
  const id = parseId('Order', orderId, 'input.orderId');
  const order = id === null ? undefined : await lockOrder(tx, id);
  if (!order) {
    throw new DomainError('ORDER_NOT_FOUND', 'There is no such order: check orderId.', ['input', 'orderId']);
  }
  return order;
}
