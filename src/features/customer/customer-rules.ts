import { z } from 'zod';
import { DomainError } from '../../platform/base/errors';
import { withRefusals } from '../../platform/db/pg-error';
import { line } from '../../platform/operation/input-rules';

/** A hundred years. Readings are at most 26 years old. */
const MAX_RETENTION_MONTHS = 1_200;
const RETENTION_RULE = `must be between 1 and ${MAX_RETENTION_MONTHS.toLocaleString('en-US')} months`;

/** Rules for the values of a customer. */
export const CUSTOMER_VALUES = {
  name: line(200),
  readingRetentionMonths: z.number().min(1, RETENTION_RULE).max(MAX_RETENTION_MONTHS, RETENTION_RULE).nullish(),
};

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
