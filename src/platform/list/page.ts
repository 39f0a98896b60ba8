import { badInput } from '../base/errors';
import { defineLimit, noteLimitReached } from '../base/limit';

export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = defineLimit('page size', {
  value: 100,
  unit: 'nodes',
  description: `Maximum of \`first\` and \`last\`; a larger value is BAD_USER_INPUT. Default ${DEFAULT_PAGE_SIZE}.`,
});

/** The arguments of a connection, as the client sent them. */
export interface PageArguments {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/** A page of a sorted list: its bounds, size and direction. */
export interface Page<Position> {
  size: number;
  /** True for `last`: the rows nearest to the end (or to `before`), returned in the list's order. */
  backward: boolean;
  after?: Position;
  before?: Position;
}

/**
 * Checks the arguments of a connection and decodes its cursors.
 *
 * @throws RequestError BAD_USER_INPUT for sizes outside 0..100 and for `first` with `last`
 */
export function parsePage<Position>(
  args: PageArguments,
  decode: (cursor: string, argument: string) => Position,
): Page<Position> {
  if (args.first != null && args.last != null) throw badInput(['last'], 'cannot be combined with first');
  const name = args.last != null ? 'last' : 'first';
  const size = args.last ?? args.first ?? DEFAULT_PAGE_SIZE;
  if (size > MAX_PAGE_SIZE) noteLimitReached('page size');
  if (size < 0 || size > MAX_PAGE_SIZE) throw badInput([name], `must be from 0 to ${MAX_PAGE_SIZE}, but is ${size}`);
  return {
    size,
    backward: args.last != null,
    ...(args.after != null && { after: decode(args.after, 'after') }),
    ...(args.before != null && { before: decode(args.before, 'before') }),
  };
}

/** The rows of a page, and whether the list has more rows on either side. */
export interface RowsOfPage<Row> {
  rows: Row[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

/**
 * Removes the extra row that was fetched to detect further rows, and restores the list's order.
 *
 * For the other side, the Relay specification allows a result from the cursor alone: a page after `after` has a previous
 * page.
 */
export function toRowsOfPage<Row>(fetched: Row[], page: Page<unknown>): RowsOfPage<Row> {
  // A page of size 0 has no end cursor to continue from.
  if (page.size === 0) return { rows: [], hasNextPage: false, hasPreviousPage: false };
  const more = fetched.length > page.size;
  const rows = fetched.slice(0, page.size);
  return page.backward
    ? { rows: rows.reverse(), hasPreviousPage: more, hasNextPage: page.before !== undefined }
    : { rows, hasNextPage: more, hasPreviousPage: page.after !== undefined };
}
