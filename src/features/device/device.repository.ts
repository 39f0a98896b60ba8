import { withRefusals } from '../../platform/db/pg-error';
import type { Session, Tx } from '../../platform/db/session';
import { all, bigint, key, owned, PLAN_EACH_TIME, raw, sql, text, texts } from '../../platform/db/sql';
import { conditionsOf, toListQuery } from '../../platform/list/definition';
import { keysTable, ofParents, rowsBelow, type ParentKey } from '../../platform/list/list';
import { childrenLoader, defineLoader, inOrderOf, parentCacheKey } from '../../platform/list/loader';
import { deviceIdentifierTable, type DeviceIdentifierEntity } from './device-identifier.entity';
import { duplicateIdentifier } from './device-rules';
import type { DeviceIdentifierType, DeviceStatus } from './device-status';
import { deviceTable, type DeviceEntity } from './device.entity';
import type { DeviceFilter } from './device.input';
import { AT_SITE, DEVICES } from './device.list';

/** Devices by what is written on them, each with the identifiers that were asked for. */
async function findDevicesByIdentifier(
  session: Session,
  normalized: readonly string[],
  type: DeviceIdentifierType | undefined,
): Promise<(DeviceEntity & { normalized: string })[]> {
  const ofType = type === undefined ? all() : sql`i.type = ${text(type)}`;
  return session.sql`/* device_by_identifier */ select ${deviceTable.select('d')}, i.normalized
    from device_identifier i join device d on d.customer_id = i.customer_id and d.id = i.device_id
    where ${owned('i')} and i.normalized = any(${texts(normalized)}) and ${ofType}`;
}

/** Keys are normalized identifiers. */
export const deviceByIdentifier = defineLoader<string, DeviceEntity | null, { type?: DeviceIdentifierType }>(
  'device_by_identifier',
  String,
  async (ctx, identifiers, { type }) =>
    inOrderOf(
      identifiers,
      await findDevicesByIdentifier(ctx.session, identifiers, type),
      (device) => device.normalized,
    ),
);

const findIdentifiers = rowsBelow(
  'identifiers_by_device',
  deviceIdentifierTable,
  'device_id',
  `array_position(array['SERIAL', 'IMEI', 'ICCID', 'MAC_ADDRESS', 'SIM_CARD_NUMBER'], c.type)`,
);

export const identifiersByDevice = childrenLoader('identifiers_by_device', findIdentifiers, 'deviceId');

const COUNTED = raw('d.item_id as "itemId", d.current_status as status, count(*)::int as count');

export interface DeviceCountRow {
  itemId: string;
  status: DeviceStatus;
  count: number;
}

/** Devices counted by item and status; pairs that have none are absent. */
export async function countDevices(
  session: Session,
  given: DeviceFilter | null | undefined,
): Promise<DeviceCountRow[]> {
  const conditions = conditionsOf(DEVICES, toListQuery(DEVICES, { filter: given }));
  return session.sql`/* device_counts */ ${PLAN_EACH_TIME}select ${COUNTED} from device d
    where ${all(owned('d'), ...conditions)} group by 1, 2 order by 1, 2`;
}

/** As `countDevices`, below each site, in one statement. */
async function countDevicesOfSites(session: Session, sites: readonly ParentKey[]): Promise<DeviceCountRow[][]> {
  const rows = await session.sql<DeviceCountRow & { parent: number }>`/* device_counts_by_site */
    select k.n::int as parent, x.* from ${keysTable(sites)} cross join lateral (
      select ${COUNTED} from device d where ${AT_SITE.condition} group by 1, 2
    ) x order by 1, 2, 3`;
  return ofParents(sites, rows);
}

export const deviceCountsBySite = defineLoader<ParentKey, DeviceCountRow[]>(
  'device_counts_by_site',
  parentCacheKey,
  (ctx, sites) => countDevicesOfSites(ctx.session, sites),
);

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

/** @throws DomainError IDENTIFIER_TAKEN */
export async function insertIdentifiers(
  tx: Tx,
  { customerId, id }: DeviceEntity,
  identifiers: readonly Pick<DeviceIdentifierEntity, 'type' | 'value' | 'normalized'>[],
): Promise<void> {
  const rows = identifiers.map((identifier) => ({ ...identifier, customerId, deviceId: id }));
  await withRefusals({ device_identifier_unique: () => duplicateIdentifier() }, deviceIdentifierTable.insert(tx, rows));
}
