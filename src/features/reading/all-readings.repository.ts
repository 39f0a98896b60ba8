import type { ReadingOwner } from '../activity/activity.entity';
import type { Session } from '../../platform/db/session';
import { bigint, bigints, filter, int, oneOf, raw, scoped, sql, type Fragment } from '../../platform/db/sql';
import type { ListReads } from '../../platform/list/connection';
import { conditionsOf, type ListOrder, type ListQuery } from '../../platform/list/definition';
import type { Position } from '../../platform/list/keyset';
import { orderOf } from '../../platform/list/list-table';
import { toRowsOfPage, type Page, type RowsOfPage } from '../../platform/list/page';
import { assertWithinReach, MAX_SLICED_ROWS } from '../../platform/list/slice';
import { definitionOf, KINDS, type ReadingKind } from '../kind/reading-kind';
import type { ReadingEntity } from './reading.entity';
import { readingsBelow, SORTED_ROW, type ParentColumn } from './reading.repository';
import { toReading, type ReadingRow } from './reading.row';

/**
 * The parts of a list of readings, each of which one index has in order: the readings of each named patient or device, otherwise
 * those of each kind.
 */
interface Parts {
  /** Column of the parts' ids. */
  readonly column: ParentColumn;
  /** Keys of the parts, as a table with `customer_id` and `id`. */
  readonly keys: Fragment;
  /** The query without the filter that the parts replace. */
  readonly query: ListQuery;
}

function partsOf(query: ListQuery): Parts {
  const { patientIds, deviceIds, kinds, ...others } = query.filter as {
    readonly patientIds?: readonly string[];
    readonly deviceIds?: readonly string[];
    readonly kinds?: readonly ReadingKind[];
    readonly customerIds?: readonly string[];
  };
  if (patientIds)
    return ownedParts('patient', patientIds, { ...query, filter: { ...others, ...given({ deviceIds, kinds }) } });
  if (deviceIds) return ownedParts('device', deviceIds, { ...query, filter: { ...others, ...given({ kinds }) } });
  const numbers = (kinds ?? KINDS.map(({ kind }) => kind)).map((kind) => definitionOf(kind).number);
  const ids = bigints([...new Set(numbers)]);
  const named = others.customerIds ? sql`where ${oneOf('c.id', others.customerIds, 'bigint')}` : raw('');
  const keys = scoped((scope) =>
    scope.kind === 'customer'
      ? sql`(select ${bigint(scope.customerId)}, x.id from unnest(${ids}) x(id))`
      : sql`(select c.id, x.id from customer c cross join unnest(${ids}) x(id) ${named})`,
  );
  return { column: 'kind::integer', keys, query: { ...query, filter: others } };
}

function given(filter: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

function ownedParts(owner: ReadingOwner, named: readonly string[], query: ListQuery): Parts {
  const ids = bigints([...new Set(named)]);
  const keys = scoped((scope) =>
    scope.kind === 'customer'
      ? sql`(select ${bigint(scope.customerId)}, x.id from unnest(${ids}) x(id))`
      : // For operators, the customer of each. `offset 0` makes PostgreSQL look up each id.
        sql`(select o.customer_id, o.id from unnest(${ids}) x(id)
          cross join lateral (select o.customer_id, o.id from ${raw(owner)} o where (o.id + 0) = x.id offset 0) o)`,
  );
  return { column: `${owner}_id`, keys, query };
}

/** The rows after the first `offset` rows, and one more than the page has. */
async function readPage(
  session: Session,
  list: ListOrder<ReadingRow>,
  query: ListQuery,
  page: Page<Position>,
  offset = 0,
): Promise<RowsOfPage<ReadingRow>> {
  const parts = partsOf(query);
  const direction = raw(orderOf(list, query).descending !== page.backward ? 'desc' : 'asc');
  const below = readingsBelow(list, parts.column, parts.query, { ...page, size: offset + page.size });
  const rows = await session.sql<ReadingEntity>`/* readings */
    select x.* from ${parts.keys} k(customer_id, id) cross join lateral (
      ${below}
    ) x order by ${SORTED_ROW} ${direction}, id ${direction} offset ${int(offset)} limit ${int(page.size + 1)}`;
  return toRowsOfPage(rows.map(toReading), page);
}

async function countUpTo(
  session: Session,
  list: ListOrder<ReadingRow>,
  query: ListQuery,
  maximum: number,
): Promise<number> {
  const parts = partsOf(query);
  const [row] = await session.sql<{ count: number }>`/* readings_count */ select count(*)::int as count from (
      select from ${parts.keys} k(customer_id, id) cross join lateral (
        select from reading r where r.customer_id = k.customer_id and r.${raw(parts.column)} = k.id
          and ${filter(...conditionsOf(list, parts.query))}
      ) x limit ${int(maximum)}
    ) counted`;
  return row!.count;
}

/** @param list the list of all readings */
export function readsOfReadings(list: ListOrder<ReadingRow>): ListReads<ReadingRow> {
  return {
    page: (session, query, page) => readPage(session, list, query, page),
    slice: async (session, query, bounds) => {
      assertWithinReach(bounds);
      const [{ rows, hasNextPage }, total] = await Promise.all([
        readPage(session, list, query, { size: bounds.size, backward: false }, bounds.offset),
        countUpTo(session, list, query, MAX_SLICED_ROWS),
      ]);
      return { rows, hasMore: hasNextPage, total };
    },
  };
}
