import { DomainError } from '../../platform/base/errors';
import { withRefusals } from '../../platform/db/pg-error';
import { line } from '../../platform/operation/input-rules';

/** Rules for the values of a customer. */
export const CUSTOMER_VALUES = { name: line(200) };

/**
 * Awaits a write that gives a customer its name.
 *
 * @throws DomainError CUSTOMER_NAME_TAKEN
 */
export function withUniqueName<Row>(write: Promise<Row>): Promise<Row> {
  const nameTaken = () => {
    const message = 'Another customer has this name. Choose another name, or use that customer.';
    return new DomainError('CUSTOMER_NAME_TAKEN', message, ['input', 'name']);
  };
  return withRefusals({ customer_name_unique: nameTaken }, write);
}
