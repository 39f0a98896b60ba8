import type { Fragment } from '../db/sql';
import type { ColumnTypes, UsedMembers } from '../db/table';
import type { ListQuery } from './definition';
import type { Position } from './keyset';
import type { Page } from './page';

/** The type of a row, and the members that follow from it. */
export interface TypesOfRows {
  /** Member of the row that tells the type. */
  readonly member: string;
  /** By the type's name. `value` is SQL. */
  readonly of: Readonly<Record<string, { readonly value: string; readonly members: Readonly<Record<string, string>> }>>;
}

/** Rows below a parent as SQL: a part of a statement, for reads that are compiled. */
export interface RowsBelowKey {
  readonly columns: ColumnTypes;
  /** A `select` of the members of the rows below the parent `k(customer_id, id)`, in order. */
  readonly rows: Fragment;
  /** Whether there is at most one row, which is the value. Otherwise the value is the list of rows. */
  readonly isOne: boolean;
  /** The member of the one row that is the value, instead of the row. */
  readonly member?: string;
  /** How the rows of an interface tell their type. */
  readonly types?: TypesOfRows;
}

/** Rows that are nearly always those of the page, and how one sees that they may not be. */
export interface LikelyPage {
  /** Whether it is such a page. Others are read by `PageBelowKey.rows`. */
  readonly includes: (query: ListQuery, page: Page<Position>) => boolean;
  /** As `PageBelowKey.rows`. */
  readonly rows: (page: Page<Position>, used: UsedMembers) => Fragment;
  /** The condition that a row makes the page doubtful. @param row alias of its members */
  readonly isDoubtful: (row: string) => Fragment;
  /** The condition that rows make all pages below the parent `k` doubtful. */
  readonly areDoubtful: Fragment;
}

/** A list below a parent as SQL. */
export interface PageBelowKey extends Pick<RowsBelowKey, 'columns' | 'types'> {
  /**
   * A `select` of the members of the rows of a page below the parent `k(customer_id, id)`, in order, and of one more row.
   *
   * @param used members that the statement uses: others may be left out
   */
  readonly rows: (query: ListQuery, page: Page<Position>, used: UsedMembers) => Fragment;
  /** How most pages are read with less work. */
  readonly likely?: LikelyPage;
  /** A `select` of the number of all rows. Absent for a list whose type has no total. */
  readonly total?: (query: ListQuery) => Fragment;
}
