import { withRefusals, withRetryOn } from '../../platform/db/pg-error';
import type { Session, Tx } from '../../platform/db/session';
import { bigint, bigints, key, owned, raw, sql, texts, type Fragment } from '../../platform/db/sql';
import { keysTable, rowsBelow, type ParentKey } from '../../platform/list/list';
import { childrenLoader, defineLoader } from '../../platform/list/loader';
import { deviceIdentifierTable, type DeviceIdentifierEntity } from './device-identifier.entity';
import { identifierKeys, type IdentifierKey } from './device-identifier-forms';
import { duplicateIdentifier } from './device-rules';
import { DeviceStatus, type DeviceIdentifierType } from './device-status';
import { deviceTable, type DeviceEntity } from './device.entity';
import { FOUND_IDENTIFIER, IdentifiedDevices, namedBy } from './identified-devices';

/**
 * The order in which statements lock devices `d`, the same everywhere: those in stock last, because an order takes its devices from
 * there when it has locked others; then by item, because it takes one item after the other. See docs/decisions/devices-and-orders.md.
 */
export const LOCK_ORDER = raw(`(d.current_status = '${DeviceStatus.AVAILABLE}'), d.item_id, d.id`);

/** Devices by identifier: one row for each identifier that is found. */
async function findDevicesByIdentifier(
  session: Session,
  keys: readonly IdentifierKey[],
): Promise<{ device: DeviceEntity; identifiers: string[] }[]> {
  const rows = await session.sql<DeviceEntity & { found: string }>`/* device_by_identifier */
    select ${deviceTable.select('d')}, ${FOUND_IDENTIFIER} as found
    from device_identifier i join device d on d.customer_id = i.customer_id and d.id = i.device_id
    where ${owned('i')} and ${namedBy(keys)}`;
  return rows.map(({ found, ...device }) => ({ device, identifiers: [found] }));
}

export const deviceByIdentifier = defineLoader<string, DeviceEntity | null, { type?: DeviceIdentifierType }>(
  'device_by_identifier',
  String,
  async (ctx, identifiers, { type }) => {
    const keys = identifiers.map((identifier) => identifierKeys(identifier, type));
    const found = new IdentifiedDevices(await findDevicesByIdentifier(ctx.session, keys.flat()));
    return keys.map((ofOne) => found.find(ofOne) ?? null);
  },
);

export const findIdentifiers = rowsBelow(
  'identifiers_by_device',
  deviceIdentifierTable,
  'device_id',
  `array_position(array['SERIAL', 'IMEI', 'ICCID', 'MAC_ADDRESS', 'SIM_CARD_NUMBER'], c.type)`,
);

export const identifiersByDevice = childrenLoader('identifiers_by_device', findIdentifiers, 'deviceId');

/**
 * Locks the devices that an id or an identifier names.
 *
 * @param reference `keys` are those of an identifier, the closest one first
 * @returns each device; `byIdentifier` if the identifier names it
 */
export async function lockDevices(
  tx: Tx,
  reference: { id?: string; keys?: readonly IdentifierKey[] },
): Promise<(DeviceEntity & { byIdentifier: boolean })[]> {
  const { keys = [] } = reference;
  const closest = sql`array_position(${texts(keys.map(({ key }) => key))}, i.normalized)`;
  const identified =
    keys.length === 0
      ? raw('null::bigint')
      : sql`(select i.device_id from device_identifier i where ${owned('i')} and ${namedBy(keys)}
          order by ${closest} limit 1)`;
  return tx.sql`/* lock_device */ select ${deviceTable.select('d')}, d.id is not distinct from ${identified} as "byIdentifier"
    from device d where ${owned('d')} and ${key('d.id')} = any(array[${bigint(reference.id ?? null)}, ${identified}])
    order by ${LOCK_ORDER} for no key update`;
}

/**
 * The ids of devices that are named by id or by identifier, once each, with the identifiers by which each was named: a table
 * `(id, identifiers)`.
 */
export function namedDevices(ids: readonly string[], keys: readonly IdentifierKey[]): Fragment {
  return sql`(
      select x.id, array_remove(array_agg(x.found), null) as identifiers from (
        select k.id, null as found from unnest(${bigints(ids)}) k(id)
        union all
        select i.device_id, ${FOUND_IDENTIFIER} from device_identifier i where ${owned('i')} and ${namedBy(keys)}
      ) x group by x.id
    )`;
}

/** As `lockDevices`, for many references. @returns each device, with the identifiers by which it was named */
export async function lockNamedDevices(
  tx: Tx,
  ids: readonly string[],
  keys: readonly IdentifierKey[],
): Promise<{ device: DeviceEntity; identifiers: string[] }[]> {
  if (ids.length + keys.length === 0) return [];
  const rows = await tx.sql<DeviceEntity & { identifiers: string[] }>`/* lock_devices */
    select ${deviceTable.select('d')}, n.identifiers from ${namedDevices(ids, keys)} n
    join device d on ${owned('d')} and ${key('d.id')} = n.id order by ${LOCK_ORDER} for no key update of d`;
  return rows.map(({ identifiers, ...device }) => ({ device, identifiers }));
}

/**
 * The warehouses that devices came from whose open order was not shipped yet.
 *
 * @param devices locked: `shipOrder` locks the devices of the order, so the order cannot be shipped until the transaction ends
 */
export async function findWarehousesOfOrders(
  tx: Tx,
  devices: readonly DeviceEntity[],
): Promise<(ParentKey & { deviceId: string })[]> {
  const inOrders = devices.filter(({ orderId }) => orderId !== null);
  if (inOrders.length === 0) return [];
  return tx.sql`/* warehouses_of_orders */ select x.device_id as "deviceId", x.warehouse_customer_id as "customerId", x.warehouse_id as id
    from ${keysTable(inOrders)} join device d on d.customer_id = k.customer_id and d.id = k.id
    join device_order o on o.customer_id = d.customer_id and o.id = d.order_id and o.current_status = 'PROCESSED'
    join order_device x on x.customer_id = d.customer_id and x.order_id = d.order_id and x.device_id = d.id`;
}

export type NewIdentifier = Pick<DeviceIdentifierEntity, 'type' | 'value' | 'normalized'> & {
  /** Keys of the identifiers that the value alone would name. They must not belong to another device. */
  keys: readonly IdentifierKey[];
};

/** @throws DomainError IDENTIFIER_TAKEN */
export async function insertIdentifiers(
  tx: Tx,
  device: DeviceEntity,
  identifiers: readonly NewIdentifier[],
): Promise<void> {
  const rows = identifierRows(device, identifiers);
  await withRefusals({ device_identifier_unique: () => duplicateIdentifier() }, insertRows(tx, rows));
}

/** Deletes the identifiers of these types. */
export async function deleteIdentifiers(
  tx: Tx,
  { customerId, id }: DeviceEntity,
  types: readonly DeviceIdentifierType[],
): Promise<void> {
  await tx.sql`/* delete_identifiers */ delete from device_identifier
    where customer_id = ${bigint(customerId)} and device_id = ${bigint(id)} and type = any(${texts(types)})`;
}

/**
 * The identifiers that the values of new identifiers name, with the ids of their devices. For operators of all customers, for
 * others of their own.
 */
export async function findTakenIdentifiers(
  session: Session,
  identifiers: readonly NewIdentifier[],
): Promise<IdentifiedDevices<string>> {
  if (identifiers.length === 0) return new IdentifiedDevices([]);
  const rows = await session.sql<{ device: string; found: string }>`/* taken_identifiers */
    select i.device_id as device, ${FOUND_IDENTIFIER} as found
    from device_identifier i where ${owned('i')} and ${namedBy(identifiers.flatMap(({ keys }) => keys))}`;
  return new IdentifiedDevices(rows.map(({ device, found }) => ({ device, identifiers: [found] })));
}

/** Inserts identifiers that are not in use. If a concurrent transaction takes one first, the transaction runs again. */
export async function insertIdentifiersOrRetry(
  tx: Tx,
  devices: readonly { device: DeviceEntity; identifiers: readonly NewIdentifier[] }[],
): Promise<void> {
  const rows = devices.flatMap(({ device, identifiers }) => identifierRows(device, identifiers));
  await withRetryOn('device_identifier_unique', insertRows(tx, rows));
}

function identifierRows({ customerId, id: deviceId }: DeviceEntity, identifiers: readonly NewIdentifier[]) {
  return identifiers.map(({ type, value, normalized }) => ({ type, value, normalized, customerId, deviceId }));
}

type IdentifierRow = ReturnType<typeof identifierRows>[number];

/** In one order: a concurrent insert of the same identifiers waits, and does not deadlock. */
function insertRows(tx: Tx, rows: readonly IdentifierRow[]): Promise<unknown> {
  const inOrder = [...rows].sort((one, other) => (one.normalized < other.normalized ? -1 : 1));
  return deviceIdentifierTable.insert(tx, inOrder);
}
