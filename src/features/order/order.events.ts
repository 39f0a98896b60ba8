import type { NewEvent } from '../../platform/event/outbox';
import { ActorKind } from '../../platform/access/actor';
import { toActorMessage } from '../../platform/access/actor-message';
import type { EventMessage, MessagesOfEvents } from '../../platform/event/event-message';
import { toCamelCase } from '../../platform/base/camel-case';
import type { OrderEventEntity } from './order-event.entity';
import { OrderKind, OrderStatus } from './order-status';
import type { OrderLine } from './order-writing.repository';
import type { OrderEntity } from './order.entity';

export const ORDER_STATUS = 'order.status';
export const ORDER_STATUS_FULL = 'order.statusFull';

/** What an order consists of when it changes. */
export interface OrderParts {
  items: readonly OrderLine[];
  deviceIds: readonly string[];
  returnDeviceIds: readonly string[];
}

type Step = Pick<OrderEventEntity, 'status' | 'note' | 'byKind' | 'byLabel'> & { at: Date | string };

/** What happened to an order, as it is told; both messages are written with the event, since the order moves on. */
function toStep({ status, note, at, byKind, byLabel }: Step) {
  return { status: toCamelCase(status), at, note, by: toActorMessage(byKind, byLabel) };
}

type OrderSnapshot = Omit<OrderEntity, 'customerId' | 'createdAt' | 'updatedAt'> & {
  createdAt: Date | string;
  updatedAt: Date | string;
};

function toOrder(order: OrderSnapshot, step: Step, parts: OrderParts): Record<string, unknown> {
  const { id, patientId, siteId, externalOrderId, shipTo, note, createdAt, updatedAt } = order;
  return {
    id,
    kind: toCamelCase(order.kind),
    currentStatus: toCamelCase(step.status),
    patientId,
    siteId,
    externalOrderId,
    shipTo,
    trackingNumbers: order.trackingNumbers.map((number) => ({ ...number, leg: toCamelCase(number.leg) })),
    note,
    createdAt,
    updatedAt,
    ...parts,
    event: toStep(step),
  };
}

/** The two events of each step of an order: its id and what happened, and the whole order as it is then. */
export function orderChanged(order: OrderEntity, steps: readonly OrderEventEntity[], parts: OrderParts): NewEvent[] {
  const { customerId, id } = order;
  return steps.flatMap((step): NewEvent[] => [
    { customerId, type: ORDER_STATUS, payload: { orderId: id, event: toStep(step) } },
    { customerId, type: ORDER_STATUS_FULL, payload: toOrder(order, step, parts) },
  ]);
}

/** What events of orders tell the outside: their payload as it is. */
export const ORDER_MESSAGES: MessagesOfEvents = {
  [ORDER_STATUS]: (payload) => [{ type: ORDER_STATUS, payload }],
  [ORDER_STATUS_FULL]: (payload) => [{ type: ORDER_STATUS_FULL, payload }],
};

const SAMPLE_STEP: Step = {
  status: OrderStatus.SHIPPED,
  at: '2026-01-02T15:04:05.000Z',
  note: null,
  byKind: ActorKind.SYSTEM,
  byLabel: 'Test delivery',
};

const SAMPLE_ORDER: OrderSnapshot = {
  id: '1',
  kind: OrderKind.STANDARD,
  currentStatus: OrderStatus.SHIPPED,
  patientId: '1',
  siteId: null,
  externalOrderId: null,
  shipTo: null,
  trackingNumbers: [],
  note: null,
  createdAt: '2026-01-01T15:04:05.000Z',
  updatedAt: '2026-01-02T15:04:05.000Z',
};

/** What a test delivery of each type tells: of an order that is not there. */
export const ORDER_SAMPLES: readonly EventMessage[] = [
  { type: ORDER_STATUS, payload: { orderId: '1', event: toStep(SAMPLE_STEP) } },
  {
    type: ORDER_STATUS_FULL,
    payload: toOrder(SAMPLE_ORDER, SAMPLE_STEP, {
      items: [{ itemId: '1', count: 1 }],
      deviceIds: ['1'],
      returnDeviceIds: [],
    }),
  },
];
