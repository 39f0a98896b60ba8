import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import type { Tx } from '../../platform/db/session';
import { LostRaceError } from '../../platform/db/pg-error';
import { bigint, int, sql, text } from '../../platform/db/sql';
import type { IdentifierKey } from '../device/device-identifier-forms';
import { DeviceStatus } from '../device/device-status';
import { deviceTable, type DeviceEntity } from '../device/device.entity';
import { LOCK_ORDER } from '../device/device.repository';
import { FOUND_IDENTIFIER, namedBy } from '../device/identified-devices';

/**
 * Locks AVAILABLE devices of an item in a customer's stock, oldest first.
 *
 * Waits for devices that other transactions have locked, and skips those that the other transactions took. So concurrent
 * callers never get the same device, and stock is never reported empty while it is not.
 *
 * @returns at most `count` devices
 * @throws LostRaceError when devices came back to stock while the statement waited
 */
export async function lockStock(tx: Tx, customerId: string, itemId: string, count: number): Promise<DeviceEntity[]> {
  const stock = sql`device d
    where d.customer_id = ${bigint(customerId)} and d.item_id = ${bigint(itemId)}
      and d.current_status = ${text(DeviceStatus.AVAILABLE)}
      and d.site_customer_id = ${bigint(IMPILO_CUSTOMER_ID)}`;
  const found = await tx.sql<DeviceEntity>`/* lock_stock */ select ${deviceTable.select('d')} from ${stock}
    order by d.id limit ${int(count)} for no key update`;
  if (found.length === count) return found;
  // Those that came back are not in the snapshot of the statement. To lock them now would break the order of locks.
  const [now] = await tx.sql<{ count: number }>`/* count_stock */ select count(*)::int as count from ${stock}`;
  if (now!.count > found.length) throw new LostRaceError();
  return found;
}

/** Locks a customer's devices with these identifiers, each with the identifiers that name it. */
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
    order by ${LOCK_ORDER} for no key update of d`;
  return rows.map(({ identifiers, ...device }) => ({ device, identifiers }));
}
