import type { Fragment } from '../db/sql';
import type { ColumnTypes } from '../db/table';

/** Rows below a parent as SQL: a part of a statement, for reads that are compiled. */
export interface RowsBelowKey {
  readonly columns: ColumnTypes;
  /** A `select` of the members of the rows below the parent `k(customer_id, id)`, in order. */
  readonly rows: Fragment;
  /** Whether there is at most one row, which is the value. Otherwise the value is the list of rows. */
  readonly isOne: boolean;
}
