import { argumentsType, inputType, optional } from '../../platform/graphql/types';
import { ID } from 'type-graphql';
import { filteredList } from '../../platform/graphql/connection.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import { OrderKind, OrderStatus } from './order-status';

export const OrderFilter = inputType(
  'OrderFilter',
  'Which orders to answer; conditions are combined with "and". An empty list matches nothing, several values mean any of them.',
  {
    status: optional([OrderStatus], 'Orders in any of these statuses.'),
    patientId: optional([ID], 'Orders to any of these patients.'),
    siteId: optional([ID], 'Orders to any of these sites.'),
    deviceId: optional([ID], 'Orders that send any of these devices, or expect it back.'),
    kind: optional(OrderKind, 'Orders that were made for this reason.'),
    externalOrderId: optional(String, "Orders with this name of the customer's, exactly."),
    createdFrom: optional(DateTime, 'Orders created at this instant or later.'),
    createdTo: optional(DateTime, 'Orders created before this instant.'),
    customerId: optional([ID], 'Orders of any of these customers; for operators.'),
  },
);
export type OrderFilter = InstanceType<typeof OrderFilter>;

export const OrdersArguments = argumentsType(filteredList('orders', OrderFilter));
export type OrdersArguments = InstanceType<typeof OrdersArguments>;
