import { defineEnum, type EnumOf } from '../../platform/base/enum';
import { byLastReading, lastReadingBefore } from '../activity/activity-sort';
import { keysTable, rowsByIds, type ListDefinition, type ParentKey, type ParentLink } from '../../platform/list/list';
import type { SortOrder } from '../../platform/list/keyset';
import { withRefusals } from '../../platform/db/pg-error';
import type { Session, Tx } from '../../platform/db/session';
import {
  all,
  bigint,
  key,
  oneOf,
  owned,
  PLAN_EACH_TIME,
  raw,
  scoped,
  sql,
  text,
  texts,
  timestamptz,
  type Fragment,
} from '../../platform/db/sql';
import { SortDirection } from '../../platform/list/sort';
import { deviceTable, type DeviceEntity } from './device.entity';
import { duplicateIdentifier, normalizeIdentifier } from './device-rules';
import type { DeviceIdentifierType, DeviceStatus } from './device-status';
import { deviceIdentifierTable, type DeviceIdentifierEntity } from './device-identifier.entity';

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

function conditionsOf(query: DeviceConditions): Fragment[] {
  return [
    ...(query.status != null ? [oneOf('d.current_status', query.status, 'text')] : []),
    ...(query.siteIds != null ? [oneOf(key('d.site_id'), query.siteIds, 'bigint')] : []),
    ...(query.patientIds != null ? [oneOf('d.patient_id', query.patientIds, 'bigint')] : []),
    ...(query.itemIds != null ? [oneOf('d.item_id', query.itemIds, 'bigint')] : []),
    ...(query.identifier != null
      ? [
          sql`(d.customer_id, d.id) in (select i.customer_id, i.device_id from device_identifier i
             where i.normalized = ${text(normalizeIdentifier(query.identifier))})`,
        ]
      : []),
    ...(query.associated != null ? [query.associated ? sql`d.patient_id is not null` : sql`d.patient_id is null`] : []),
    ...(query.updatedSince != null ? [sql`d.updated_at >= ${timestamptz(query.updatedSince)}`] : []),
    ...(query.lastReadingBefore != null ? [lastReadingBefore('device', 'd', query.lastReadingBefore)] : []),
    ...(query.customerIds != null ? [oneOf('d.customer_id', query.customerIds, 'bigint')] : []),
  ];
}

function orderOf({ sort }: DeviceQuery): SortOrder {
  const descending = sort.direction === SortDirection.DESC;
  if (sort.field === DeviceSortField.ID) return { descending };
  if (sort.field === DeviceSortField.LAST_READING_AT) return byLastReading('device', 'd', descending);
  return {
    descending,
    expression: 'd.updated_at',
    valueAt: ({ value }) => timestamptz(value!),
  };
}

export const DEVICES: ListDefinition<DeviceEntity, DeviceQuery> = {
  name: 'devices',
  table: deviceTable,
  alias: 'd',
  conditions: conditionsOf,
  order: orderOf,
};

/** At a warehouse a customer sees its own devices, an operator those of all customers. */
export const DEVICES_OF_SITE: ParentLink = {
  name: 'by_site',
  condition: scoped(({ kind }) =>
    kind === 'customer' ? sql`d.customer_id = k.customer_id and d.site_id = k.id` : sql`(d.site_id + 0) = k.id`,
  ),
  id: key('d.id'),
};

export const DEVICES_OF_PATIENT: ParentLink = {
  name: 'by_patient',
  condition: sql`d.customer_id = k.customer_id and d.patient_id = k.id`,
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
  const ofType = type === undefined ? all() : sql`i.type = ${text(type)}`;
  return session.sql`/* device_by_identifier */ select ${deviceTable.select('d')}, i.normalized
    from device_identifier i join device d on d.customer_id = i.customer_id and d.id = i.device_id
    where ${owned('i')} and i.normalized = any(${texts(normalized)}) and ${ofType}`;
}

export async function findIdentifiers(
  session: Session,
  devices: readonly ParentKey[],
): Promise<DeviceIdentifierEntity[]> {
  return session.sql`/* identifiers_by_device */ select ${deviceIdentifierTable.select('i')}
    from ${keysTable(devices)} join device_identifier i on i.customer_id = k.customer_id and i.device_id = k.id
    order by array_position(array['SERIAL', 'IMEI', 'ICCID', 'MAC_ADDRESS', 'SIM_CARD_NUMBER'], i.type)`;
}

const COUNTED = raw('d.item_id as "itemId", d.current_status as status, count(*)::int as count');

export interface DeviceCountRow {
  itemId: string;
  status: DeviceStatus;
  count: number;
}

/** Devices counted by item and status; pairs that have none are absent. */
export async function countDevices(session: Session, conditions: DeviceConditions): Promise<DeviceCountRow[]> {
  return session.sql`/* device_counts */ ${PLAN_EACH_TIME}select ${COUNTED} from device d
    where ${all(owned('d'), ...conditionsOf(conditions))} group by 1, 2 order by 1, 2`;
}

/** As `countDevices`, below each site, in one statement. */
export async function countDevicesOfSites(session: Session, sites: readonly ParentKey[]): Promise<DeviceCountRow[][]> {
  const rows = await session.sql<DeviceCountRow & { parent: number }>`/* device_counts_by_site */
    select k.n::int as parent, x.* from ${keysTable(sites)} cross join lateral (
      select ${COUNTED} from device d where ${DEVICES_OF_SITE.condition} group by 1, 2
    ) x order by 1, 2, 3`;
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
  const identified =
    reference.normalized === undefined
      ? raw('null::bigint')
      : sql`(select i.device_id from device_identifier i
          where ${owned('i')} and i.normalized = ${text(reference.normalized)})`;
  return tx.sql`/* lock_device */ select ${deviceTable.select('d')}, d.id is not distinct from ${identified} as "byIdentifier"
    from device d where ${owned('d')} and ${key('d.id')} = any(array[${bigint(reference.id ?? null)}, ${identified}])
    order by d.id for update`;
}

export type NewDevice = Pick<DeviceEntity, 'customerId' | 'itemId' | 'currentStatus' | 'siteCustomerId' | 'siteId'>;

export async function insertDevice(tx: Tx, device: NewDevice): Promise<DeviceEntity> {
  const [inserted] = await deviceTable.insert(tx, [device]);
  return inserted!;
}

/** @throws DomainError DUPLICATE_IDENTIFIER */
export async function insertIdentifiers(
  tx: Tx,
  { customerId, id }: DeviceEntity,
  identifiers: readonly Pick<DeviceIdentifierEntity, 'type' | 'value' | 'normalized'>[],
): Promise<void> {
  const rows = identifiers.map((identifier) => ({ ...identifier, customerId, deviceId: id }));
  await withRefusals({ device_identifier_unique: () => duplicateIdentifier() }, deviceIdentifierTable.insert(tx, rows));
}
