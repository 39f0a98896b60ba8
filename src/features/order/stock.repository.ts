import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import type { Tx } from '../../platform/db/session';
import { bigint, int, text, texts } from '../../platform/db/sql';
import { DeviceStatus } from '../device/device-status';
import { deviceTable, type DeviceEntity } from '../device/device.entity';

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
  normalized: readonly string[],
): Promise<(DeviceEntity & { identifiers: string[] })[]> {
  return tx.sql`/* lock_named_devices */ select ${deviceTable.select('d')}, n.identifiers from (
      select i.device_id, array_agg(i.normalized) as identifiers from device_identifier i
      where i.customer_id = ${bigint(customerId)} and i.normalized = any(${texts(normalized)})
      group by i.device_id
    ) n join device d on d.customer_id = ${bigint(customerId)} and d.id = n.device_id
    order by d.id for update of d`;
}
