import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import type { Tx } from '../../platform/db/session';
import { bigint, int, text, texts } from '../../platform/db/sql';
import { DeviceStatus } from '../device/device-status';
import { deviceTable, type DeviceEntity } from '../device/device.entity';

/**
 * Locks devices of an item from a customer's stock in the warehouses: those that are AVAILABLE, the oldest first.
 *
 * One that another transaction holds is waited for and passed over when that one took it: callers at the same moment never
 * get the same device, and nobody is told of an empty stock that is not empty.
 *
 * @returns `count` of them, or fewer when there are not so many
 */
export async function lockStock(tx: Tx, customerId: string, itemId: string, count: number): Promise<DeviceEntity[]> {
  const found = await lockOldest(tx, customerId, itemId, count);
  // What came back to the stock while the statement waited is not in its snapshot: another one sees it.
  return found.length < count ? lockOldest(tx, customerId, itemId, count) : found;
}

async function lockOldest(tx: Tx, customerId: string, itemId: string, count: number): Promise<DeviceEntity[]> {
  return tx.sql<DeviceEntity>`/* lock_stock */ select ${deviceTable.select('d')} from device d
    where d.customer_id = ${bigint(customerId)} and d.item_id = ${bigint(itemId)}
      and d.current_status = ${text(DeviceStatus.AVAILABLE)}
      and d.site_customer_id = ${bigint(IMPILO_CUSTOMER_ID)}
    order by d.id limit ${int(count)} for update`;
}

/** Locks a customer's devices with these identifiers, in the order of their ids, each with the identifiers that name it. */
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
