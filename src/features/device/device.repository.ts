import { withRefusals, withRetryOn } from '../../platform/db/pg-error';
import type { Session, Tx } from '../../platform/db/session';
import { all, bigint, bigints, key, owned, raw, sql, text, texts, type Fragment } from '../../platform/db/sql';
import { keysTable, rowsBelow, type ParentKey } from '../../platform/list/list';
import { childrenLoader, defineLoader, inOrderOf } from '../../platform/list/loader';
import { deviceIdentifierTable, type DeviceIdentifierEntity } from './device-identifier.entity';
import { duplicateIdentifier } from './device-rules';
import type { DeviceIdentifierType } from './device-status';
import { deviceTable, type DeviceEntity } from './device.entity';

/** Devices by identifier: one row for each identifier that is found. */
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

/**
 * Locks the devices that an id or an identifier names, in id order.
 *
 * @returns each device; `byIdentifier` if the identifier names it
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

/**
 * The ids of devices that are named by id or by identifier, once each, with the normalized identifiers by which each was named:
 * a table `(id, identifiers)`.
 */
export function namedDevices(ids: readonly string[], normalized: readonly string[]): Fragment {
  return sql`(
      select x.id, array_remove(array_agg(x.normalized), null) as identifiers from (
        select k.id, null as normalized from unnest(${bigints(ids)}) k(id)
        union all
        select i.device_id, i.normalized from device_identifier i
        where ${owned('i')} and i.normalized = any(${texts(normalized)})
      ) x group by x.id
    )`;
}

/** As `lockDevices`, for many references. @returns each device, with the identifiers by which it was named */
export async function lockNamedDevices(
  tx: Tx,
  ids: readonly string[],
  normalized: readonly string[],
): Promise<{ device: DeviceEntity; identifiers: string[] }[]> {
  if (ids.length + normalized.length === 0) return [];
  const rows = await tx.sql<DeviceEntity & { identifiers: string[] }>`/* lock_devices */
    select ${deviceTable.select('d')}, n.identifiers from ${namedDevices(ids, normalized)} n
    join device d on ${owned('d')} and ${key('d.id')} = n.id order by d.id for update of d`;
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

export type NewIdentifier = Pick<DeviceIdentifierEntity, 'type' | 'value' | 'normalized'>;

/** @throws DomainError IDENTIFIER_TAKEN */
export async function insertIdentifiers(
  tx: Tx,
  device: DeviceEntity,
  identifiers: readonly NewIdentifier[],
): Promise<void> {
  const rows = identifierRows(device, identifiers);
  await withRefusals({ device_identifier_unique: () => duplicateIdentifier() }, deviceIdentifierTable.insert(tx, rows));
}

/** Which of the identifiers are in use. For operators, who see the identifiers of all customers. */
export async function findTakenIdentifiers(session: Session, normalized: readonly string[]): Promise<Set<string>> {
  if (normalized.length === 0) return new Set();
  const rows = await session.sql<{ normalized: string }>`/* taken_identifiers */ select i.normalized
    from device_identifier i where ${owned('i')} and i.normalized = any(${texts(normalized)})`;
  return new Set(rows.map((row) => row.normalized));
}

/** Inserts identifiers that are not in use. If a concurrent transaction takes one first, the transaction runs again. */
export async function insertIdentifiersOrRetry(
  tx: Tx,
  devices: readonly { device: DeviceEntity; identifiers: readonly NewIdentifier[] }[],
): Promise<void> {
  const rows = devices.flatMap(({ device, identifiers }) => identifierRows(device, identifiers));
  await withRetryOn('device_identifier_unique', deviceIdentifierTable.insert(tx, rows));
}

function identifierRows({ customerId, id: deviceId }: DeviceEntity, identifiers: readonly NewIdentifier[]) {
  return identifiers.map(({ type, value, normalized }) => ({ type, value, normalized, customerId, deviceId }));
}
