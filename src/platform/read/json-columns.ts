import type { GraphQLObjectType } from 'graphql';
import { join, raw, sql, type Fragment } from '../db/sql';
import type { ColumnTypes } from '../db/table';

/** The members of objects in a jsonb column are texts or null. */
const TEXTS: ColumnTypes = { typeOf: () => ({ type: 'text', isNullable: true }) };

/**
 * The objects of a jsonb column as rows with the members of a type.
 *
 * @param column an object, or with `isList` an array of objects
 */
export function rowsOfJson(
  type: GraphQLObjectType,
  column: Fragment,
  isList: boolean,
): { rows: Fragment; columns: ColumnTypes } {
  const members = Object.keys(type.getFields()).map((name) => raw(`v->>'${name}' as "${name}"`));
  const values = isList ? sql`jsonb_array_elements(${column}) v` : sql`(select ${column} as v) v`;
  return { rows: sql`select ${join(members)} from ${values}`, columns: TEXTS };
}
