import type { Session } from '../db/session';
import { all, PLAN_EACH_TIME, raw, sql, type Fragment } from '../db/sql';
import type { ColumnTypes } from '../db/table';
import type { RowsBelow } from './connection';
import { toListQuery, type ListArguments, type ListDefinition, type ListQuery } from './definition';
import { keysTable, ofParents, type ParentKey } from './list';
import { filtersOf, ownedBy, tableOf } from './list-table';
import { defineLoader, parentCacheKey, type LoaderDefinition } from './loader';
import type { RowsBelowKey } from './rows-below';

/** The columns that rows are grouped by for a count. Groups without rows are omitted. */
export interface Grouping {
  /** Name of the statements, e.g. `device_counts`. */
  readonly name: string;
  /** The members of a group with their columns. */
  readonly by: Readonly<Record<string, string>>;
}

/** Counts the rows of a list that the scope sees, by group, in the order of the groups. */
export async function countGroups<Row extends object>(
  session: Session,
  list: ListDefinition<Row>,
  { name, by }: Grouping,
  request: ListArguments,
): Promise<object[]> {
  const conditions = all(ownedBy(list), ...filtersOf(list, toListQuery(list, request)));
  return session.sql`/* ${raw(name)} */ ${PLAN_EACH_TIME}select ${counted(by)} from ${tableOf(list)}
    where ${conditions} group by ${groupOrdinals(by)} order by ${groupOrdinals(by)}`;
}

/** Counts the rows below each parent, by group, in one statement. */
export interface CountsBelow {
  readonly list: RowsBelow<never>['list'];
  readonly loader: LoaderDefinition<ParentKey, object[], ListQuery>;
  /** The groups below the parent `k`. */
  readonly below: (query: ListQuery) => RowsBelowKey;
}

export function countsBelow<Row extends object>({ list, link }: RowsBelow<Row>, { name, by }: Grouping): CountsBelow {
  const statement = `${name}_${link.name}`;
  const groups = (query: ListQuery) => sql`select ${counted(by)} from ${tableOf(list)}
      where ${all(link.condition, ...filtersOf(list, query))} group by ${groupOrdinals(by)} order by ${groupOrdinals(by)}`;
  const loader: CountsBelow['loader'] = defineLoader(statement, parentCacheKey, async (ctx, parents, query) => {
    const rows = await ctx.session.sql<{ parent: number }>`/* ${raw(statement)} */
      select k.n::int as parent, x.* from ${keysTable(parents)} cross join lateral (${groups(query)}) x
      order by 1, ${groupOrdinals(by, 2)}`;
    return ofParents(parents, rows);
  });
  const columns = typesOfGroups(list, by);
  return {
    list: list as unknown as CountsBelow['list'],
    loader,
    below: (query) => ({ columns, rows: groups(query), isOne: false }),
  };
}

function typesOfGroups<Row extends object>({ table, alias }: ListDefinition<Row>, by: Grouping['by']): ColumnTypes {
  return {
    typeOf: (member) => {
      if (member === 'count') return { type: 'integer', isNullable: false };
      const column = by[member];
      return column?.startsWith(`${alias}.`) ? table.typeOfColumn(column.slice(alias.length + 1)) : undefined;
    },
  };
}

function counted(by: Grouping['by']): Fragment {
  const columns = Object.entries(by).map(([member, column]) => `${column} as "${member}"`);
  return raw(`${columns.join(', ')}, count(*)::int as count`);
}

/** Positions of the grouped columns in the select list. */
function groupOrdinals(by: Grouping['by'], first = 1): Fragment {
  return raw(
    Object.keys(by)
      .map((_member, index) => index + first)
      .join(', '),
  );
}
