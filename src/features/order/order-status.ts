import { defineEnum, type EnumOf } from '../../platform/base/enum';
import { DomainError } from '../../platform/base/errors';

export const OrderStatus = defineEnum(
  'OrderStatus',
  'The step that an order has reached.',
  {
    CREATED: 'Asked for; no devices are assigned yet. PROCESSED or CANCELLED may follow.',
    PROCESSED: 'Devices are assigned and ready to leave the warehouse. SHIPPED or CANCELLED may follow.',
    SHIPPED: 'On its way. AVAILABLE_FOR_PICKUP or DELIVERED may follow.',
    AVAILABLE_FOR_PICKUP: 'Waits where the recipient can fetch it. DELIVERED may follow.',
    DELIVERED: 'Arrived. No other step follows.',
    CANCELLED: 'Called off; its devices went back to their warehouses. No other step follows.',
  },
  { unknown: 'show an unknown value by its name' },
);
export type OrderStatus = EnumOf<typeof OrderStatus>;

export const OrderKind = defineEnum('OrderKind', 'Why an order was made.', {
  STANDARD: 'Somebody ordered devices.',
  REPLACEMENT: 'A defective device is exchanged: another one is sent, it is sent back.',
});
export type OrderKind = EnumOf<typeof OrderKind>;

export const ParcelDirection = defineEnum(
  'ParcelDirection',
  'The way of a parcel.',
  {
    OUTBOUND: 'From a warehouse to the recipient.',
    RETURN: 'Back to a warehouse.',
  },
  { closed: true },
);
export type ParcelDirection = EnumOf<typeof ParcelDirection>;

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

/** Statuses that may follow each status. Source: docs/glossary.md#orders. */
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

/** Whether an order has left the warehouse. */
export const hasLeft = (status: OrderStatus): boolean =>
  [SHIPPED, AVAILABLE_FOR_PICKUP, DELIVERED].some((one) => one === status);
