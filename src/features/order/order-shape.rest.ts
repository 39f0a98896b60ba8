import { z } from 'zod';
import { toCamelCase } from '../../platform/base/camel-case';
import { defineLimit } from '../../platform/base/limit';
import { Actor, toActor } from '../../platform/graphql/actor.rest';
import { Address, toAddress } from '../../platform/graphql/address.rest';
import { childConnection, type ChildList, type ListRequest } from '../../platform/list/connection';
import type { RestCall } from '../../platform/rest/rest-call';
import { id, integer, shape, text, time, words } from '../../platform/rest/shapes';
import { Device, toDevice } from '../device/device.shapes';
import { itemById } from '../item/item.list';
import { Item, toItem } from '../item/item.rest';
import { patientById } from '../patient/patient.list';
import { Patient, toPatient } from '../patient/patient.rest';
import { siteById } from '../site/site.list';
import { Site, toSite } from '../site/site.rest';
import type { OrderEventEntity } from './order-event.entity';
import type { OrderLineEntity } from './order-line.entity';
import { devicesOfOrder, eventsOfOrder, returnDevicesOfOrder } from './order-parts.list';
import { OrderKind, OrderStatus, ParcelDirection } from './order-status';
import type { OrderEntity, ParcelValue } from './order.entity';
import { linesByOrder } from './order.repository';

/** A page of 250 orders must stay bounded. */
const MAX_PARTS = defineLimit('devices and events of an order in REST', {
  value: 50,
  unit: 'objects',
  description:
    'Each of `devices`, `returnDevices` and `orderEvents` has at most that many entries; GraphQL has the whole lists.',
});

const OrderItem = shape('OrderItem', 'A line of an order: a number of units of one item.', {
  item: Item,
  count: integer('Number of requested units.'),
});

const TrackingNumber = shape('TrackingNumber', 'A parcel of an order, by its tracking number.', {
  carrier: text('Name of the carrier. Null when it is unknown.').nullable(),
  value: text('Tracking number from the carrier.'),
  trackingUrl: text('Tracking page of the parcel, always an https URL. Null when none was given.').nullable(),
  direction: words(
    ParcelDirection,
    'Direction of the parcel: `outbound` to the recipient, or `return` to a warehouse.',
  ),
});

const EVENT_NAMES = { ...OrderStatus, PARCEL_ADDED: 'PARCEL_ADDED' } as const;

const OrderEvent = shape('OrderEvent', 'An event of an order.', {
  name: words(
    EVENT_NAMES,
    'What happened: the new status of the order, or `parcelAdded`, the addition of a parcel. Values may be added.',
  ),
  eventTimestamp: time('Time of the event.'),
  trackingNumber: TrackingNumber.nullable().describe('Parcel that was added. Null for other events.'),
  note: text('Note of the caller. Null when none was given.').nullable(),
  actor: Actor,
});

export const Order = shape(
  'Order',
  'An order: a request to send devices from the stock of the customer to one patient or one site.',
  {
    id: id('Id of the order.'),
    externalOrderIds: z
      .array(text('An identifier.'))
      .max(1)
      .describe("The customer's own identifier of the order: one entry, or none when it was not given."),
    kind: words(
      OrderKind,
      'Kind of the order: `standard`, or `replacement` for a defective device that is sent back. Values may be added.',
    ),
    currentStatus: words(OrderStatus, 'Current status of the order. Values may be added.'),
    patient: Patient.nullable().describe('Patient who receives the order. Null for an order to a site.'),
    site: Site.nullable().describe('Site that receives the order. Null for an order to a patient.'),
    shipTo: Address.nullable().describe(
      'Address of the recipient when the order was created. Null when there was none.',
    ),
    orderItems: z.array(OrderItem).describe('Requested items, in the order of the request: 1 to 100.'),
    devices: z
      .array(Device)
      .max(MAX_PARTS)
      .describe(
        `Devices that were assigned when the order was processed, in their current state: the first ${MAX_PARTS}. The counts of the items tell how many there are.`,
      ),
    returnDevices: z
      .array(Device)
      .max(MAX_PARTS)
      .describe(`Devices that are sent back to a warehouse, in their current state: the first ${MAX_PARTS}.`),
    trackingNumbers: z
      .array(TrackingNumber)
      .describe('Parcels in both directions, in the order in which they were added. At most 1,000.'),
    orderEvents: z
      .array(OrderEvent)
      .max(MAX_PARTS)
      .describe(`Events of the order, oldest first: the latest ${MAX_PARTS}.`),
    customerId: id('Id of the customer of the order.'),
    createdAt: time('Time at which the order was created.'),
    updatedAt: time('Time of the latest change of the order.'),
    version: integer('Version of the order. Each change increments it by one.'),
  },
);

export async function toOrder(call: RestCall, order: OrderEntity): Promise<z.infer<typeof Order>> {
  const { customerId, patientId, siteId, externalOrderId, shipTo, createdAt, updatedAt } = order;
  const { loaders } = call.ctx;
  // Every order waits for the same parts before it reads more, so that all orders of a page share the statements.
  const [lines, devices, returnDevices, events] = await Promise.all([
    loaders.load(linesByOrder, { customerId, id: order.id }),
    partOf(call, devicesOfOrder, order, { first: MAX_PARTS }),
    partOf(call, returnDevicesOfOrder, order, { first: MAX_PARTS }),
    partOf(call, eventsOfOrder, order, { last: MAX_PARTS }),
  ]);
  const [patient, site, items, sent, returned] = await Promise.all([
    patientId === null ? null : loaders.load(patientById, patientId),
    siteId === null ? null : loaders.load(siteById, siteId),
    Promise.all(lines.map((line) => toOrderItem(call, line))),
    Promise.all(devices.map((device) => toDevice(call, device))),
    Promise.all(returnDevices.map((device) => toDevice(call, device))),
  ]);
  return {
    id: Number(order.id),
    externalOrderIds: externalOrderId === null ? [] : [externalOrderId],
    kind: toCamelCase(order.kind),
    currentStatus: toCamelCase(order.currentStatus),
    patient: patient && toPatient(patient),
    site: site && toSite(site),
    shipTo: shipTo && toAddress(shipTo),
    orderItems: items,
    devices: sent,
    returnDevices: returned,
    trackingNumbers: order.parcels.map(toTrackingNumber),
    orderEvents: events.map((event) => toOrderEvent(call, event)),
    customerId: Number(customerId),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    version: order.version,
  };
}

function partOf<Row extends { id: string }>(
  { ctx }: RestCall,
  list: ChildList<Row>,
  { customerId, id: orderId }: OrderEntity,
  page: ListRequest,
): Promise<Row[]> {
  return childConnection(ctx, list, { customerId, id: orderId }, page).nodes();
}

async function toOrderItem(
  { ctx: { loaders } }: RestCall,
  { itemId, quantity }: OrderLineEntity,
): Promise<z.infer<typeof OrderItem>> {
  return { item: toItem((await loaders.load(itemById, itemId))!), count: quantity };
}

function toTrackingNumber({
  carrier,
  trackingNumber,
  trackingUrl,
  direction,
}: ParcelValue): z.infer<typeof TrackingNumber> {
  return { carrier, value: trackingNumber, trackingUrl, direction: toCamelCase(direction) };
}

function toOrderEvent(
  { ctx }: RestCall,
  { status, occurredAt, parcel, note, actorKind, actorLabel }: OrderEventEntity,
): z.infer<typeof OrderEvent> {
  return {
    name: toCamelCase(status ?? EVENT_NAMES.PARCEL_ADDED),
    eventTimestamp: occurredAt.toISOString(),
    trackingNumber: parcel && toTrackingNumber(parcel),
    note,
    actor: toActor(ctx, { kind: actorKind, label: actorLabel }),
  };
}
