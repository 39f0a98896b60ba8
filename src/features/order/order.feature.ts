import type { Feature } from '../../platform/graphql/feature';
import { OrderDeviceEntity } from './order-device.entity';
import { OrderEventEntity } from './order-event.entity';
import { OrderItemEntity } from './order-item.entity';
import { DeviceOrdersResolver, PatientOrdersResolver, SiteOrdersResolver } from './order-links.resolver';
import { OrderMutations } from './order-mutations.resolver';
import { OrderEntity } from './order.entity';
import { ORDER_EVENTS } from './order.events';
import { orderById } from './order.loader';
import { OrderEventResolver, OrderItemResolver, OrderResolver } from './order.resolver';
import { OrderService } from './order.service';

export const orderFeature: Feature = {
  entities: [OrderEntity, OrderDeviceEntity, OrderEventEntity, OrderItemEntity],
  nodes: { Order: orderById },
  events: Object.values(ORDER_EVENTS),
  resolvers: () => {
    const orders = new OrderService();
    return [
      new OrderResolver(orders),
      new OrderItemResolver(),
      new OrderEventResolver(),
      new PatientOrdersResolver(orders),
      new SiteOrdersResolver(orders),
      new DeviceOrdersResolver(orders),
      new OrderMutations(),
    ];
  },
};
