import { raw, sql } from '../../platform/db/sql';
import { anyOf, during } from '../../platform/graphql/filter-members';
import { defineChildList } from '../../platform/list/connection';
import { defineList, SortDirection } from '../../platform/list/definition';
import { byId } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';
import { DEVICES } from '../device/device.list';
import { orderEventTable } from './order-event.entity';
import { OrderStatus, type ParcelDirection } from './order-status';

export const ORDER_HISTORY = defineList({
  type: 'OrderEvent',
  name: 'order_events',
  table: orderEventTable,
  alias: 'e',
  filters: {
    statuses: anyOf(OrderStatus, 'e.status', 'Changes of the status to any of these statuses.'),
    occurredAt: during('e.at', 'Events that occurred in this range.'),
  },
  // Ids are drawn under the order's lock, so they ascend with time.
  sorts: { OCCURRED_AT: byId('By time of the event.') },
  defaultSort: { field: 'OCCURRED_AT', direction: SortDirection.ASC },
});

export const orderEventById = nodeLoader(ORDER_HISTORY);

export const eventsOfOrder = defineChildList(ORDER_HISTORY, 'order', { input: 'OrderEvent' });

function devicesOn(leg: ParcelDirection, input: string) {
  return defineChildList(
    DEVICES,
    {
      name: `by_order_${leg.toLowerCase()}`,
      condition: sql`d.customer_id = k.customer_id and d.id in (select x.device_id from order_device x
        where x.customer_id = k.customer_id and x.order_id = k.id and x.leg = ${raw(`'${leg}'`)})`,
    },
    { input, without: ['customerIds'] },
  );
}

export const devicesOfOrder = devicesOn('OUTBOUND', 'OrderDevice');
export const returnDevicesOfOrder = devicesOn('RETURN', 'OrderReturnDevice');
