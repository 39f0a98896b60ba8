import { DomainError } from '../../platform/base/errors';
import { UserErrorCode } from '../../platform/base/user-error-code';

export enum OrderStatus {
  CREATED = 'CREATED',
  PROCESSED = 'PROCESSED',
  SHIPPED = 'SHIPPED',
  AVAILABLE_FOR_PICKUP = 'AVAILABLE_FOR_PICKUP',
  DELIVERED = 'DELIVERED',
  CANCELLED = 'CANCELLED',
}

export enum OrderKind {
  STANDARD = 'STANDARD',
  REPLACEMENT = 'REPLACEMENT',
}

export enum ShipmentLeg {
  OUTBOUND = 'OUTBOUND',
  RETURN = 'RETURN',
}

export enum ReturnOutcome {
  RESTOCK = 'RESTOCK',
  DECOMMISSION = 'DECOMMISSION',
}

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
export function assertFollows(current: OrderStatus, next: OrderStatus, path: string[]): void {
  if (FOLLOWING[current].includes(next)) return;
  const following = FOLLOWING[current];
  const possible = following.length === 0 ? 'that is its last status' : `it can become ${following.join(' or ')}`;
  throw new DomainError(
    UserErrorCode.ORDER_STATUS_NOT_ALLOWED,
    `The order is ${current} and cannot become ${next}: ${possible}.`,
    path,
  );
}

/** The statuses that are set by hand; the others come with processing and cancelling. */
export const SETTABLE_STATUSES: readonly OrderStatus[] = [SHIPPED, AVAILABLE_FOR_PICKUP, DELIVERED];
