import { Fragment } from '../db/sql';
import type { SortRule } from './keyset';

/** One of the ways in which rows meet a condition. An index finds the rows. */
export type Way =
  | {
      readonly condition: Fragment;
      /** The column of the index. */
      readonly column: Fragment;
      /** The sort in whose order the index has the rows. */
      readonly sort?: SortRule<never>;
    }
  /** A `select` of the ids of the rows, in the order of the index of another table that finds them. */
  | { readonly ids: Fragment };

/** The condition that rows meet in any of several ways. A page at the root finds the rows of each way, see `pageOfWays`. */
export class AnyWay extends Fragment {
  /**
   * @param ofRow the same for rows that are read in the order of the list: PostgreSQL must check each row rather than find all rows
   *   that meet it
   */
  constructor(
    condition: Fragment,
    readonly ways: readonly Way[],
    readonly ofRow: Fragment,
  ) {
    super(condition.writeTo);
  }
}
