import type { Feature } from '../../platform/graphql/feature';
import { CreateOrderService } from './create-order.service';
import { OrderDeviceEntity } from './order-device.entity';
import { OrderEventEntity } from './order-event.entity';
import { OrderItemEntity } from './order-item.entity';
import { DeviceOrdersResolver, PatientOrdersResolver, SiteOrdersResolver } from './order-links.resolver';
import { OrderOperationsResolver } from './order-operations.resolver';
import { OrderProgressService } from './order-progress.service';
import { OrderEntity } from './order.entity';
import { ORDER_EVENTS } from './order.events';
import { orderById } from './order.loader';
import { OrderEventResolver, OrderItemResolver, OrderResolver } from './order.resolver';
import { OrderService } from './order.service';
import { ProcessOrderService } from './process-order.service';
import { ReceiveReturnService } from './receive-return.service';
import { ReplaceDeviceService } from './replace-device.service';

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
      new OrderOperationsResolver(
        new CreateOrderService(),
        new ProcessOrderService(),
        new OrderProgressService(),
        new ReplaceDeviceService(),
        new ReceiveReturnService(),
      ),
    ];
  },
};
