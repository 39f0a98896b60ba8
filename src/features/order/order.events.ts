import type { NewEvent } from '../../platform/event/outbox';
import { ActorKind, toActorMessage } from '../../platform/access/actor';
import { defineEvent } from '../../platform/event/event-catalogue';
import { toCamelCase } from '../../platform/base/camel-case';
import type { OrderEventEntity } from './order-event.entity';
import { OrderKind, OrderStatus } from './order-status';
import type { NewOrderLine } from './order.repository';
import type { OrderEntity } from './order.entity';

/** What an order consists of when it changes. */
export interface OrderParts {
  lines: readonly NewOrderLine[];
  deviceIds: readonly string[];
  returnDeviceIds: readonly string[];
}

type Step = Pick<OrderEventEntity, 'status' | 'note' | 'actorKind' | 'actorLabel'> & { occurredAt: Date | string };

function toStep({ status, note, occurredAt, actorKind, actorLabel }: Step) {
  return { status: toCamelCase(status), occurredAt, note, actor: toActorMessage(actorKind, actorLabel) };
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

const SAMPLE_STEP: Step = {
  status: OrderStatus.SHIPPED,
  occurredAt: '2026-01-02T15:04:05.000Z',
  note: null,
  actorKind: ActorKind.SYSTEM,
  actorLabel: 'Test delivery',
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

/** Until this release the members of a step were named `at` and `by`, and an actor had a kind and a label. */
function upgrade(payload: Record<string, unknown>): Record<string, unknown> {
  const { at, by, ...step } = payload.event as { at?: string; by?: { kind: string; label: string } };
  if (!by) return payload;
  const actor = { type: by.kind === 'operator' ? 'staff' : by.kind, displayName: by.label };
  return { ...payload, event: { ...step, occurredAt: at, actor } };
}

/** Messages are their payloads as they are, written with the event: the order moves on. */
export const ORDER_EVENTS = {
  status: defineEvent({
    type: 'order.status',
    upgrade,
    description: "An order's status changed, with the order's id and the event",
    sample: { orderId: '1', event: toStep(SAMPLE_STEP) },
  }),
  statusFull: defineEvent({
    type: 'order.statusFull',
    upgrade,
    description: "An order's status changed, with the whole order",
    sample: toOrder(SAMPLE_ORDER, SAMPLE_STEP, {
      lines: [{ itemId: '1', quantity: 1 }],
      deviceIds: ['1'],
      returnDeviceIds: [],
    }),
  }),
};

/** The two events of each step of an order: its id and what happened, and the whole order as it is then. */
export function orderChanged(order: OrderEntity, steps: readonly OrderEventEntity[], parts: OrderParts): NewEvent[] {
  const { customerId, id } = order;
  return steps.flatMap((step): NewEvent[] => [
    ORDER_EVENTS.status.create(customerId, { orderId: id, event: toStep(step) }),
    ORDER_EVENTS.statusFull.create(customerId, toOrder(order, step, parts)),
  ]);
}
