import { registerEnumType } from 'type-graphql';
import { OrderKind, OrderStatus, ReturnOutcome, ShipmentLeg } from './order-status';

registerEnumType(OrderStatus, {
  name: 'OrderStatus',
  description: 'How far an order is. It can be cancelled until it is shipped.',
  valuesConfig: {
    CREATED: { description: 'Asked for; no devices are assigned yet.' },
    PROCESSED: { description: 'Devices are assigned and ready to leave the warehouse.' },
    SHIPPED: { description: 'On its way.' },
    AVAILABLE_FOR_PICKUP: { description: 'Waits where the recipient can fetch it.' },
    DELIVERED: { description: 'Arrived.' },
    CANCELLED: { description: 'Called off; its devices went back to their warehouses.' },
  },
});

registerEnumType(OrderKind, {
  name: 'OrderKind',
  description: 'Why an order was made.',
  valuesConfig: {
    STANDARD: { description: 'Somebody ordered devices.' },
    REPLACEMENT: { description: 'A defective device is exchanged: another one is sent, it is sent back.' },
  },
});

registerEnumType(ShipmentLeg, {
  name: 'ShipmentLeg',
  description: 'Which way a parcel goes.',
  valuesConfig: {
    OUTBOUND: { description: 'From a warehouse to the recipient.' },
    RETURN: { description: 'Back to a warehouse.' },
  },
});

registerEnumType(ReturnOutcome, {
  name: 'ReturnOutcome',
  description: 'What becomes of a device that came back.',
  valuesConfig: {
    RESTOCK: { description: 'It is free again: AVAILABLE.' },
    DECOMMISSION: { description: 'It is out of use: DECOMMISSIONED.' },
  },
});
