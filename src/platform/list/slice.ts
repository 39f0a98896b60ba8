import type { Session } from '../db/session';
import { badInput } from '../base/errors';
import { defineLimit, noteLimitReached } from '../base/limit';
import type { ListDefinition, ListQuery } from './definition';
import { countRowsUpTo, listRows } from './list';

/** Rows that can be reached by the number of a page. PostgreSQL reads all rows before a page, so the number is bounded. */
export const MAX_SLICED_ROWS = defineLimit('rows of numbered pages', {
  value: 100_000,
  unit: 'rows',
  description:
    'Largest `page` × `size` of a list in REST; beyond, BAD_USER_INPUT. `total` is counted up to it. Filters reach the other rows, and GraphQL has no such limit.',
});

/** A part of a list: `size` rows after the first `offset` rows. */
export interface SliceBounds {
  offset: number;
  size: number;
}

export interface Slice<Row> {
  rows: Row[];
  /** Whether there are further rows. */
  hasMore: boolean;
  /** Number of rows of the whole list, at most `MAX_SLICED_ROWS`. */
  total: number;
}

/** @throws InvalidValueError for a part beyond `MAX_SLICED_ROWS` */
export function assertWithinReach({ offset, size }: SliceBounds): void {
  if (offset + size <= MAX_SLICED_ROWS) return;
  noteLimitReached('rows of numbered pages');
  throw badInput(['page'], `times size must be at most ${MAX_SLICED_ROWS}; narrow the list by its filters`);
}

/** @throws InvalidValueError for a part beyond `MAX_SLICED_ROWS` */
export async function sliceOf<Row extends object>(
  session: Session,
  list: ListDefinition<Row>,
  query: ListQuery,
  bounds: SliceBounds,
): Promise<Slice<Row>> {
  assertWithinReach(bounds);
  const [{ rows, hasNextPage }, total] = await Promise.all([
    listRows(session, list, query, { size: bounds.size, backward: false }, bounds.offset),
    countRowsUpTo(session, list, query, MAX_SLICED_ROWS),
  ]);
  return { rows, hasMore: hasNextPage, total };
}
