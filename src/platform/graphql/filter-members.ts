import { ID } from 'type-graphql';
import { all, boolean, date, oneOf, raw, sql, type Fragment } from '../db/sql';
import type { FilterMember } from '../list/definition';
import { within } from '../list/filter';
import { DateRange } from './date-range.type';
import { DateTimeRange } from './date-time-range.type';
import { FILTER_LIST } from '../operation/list-bounds';
import { optional, type TypeOfField, type ValueOf } from './types';

/** A member of a list's filter with a condition of its own. */
export function filterMember<const Type extends TypeOfField>(
  type: Type,
  condition: (value: ValueOf<Type>) => Fragment,
  description: string,
): FilterMember {
  return { type, description, nullable: true, condition, ...(Array.isArray(type) && FILTER_LIST) };
}

/** A list of a stream's filter. */
export const listOf = <const Item extends object>(item: Item, description: string) =>
  optional([item], description, FILTER_LIST);

/** Rows whose column has one of the values of an enum, or one of some texts. */
export function anyOf(type: object, column: string, description: string): FilterMember {
  return filterMember([type], (values) => oneOf(column, values as unknown as string[], 'text'), description);
}

/** Rows that reference one of some nodes. @param of the column with the id, or a condition on the ids */
export function idsOf(
  type: string,
  of: string | Fragment | ((ids: readonly string[]) => Fragment),
  description: string,
): FilterMember {
  const condition = typeof of === 'function' ? of : (ids: readonly string[]) => oneOf(of, ids, 'bigint');
  return { ...filterMember([ID], condition, description), idsOf: type };
}

/** Rows whose column is true, or false. */
export function flag(column: string, description: string): FilterMember {
  return filterMember(Boolean, (value) => sql`${raw(column)} = ${boolean(value)}`, description);
}

/** Rows whose time is in a range. */
export function during(column: string, description: string): FilterMember {
  return filterMember(DateTimeRange, (range) => within(column, range), description);
}

/** Rows whose calendar date is in a range. */
export function dated(column: string, description: string): FilterMember {
  const condition = ({ from, through }: { from?: string | null; through?: string | null }) =>
    all(
      ...(from ? [sql`${raw(column)} >= ${date(from)}`] : []),
      ...(through ? [sql`${raw(column)} <= ${date(through)}`] : []),
    );
  return filterMember(DateRange, condition, description);
}

/** With true, rows whose column is not null; with false, the others. `is null` lets PostgreSQL estimate the number of rows. */
export function present(column: string, description: string): FilterMember {
  return filterMember(Boolean, (value) => raw(`${column} is ${value ? 'not null' : 'null'}`), description);
}

/** With true, rows whose column is null; with false, the others. */
export function absent(column: string, description: string): FilterMember {
  return filterMember(Boolean, (value) => raw(`${column} is ${value ? 'null' : 'not null'}`), description);
}
