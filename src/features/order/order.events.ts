import type { NewEvent } from '../../platform/event/outbox';
import { ActorKind, toActorMessage } from '../../platform/access/actor';
import { defineEvent, type Stored } from '../../platform/event/event-catalog';
import { toCamelCase } from '../../platform/base/camel-case';
import {
  isParcelAdded,
  isStatusChange,
  type OrderEventEntity,
  type ParcelAddedRow,
  type StatusChangeRow,
} from './order-event.entity';
import { OrderKind, OrderStatus, ParcelDirection } from './order-status';
import type { NewOrderLine } from './order.repository';
import type { OrderEntity, ParcelValue } from './order.entity';

/** Lines and devices of an order when its status changes. */
export interface OrderParts {
  lines: readonly NewOrderLine[];
  deviceIds: readonly string[];
  returnDeviceIds: readonly string[];
}

type Snapshot<Row> = Row | Stored<Row>;

function toEvent({ id, occurredAt, note, actorKind, actorLabel }: Snapshot<OrderEventEntity>) {
  return { id, occurredAt, actor: toActorMessage(actorKind, actorLabel), note };
}

function toStatusChange(event: Snapshot<StatusChangeRow>) {
  const previousStatus = event.previousStatus && toCamelCase(event.previousStatus);
  return { ...toEvent(event), previousStatus, status: toCamelCase(event.status) };
}

function toParcel(parcel: ParcelValue) {
  return { ...parcel, direction: toCamelCase(parcel.direction) };
}

const toParcelAdded = (event: Snapshot<ParcelAddedRow>) => ({ ...toEvent(event), parcel: toParcel(event.parcel) });

function toOrder(
  order: Snapshot<OrderEntity>,
  change: Snapshot<StatusChangeRow>,
  parts: OrderParts,
): Record<string, unknown> {
  const { id, version, patientId, siteId, externalOrderId, shipTo, createdAt, updatedAt } = order;
  return {
    id,
    version,
    kind: toCamelCase(order.kind),
    // One call may write several steps. Each message has the status after its own step.
    currentStatus: toCamelCase(change.status),
    patientId,
    siteId,
    externalOrderId,
    shipTo,
    parcels: order.parcels.map(toParcel),
    createdAt,
    updatedAt,
    ...parts,
    event: toStatusChange(change),
  };
}

const SAMPLE_EVENT = {
  customerId: '0',
  id: '1',
  orderId: '1',
  note: null,
  occurredAt: '2026-01-02T15:04:05.000Z',
  actorKind: ActorKind.SYSTEM,
  actorLabel: 'Test delivery',
  actorApiKeyId: null,
};

const SAMPLE_CHANGE: Stored<StatusChangeRow> = {
  ...SAMPLE_EVENT,
  __typename: 'OrderStatusChange',
  previousStatus: OrderStatus.PROCESSED,
  status: OrderStatus.SHIPPED,
  parcel: null,
};

const SAMPLE_PARCEL: Stored<ParcelAddedRow> = {
  ...SAMPLE_EVENT,
  __typename: 'OrderParcelAdded',
  previousStatus: null,
  status: null,
  parcel: {
    carrier: 'UPS',
    trackingNumber: '1Z9999999999999999',
    trackingUrl: 'https://www.ups.com/track?tracknum=1Z9999999999999999',
    direction: ParcelDirection.OUTBOUND,
  },
};

const SAMPLE_ORDER: Stored<OrderEntity> = {
  customerId: '0',
  id: '1',
  version: 3,
  kind: OrderKind.STANDARD,
  currentStatus: OrderStatus.SHIPPED,
  patientId: '1',
  siteId: null,
  externalOrderId: null,
  shipTo: null,
  parcels: [],
  createdAt: '2026-01-01T15:04:05.000Z',
  updatedAt: '2026-01-02T15:04:05.000Z',
};

/** Earlier releases named the members of a step `at` and `by`, and an actor had a kind and a label. */
function upgrade(payload: Record<string, unknown>): Record<string, unknown> {
  const { at, by, ...step } = payload.event as { at?: string; by?: { kind: string; label: string } };
  if (!by) return payload;
  const actor = { type: by.kind === 'operator' ? 'staff' : by.kind, displayName: by.label };
  return { ...payload, event: { ...step, occurredAt: at, actor } };
}

/** Each payload is the message itself, complete when the event is written, because the order changes later. */
export const ORDER_EVENTS = {
  status: defineEvent({
    type: 'order.status',
    upgrade,
    description: 'The status of an order changed. The payload has the id of the order and the event',
    sample: { orderId: '1', event: toStatusChange(SAMPLE_CHANGE) },
  }),
  statusFull: defineEvent({
    type: 'order.statusFull',
    upgrade,
    description: 'The status of an order changed. The payload has the whole order and the event',
    sample: toOrder(SAMPLE_ORDER, SAMPLE_CHANGE, {
      lines: [{ itemId: '1', quantity: 1 }],
      deviceIds: ['1'],
      returnDeviceIds: [],
    }),
  }),
  parcelAdded: defineEvent({
    type: 'order.parcelAdded',
    description: 'A parcel was added to an order. The payload has the id of the order and the event',
    sample: { orderId: '1', event: toParcelAdded(SAMPLE_PARCEL) },
  }),
};

/**
 * Events for history rows of an order: `order.status` and `order.statusFull` for each status change, `order.parcelAdded` for
 * each parcel.
 *
 * @param parts required if a row is a status change
 */
export function toOrderEvents(
  order: OrderEntity,
  recorded: readonly OrderEventEntity[],
  parts?: OrderParts,
): NewEvent[] {
  const { customerId, id: orderId } = order;
  const { status, statusFull, parcelAdded } = ORDER_EVENTS;
  return recorded.flatMap((event): NewEvent[] => {
    if (isParcelAdded(event)) return [parcelAdded.create(customerId, { orderId, event: toParcelAdded(event) })];
    if (!isStatusChange(event) || !parts)
      throw new Error(`There is no message for an event of type ${event.__typename}.`);
    return [
      status.create(customerId, { orderId, event: toStatusChange(event) }),
      statusFull.create(customerId, toOrder(order, event, parts)),
    ];
  });
}
