import { z } from 'zod';
import { DomainError } from '../../platform/base/errors';
import { withRefusals } from '../../platform/db/pg-error';
import { line, optionalLine } from '../../platform/operation/input-rules';
import { KINDS, ReadingKind } from '../kind/reading-kind';

/** Rules for the values of an item. Kinds of readings get one order and no duplicates. */
export const ITEM_VALUES = {
  name: line(200),
  model: optionalLine(200),
  sku: optionalLine(64),
  manufacturer: optionalLine(200),
  readingKinds: z
    .array(z.enum(ReadingKind))
    .transform((given) => KINDS.map(({ kind }) => kind).filter((kind) => given.includes(kind))),
};

/**
 * Awaits a write of an item.
 *
 * @throws DomainError SKU_TAKEN
 */
export function withUniqueSku<Row>(write: Promise<Row>): Promise<Row> {
  const skuTaken = () => {
    const message = 'Another item has this SKU. Choose another SKU, or use that item.';
    return new DomainError('SKU_TAKEN', message, ['input', 'sku']);
  };
  return withRefusals({ item_sku_key: skuTaken }, write);
}
