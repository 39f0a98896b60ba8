import { defineEnum, type EnumOf } from '../../platform/base/enum';
import { DomainError } from '../../platform/base/errors';

export const OrderStatus = defineEnum(
  'OrderStatus',
  'Status of an order.',
  {
    CREATED: 'Created. No devices are assigned yet. `PROCESSED` or `CANCELLED` may follow.',
    PROCESSED: 'Devices are assigned and ready to leave the warehouse. `SHIPPED` or `CANCELLED` may follow.',
    SHIPPED: 'On its way to the recipient. `AVAILABLE_FOR_PICKUP` or `DELIVERED` may follow.',
    AVAILABLE_FOR_PICKUP: 'Ready for pickup by the recipient. `DELIVERED` may follow.',
    DELIVERED: 'Delivered. No other status follows.',
    CANCELLED: 'Cancelled. Its devices went back to their warehouses. No other status follows.',
  },
  { unknown: 'show an unknown value by its name' },
);
export type OrderStatus = EnumOf<typeof OrderStatus>;

export const OrderKind = defineEnum('OrderKind', 'Kind of an order.', {
  STANDARD: 'Devices for a patient or a site, ordered by `createOrder`.',
  REPLACEMENT: 'A replacement for a defective device that is sent back, ordered by `replaceDevice`.',
});
export type OrderKind = EnumOf<typeof OrderKind>;

export const ParcelDirection = defineEnum(
  'ParcelDirection',
  'Direction of a parcel.',
  {
    OUTBOUND: 'From a warehouse to the recipient.',
    RETURN: 'Back to a warehouse.',
  },
  { closed: true },
);
export type ParcelDirection = EnumOf<typeof ParcelDirection>;

export const ReturnOutcome = defineEnum(
  'ReturnOutcome',
  'What happens to a device that came back.',
  {
    RESTOCK: 'The device goes back to stock: it becomes `AVAILABLE`.',
    DECOMMISSION: 'The device is taken out of use: it becomes `DECOMMISSIONED`.',
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
  const possible = following.length === 0 ? 'Its status is final' : `It can become ${following.join(' or ')}`;
  throw new DomainError('ORDER_STATUS_NOT_ALLOWED', `The order is ${current} and cannot become ${next}. ${possible}.`);
}

/** Whether an order has left the warehouse. */
export const hasLeft = (status: OrderStatus): boolean =>
  [SHIPPED, AVAILABLE_FOR_PICKUP, DELIVERED].some((one) => one === status);
