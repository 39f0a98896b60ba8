import { badInput, reasonOf, type InvalidValueError, type RequestError } from '../base/errors';
import { refuseInvalid } from '../base/invalid-value';
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
 * Checks the arguments of a connection and decodes its cursors. What is wrong is reported together, with the invalid values among its
 * other arguments.
 *
 * @throws RequestError BAD_USER_INPUT for sizes outside 0..100, for `first` with `last`, and for invalid values
 */
export function parsePage<Position>(
  args: PageArguments,
  decode: (cursor: string, argument: string) => Position,
): Page<Position> {
  const refused: RequestError[] = sizeRefused(args);
  const page: Page<Position> = { size: args.last ?? args.first ?? DEFAULT_PAGE_SIZE, backward: args.last != null };
  for (const argument of ['after', 'before'] as const) {
    const cursor = args[argument];
    if (cursor != null) refused.push(...reasonOf(() => (page[argument] = decode(cursor, argument))));
  }
  refuseInvalid(args, refused);
  return page;
}

function sizeRefused(args: PageArguments): InvalidValueError[] {
  const sizes = (['first', 'last'] as const).flatMap((name) => {
    const size = args[name] ?? 0;
    if (size > MAX_PAGE_SIZE) noteLimitReached('page size');
    if (size >= 0 && size <= MAX_PAGE_SIZE) return [];
    return [badInput([name], `must be from 0 to ${MAX_PAGE_SIZE}, but is ${size}`)];
  });
  const both = args.first != null && args.last != null ? [badInput(['last'], 'cannot be combined with first')] : [];
  return [...both, ...sizes];
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
