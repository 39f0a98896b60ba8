import { all, asCustomer, bigint, filter, join, key, owned, raw, scoped, sql, type Fragment } from '../db/sql';
import { conditionsOf, SortDirection, type ListDefinition, type ListOrder, type ListQuery } from './definition';
import type { Order } from './keyset';

/** The select list and the from clause of a list. */
export function selected<Row extends object>(list: ListDefinition<Row>, order: Order<Row>): Fragment {
  return sql`${columnsOf(list, order)} from ${tableOf(list)}${joinOf(order)}`;
}

/** Joins the table of the sort. */
export function joinOf<Row>({ rule: { joined } }: Order<Row>): Fragment {
  return joined ? raw(` ${joined.join}`) : raw('');
}

export function columnsOf<Row extends object>(
  { table, alias }: ListDefinition<Row>,
  { rule: { selected: value } }: Order<Row>,
): Fragment {
  return join([table.select(alias), ...(value === undefined ? [] : [raw(`${value} as "sortValue"`)])]);
}

/** An empty array, not an empty condition, when there are no conditions. */
export function filtersOf<Row extends object>(list: ListDefinition<Row>, query: ListQuery): Fragment[] {
  const conditions = conditionsOf(list, query);
  return conditions.length === 0 ? [] : [filter(...conditions)];
}

export function orderOf<Row>(list: ListOrder<Row>, { sort: { field, direction } }: ListQuery): Order<Row> {
  return { rule: list.sorts[field]!, descending: direction === SortDirection.DESC };
}

type TableDefinition = Pick<ListDefinition<object>, 'alias' | 'owned' | 'alsoOf' | 'shared'>;

export function tableOf<Row extends object>({ table, alias }: ListDefinition<Row>): Fragment {
  return raw(`${table.name} ${alias}`);
}

export function ownedBy(list: TableDefinition): Fragment {
  const { alias, alsoOf } = list;
  if (list.owned) return list.owned;
  if (alsoOf !== undefined)
    return scoped((scope) =>
      scope.kind === 'customer'
        ? sql`${raw(alias)}.customer_id in (${bigint(scope.customerId)}, ${raw(alsoOf)})`
        : all(),
    );
  return list.shared ? raw('true') : owned(list.alias);
}

/** Whether the rows are those of one customer, by `owned` and by the policy of the table. */
export function isOwned({ owned: condition, alsoOf, shared }: TableDefinition): boolean {
  return condition === undefined && alsoOf === undefined && !shared;
}

export function idOf({ shared, alias }: TableDefinition): Fragment {
  return shared ? raw(`${alias}.id`) : key(`${alias}.id`);
}

/** For an operator who asks for the rows of one customer, PostgreSQL would look for them among the rows of all customers. */
export function ofOneCustomer({ filter: { customerIds } }: ListQuery, rows: Fragment): Fragment {
  const [customerId, ...others] = (customerIds ?? []) as readonly string[];
  return customerId === undefined || others.length > 0 ? rows : asCustomer(customerId, rows);
}
