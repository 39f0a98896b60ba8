import { Fragment } from '../db/sql';

/** The rows of another table that are in a range. Each row of the list has one, with the same customer. */
export interface Range {
  /** With its alias. Its key is the customer and the id. */
  readonly from: string;
  readonly id: string;
  readonly condition: Fragment;
  /**
   * The same by columns that no index has: to avoid reading rows in their order, PostgreSQL would read all entries of the customer in an
   * index.
   */
  readonly ofRow: Fragment;
  /** The column that the range is of. An index by the customer, this column and the id finds the rows. */
  readonly column: string;
  /** Alias of the table. */
  readonly alias: string;
}

/** The condition that rows have a row of another table that is in a range. See `pageOfRange`. */
export class InRange extends Fragment {
  constructor(
    condition: Fragment,
    readonly range: Range,
  ) {
    super(condition.writeTo);
  }
}
