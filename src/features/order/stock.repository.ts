import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import type { Tx } from '../../platform/db/session';
import { bigint, int, text } from '../../platform/db/sql';
import type { IdentifierKey } from '../device/device-identifier-forms';
import { DeviceStatus } from '../device/device-status';
import { deviceTable, type DeviceEntity } from '../device/device.entity';
import { FOUND_IDENTIFIER, namedBy } from '../device/identified-devices';

/**
 * Locks AVAILABLE devices of an item in a customer's stock, oldest first.
 *
 * Waits for devices that other transactions have locked, and skips those that the other transactions took. So concurrent
 * callers never get the same device, and stock is never reported empty while it is not.
 *
 * @returns at most `count` devices
 */
export async function lockStock(tx: Tx, customerId: string, itemId: string, count: number): Promise<DeviceEntity[]> {
  const found = await lockOldest(tx, customerId, itemId, count);
  // Devices that came back to stock while the statement waited are not in its snapshot. A second statement sees them.
  return found.length < count ? lockOldest(tx, customerId, itemId, count) : found;
}

async function lockOldest(tx: Tx, customerId: string, itemId: string, count: number): Promise<DeviceEntity[]> {
  return tx.sql<DeviceEntity>`/* lock_stock */ select ${deviceTable.select('d')} from device d
    where d.customer_id = ${bigint(customerId)} and d.item_id = ${bigint(itemId)}
      and d.current_status = ${text(DeviceStatus.AVAILABLE)}
      and d.site_customer_id = ${bigint(IMPILO_CUSTOMER_ID)}
    order by d.id limit ${int(count)} for update`;
}

/** Locks a customer's devices with these identifiers, in id order, each with the identifiers that name it. */
export async function lockNamedDevices(
  tx: Tx,
  customerId: string,
  keys: readonly IdentifierKey[],
): Promise<{ device: DeviceEntity; identifiers: string[] }[]> {
  const rows = await tx.sql<
    DeviceEntity & { identifiers: string[] }
  >`/* lock_named_devices */ select ${deviceTable.select('d')}, n.identifiers from (
      select i.device_id, array_agg(${FOUND_IDENTIFIER}) as identifiers from device_identifier i
      where i.customer_id = ${bigint(customerId)} and ${namedBy(keys)}
      group by i.device_id
    ) n join device d on d.customer_id = ${bigint(customerId)} and d.id = n.device_id
    order by d.id for update of d`;
  return rows.map(({ identifiers, ...device }) => ({ device, identifiers }));
}
