import type { OrderEventResult, OrderResult, ParcelResult } from './order-fixture';

const ACTOR_TYPES: Readonly<Record<string, string>> = {
  ApiKeyActor: 'apiKey',
  UserActor: 'user',
  StaffActor: 'staff',
  SystemActor: 'system',
};

const toCamelCase = (name: string): string =>
  name.toLowerCase().replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase());
const numberOf = ({ databaseId }: { databaseId: string }) => Number(databaseId);
const withId = (node: { databaseId: string } | null): unknown =>
  node && (expect.objectContaining({ id: numberOf(node) }) as unknown);

const parcelInRestForm = ({ trackingNumber, direction, ...parcel }: ParcelResult) => ({
  ...parcel,
  value: trackingNumber,
  direction: toCamelCase(direction),
});

const eventInRestForm = ({ occurredAt, note, actor, status, parcel }: OrderEventResult) => ({
  name: status === undefined ? 'parcelAdded' : toCamelCase(status),
  eventTimestamp: occurredAt,
  trackingNumber: parcel ? parcelInRestForm(parcel) : null,
  note,
  actor: { type: ACTOR_TYPES[actor.__typename], displayName: actor.displayName },
});

/** What REST returns for an order as GraphQL returns it. Of other objects, the ids. */
export function orderInRestForm(order: OrderResult): Record<string, unknown> {
  const { version, shipTo, createdAt, updatedAt, externalOrderId, devices, returnDevices } = order;
  return {
    id: numberOf(order),
    externalOrderIds: externalOrderId === null ? [] : [externalOrderId],
    kind: toCamelCase(order.kind),
    currentStatus: toCamelCase(order.currentStatus),
    patient: withId(order.patient),
    site: withId(order.site),
    shipTo,
    orderItems: order.lines.map(({ item, quantity }) => ({ item: withId(item), count: quantity })),
    devices: devices.map(withId),
    returnDevices: returnDevices.map(withId),
    trackingNumbers: order.parcels.map(parcelInRestForm),
    orderEvents: order.events.map(eventInRestForm),
    customerId: numberOf(order.customer),
    createdAt,
    updatedAt,
    version,
  };
}
