import { raw, sql } from '../../platform/db/sql';
import { defineChildList } from '../../platform/list/connection';
import { defineList, OLDEST_FIRST } from '../../platform/list/definition';
import { nodeLoader } from '../../platform/list/loader';
import { DEVICES } from '../device/device.list';
import { orderEventTable, type OrderEventEntity } from './order-event.entity';
import type { ParcelDirection } from './order-status';

/** Ids are drawn under the order's lock, so they are in the order of time. */
export const ORDER_HISTORY = defineList<OrderEventEntity>({
  type: 'OrderEvent',
  name: 'order_events',
  table: orderEventTable,
  alias: 'e',
  filters: {},
  ...OLDEST_FIRST,
});

export const orderEventById = nodeLoader(ORDER_HISTORY);

export const eventsOfOrder = defineChildList(ORDER_HISTORY, 'order');

function devicesOn(leg: ParcelDirection) {
  return defineChildList(DEVICES, {
    name: `by_order_${leg.toLowerCase()}`,
    condition: sql`d.customer_id = k.customer_id and d.id in (select x.device_id from order_device x
      where x.customer_id = k.customer_id and x.order_id = k.id and x.leg = '${raw(leg)}')`,
  });
}

export const devicesOfOrder = devicesOn('OUTBOUND');
export const returnDevicesOfOrder = devicesOn('RETURN');
