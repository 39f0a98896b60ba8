import type { Feature } from '../../platform/graphql/feature';
import { OrderDeviceEntity } from './order-device.entity';
import { OrderEventEntity } from './order-event.entity';
import { OrderLineEntity } from './order-line.entity';
import { OrderMutations } from './order-mutations.resolver';
import { OrderEntity } from './order.entity';
import { ORDER_EVENTS } from './order.events';
import { orderById } from './order.list';
import { orderEventById } from './order-parts.list';
import { ORDER_EVENT_TYPES } from './order.type';
import { orderQueries } from './order.resolver';
import { orderRoutes } from './order.rest';

export const orderFeature: Feature = {
  routes: orderRoutes,
  entities: [OrderEntity, OrderDeviceEntity, OrderEventEntity, OrderLineEntity],
  nodes: { Order: orderById, OrderEvent: orderEventById },
  events: Object.values(ORDER_EVENTS),
  types: ORDER_EVENT_TYPES,
  resolvers: () => [orderQueries, new OrderMutations()],
};
