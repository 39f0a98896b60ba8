import { defineEnum, type EnumOf } from '../../platform/base/enum';
import { DomainError } from '../../platform/base/errors';

export const OrderStatus = defineEnum(
  'OrderStatus',
  'How far an order is. It can be cancelled until it is shipped.',
  {
    CREATED: 'Asked for; no devices are assigned yet.',
    PROCESSED: 'Devices are assigned and ready to leave the warehouse.',
    SHIPPED: 'On its way.',
    AVAILABLE_FOR_PICKUP: 'Waits where the recipient can fetch it.',
    DELIVERED: 'Arrived.',
    CANCELLED: 'Called off; its devices went back to their warehouses.',
  },
  { unknown: 'show one that you do not know by its name' },
);
export type OrderStatus = EnumOf<typeof OrderStatus>;

export const OrderKind = defineEnum('OrderKind', 'Why an order was made.', {
  STANDARD: 'Somebody ordered devices.',
  REPLACEMENT: 'A defective device is exchanged: another one is sent, it is sent back.',
});
export type OrderKind = EnumOf<typeof OrderKind>;

export const ShipmentLeg = defineEnum('ShipmentLeg', 'Which way a parcel goes.', {
  OUTBOUND: 'From a warehouse to the recipient.',
  RETURN: 'Back to a warehouse.',
});
export type ShipmentLeg = EnumOf<typeof ShipmentLeg>;

export const ReturnOutcome = defineEnum(
  'ReturnOutcome',
  'What becomes of a device that came back.',
  {
    RESTOCK: 'It is free again: AVAILABLE.',
    DECOMMISSION: 'It is out of use: DECOMMISSIONED.',
  },
  { closed: true },
);
export type ReturnOutcome = EnumOf<typeof ReturnOutcome>;

const { PROCESSED, SHIPPED, AVAILABLE_FOR_PICKUP, DELIVERED, CANCELLED } = OrderStatus;

/** Which statuses follow which; source: domain.md, Orders. */
const FOLLOWING: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  CREATED: [PROCESSED, CANCELLED],
  PROCESSED: [SHIPPED, CANCELLED],
  SHIPPED: [AVAILABLE_FOR_PICKUP, DELIVERED],
  AVAILABLE_FOR_PICKUP: [DELIVERED],
  DELIVERED: [],
  CANCELLED: [],
};

/** @throws DomainError ORDER_STATUS_NOT_ALLOWED */
export function assertFollows(current: OrderStatus, next: OrderStatus): void {
  if (FOLLOWING[current].includes(next)) return;
  const following = FOLLOWING[current];
  const possible = following.length === 0 ? 'that is its last status' : `it can become ${following.join(' or ')}`;
  throw new DomainError('ORDER_STATUS_NOT_ALLOWED', `The order is ${current} and cannot become ${next}: ${possible}.`);
}

/** The statuses that are set by hand; the others come with processing and cancelling. */
export const SETTABLE_STATUSES: readonly OrderStatus[] = [SHIPPED, AVAILABLE_FOR_PICKUP, DELIVERED];
