import { defineEnum, type EnumOf } from '../../platform/base/enum';
import { byLastReading, lastReadingBefore } from '../activity/activity-sort';
import { keysTable, rowsByIds, type ListDefinition, type ParentKey, type ParentLink } from '../../platform/list/list';
import type { SortOrder } from '../../platform/list/keyset';
import type { Session, Tx } from '../../platform/db/session';
import { selectList, StatementBuilder } from '../../platform/db/statement';
import { SortDirection } from '../../platform/list/sort';
import { DeviceEntity } from './device.entity';
import { normalizeIdentifier } from './device-rules';
import type { DeviceIdentifierType, DeviceStatus } from './device-status';
import { DeviceIdentifierEntity } from './device-identifier.entity';

export const DeviceSortField = defineEnum(
  'DeviceSortField',
  'By what devices are sorted; those that are equal in it are in the order of their ids.',
  {
    ID: 'By id: the order in which they were registered.',
    UPDATED_AT: 'By when status, holder or site changed last.',
    LAST_READING_AT: 'By when the newest reading was taken. Devices without a reading come first when ascending.',
  },
);
export type DeviceSortField = EnumOf<typeof DeviceSortField>;

/** The conditions on devices; absent and null are none. */
export interface DeviceConditions {
  status?: DeviceStatus[] | null;
  siteIds?: string[] | null;
  patientIds?: string[] | null;
  itemIds?: string[] | null;
  identifier?: string | null;
  associated?: boolean | null;
  updatedSince?: Date | null;
  lastReadingBefore?: Date | null;
  customerIds?: string[] | null;
}

export interface DeviceQuery extends DeviceConditions {
  sort: { field: DeviceSortField; direction: SortDirection };
}

function conditionsOf(sql: StatementBuilder, query: DeviceConditions): string[] {
  return [
    ...(query.status != null ? [sql.oneOf('d.current_status', query.status, 'text')] : []),
    ...(query.siteIds != null ? [sql.oneOf(sql.key('d.site_id'), query.siteIds, 'bigint')] : []),
    ...(query.patientIds != null ? [sql.oneOf('d.patient_id', query.patientIds, 'bigint')] : []),
    ...(query.itemIds != null ? [sql.oneOf('d.item_id', query.itemIds, 'bigint')] : []),
    ...(query.identifier != null
      ? [
          `(d.customer_id, d.id) in (select i.customer_id, i.device_id from device_identifier i
             where i.normalized = ${sql.value(normalizeIdentifier(query.identifier), 'text')})`,
        ]
      : []),
    ...(query.associated != null ? [`d.patient_id is ${query.associated ? 'not null' : 'null'}`] : []),
    ...(query.updatedSince != null ? [`d.updated_at >= ${sql.value(query.updatedSince, 'timestamptz')}`] : []),
    ...(query.lastReadingBefore != null ? [lastReadingBefore(sql, 'device', 'd', query.lastReadingBefore)] : []),
    ...(query.customerIds != null ? [sql.oneOf('d.customer_id', query.customerIds, 'bigint')] : []),
  ];
}

function orderOf({ sort }: DeviceQuery): SortOrder {
  const descending = sort.direction === SortDirection.DESC;
  if (sort.field === DeviceSortField.ID) return { descending };
  if (sort.field === DeviceSortField.LAST_READING_AT) return byLastReading('device', 'd', descending);
  return {
    descending,
    expression: 'd.updated_at',
    valueAt: (sql, position) => sql.value(position.value, 'timestamptz'),
  };
}

export const DEVICES: ListDefinition<DeviceEntity, DeviceQuery> = {
  name: 'devices',
  entity: DeviceEntity,
  table: 'device',
  alias: 'd',
  conditions: conditionsOf,
  order: orderOf,
};

/** At a warehouse a customer sees its own devices, an operator those of all customers. */
export const DEVICES_OF_SITE: ParentLink = {
  name: 'by_site',
  condition: (sql) =>
    sql.scope.kind === 'customer' ? 'd.customer_id = k.customer_id and d.site_id = k.id' : '(d.site_id + 0) = k.id',
  id: (sql) => sql.key('d.id'),
};

export const DEVICES_OF_PATIENT: ParentLink = {
  name: 'by_patient',
  condition: () => 'd.customer_id = k.customer_id and d.patient_id = k.id',
};

export function findDevices(session: Session, ids: readonly string[]): Promise<DeviceEntity[]> {
  return rowsByIds(session, DEVICES, ids);
}

/** Devices by what is written on them, each with the identifiers that were asked for. */
export async function findDevicesByIdentifier(
  session: Session,
  normalized: readonly string[],
  type: DeviceIdentifierType | undefined,
): Promise<(DeviceEntity & { normalized: string })[]> {
  const sql = new StatementBuilder(session.scope);
  const ofType = type === undefined ? '' : `and i.type = ${sql.value(type, 'text')}`;
  return session.query(
    sql.build(
      'device_by_identifier',
      `select ${selectList(DeviceEntity, 'd')}, i.normalized
       from device_identifier i join device d on d.customer_id = i.customer_id and d.id = i.device_id
       where ${sql.owned('i')} and i.normalized = any(${sql.value(normalized, 'text[]')}) ${ofType}`,
    ),
  );
}

export async function findIdentifiers(
  session: Session,
  devices: readonly ParentKey[],
): Promise<DeviceIdentifierEntity[]> {
  const sql = new StatementBuilder(session.scope);
  return session.query<DeviceIdentifierEntity>(
    sql.build(
      'identifiers_by_device',
      `select ${selectList(DeviceIdentifierEntity, 'i')} from ${keysTable(sql, devices)}
       join device_identifier i on i.customer_id = k.customer_id and i.device_id = k.id
       order by array_position(array['SERIAL', 'IMEI', 'ICCID', 'MAC_ADDRESS', 'SIM_CARD_NUMBER'], i.type)`,
    ),
  );
}

export interface DeviceCountRow {
  itemId: string;
  status: DeviceStatus;
  count: number;
}

/** Devices counted by item and status; pairs that have none are absent. */
export async function countDevices(session: Session, conditions: DeviceConditions): Promise<DeviceCountRow[]> {
  const sql = new StatementBuilder(session.scope);
  return session.query<DeviceCountRow>(
    sql.build(
      'device_counts',
      `select d.item_id as "itemId", d.current_status as status, count(*)::int as count from device d
       where ${[sql.owned('d'), ...conditionsOf(sql, conditions)].join(' and ')} group by 1, 2 order by 1, 2`,
      { planEachTime: true },
    ),
  );
}

/** As `countDevices`, below each site, in one statement. */
export async function countDevicesOfSites(session: Session, sites: readonly ParentKey[]): Promise<DeviceCountRow[][]> {
  const sql = new StatementBuilder(session.scope);
  const rows = await session.query<DeviceCountRow & { parent: number }>(
    sql.build(
      'device_counts_by_site',
      `select k.n::int as parent, x.* from ${keysTable(sql, sites)} cross join lateral (
         select d.item_id as "itemId", d.current_status as status, count(*)::int as count from device d
         where ${DEVICES_OF_SITE.condition(sql)} group by 1, 2
       ) x order by 1, 2, 3`,
    ),
  );
  const ofSite = sites.map((): DeviceCountRow[] => []);
  for (const row of rows) ofSite[row.parent - 1]!.push(row);
  return ofSite;
}

/**
 * Locks the devices that a reference names, by id or identifier, in the order of their ids.
 *
 * @returns each with whether the identifier names it
 */
export async function lockDevices(
  tx: Tx,
  reference: { id?: string; normalized?: string },
): Promise<(DeviceEntity & { byIdentifier: boolean })[]> {
  const sql = new StatementBuilder(tx.scope);
  const identified =
    reference.normalized === undefined
      ? 'null::bigint'
      : `(select i.device_id from device_identifier i
          where ${sql.owned('i')} and i.normalized = ${sql.value(reference.normalized, 'text')})`;
  return tx.query(
    sql.build(
      'lock_device',
      `select ${selectList(DeviceEntity, 'd')}, d.id is not distinct from ${identified} as "byIdentifier" from device d
       where ${sql.owned('d')} and ${sql.key('d.id')} = any(array[${sql.value(reference.id ?? null, 'bigint')}, ${identified}])
       order by d.id for update`,
    ),
  );
}
