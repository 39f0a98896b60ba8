import { OrderFixture } from '../support/order-fixture';
import { RestClient } from '../support/rest-client';
import { orderInRestForm } from '../support/rest-order';

let orders: OrderFixture;
let rest: RestClient;
beforeAll(async () => {
  orders = await OrderFixture.start();
  rest = new RestClient(orders.fixture.app);
});
afterAll(() => orders.stop());

interface Event {
  name: string;
  trackingNumber: object | null;
  note: string | null;
  actor: object;
}

interface Order {
  devices: { id: number }[];
  returnDevices: { id: number }[];
  trackingNumbers: { value: string }[];
  orderEvents: Event[];
}

const get = async (id: string, caller: 'northside' | 'operator' = 'northside') =>
  (await rest.get<Order>(`/order/${id}`, { caller })).body;

const UPS = { carrier: 'UPS', trackingNumber: '1Z-OUT', trackingUrl: 'https://ups.example/1Z-OUT' };

it('each step and each parcel is an event, with its note and actor', async () => {
  await orders.stock();
  const { databaseId: orderId } = await orders.created({ note: 'For Ann' });
  await orders.done('processOrder', { orderId });
  await orders.done('shipOrder', { orderId, parcels: [UPS, { trackingNumber: '1Z-BACK', direction: 'RETURN' }] });
  const order = await get(orderId);
  const out = { carrier: 'UPS', value: '1Z-OUT', trackingUrl: 'https://ups.example/1Z-OUT', direction: 'outbound' };
  const back = { carrier: null, value: '1Z-BACK', trackingUrl: null, direction: 'return' };
  expect(order.trackingNumbers).toEqual([out, back]);
  const staff = { type: 'staff', displayName: 'Impilo' };
  const byCustomer = { type: 'apiKey', displayName: 'Northside demo key' };
  expect(order.orderEvents).toMatchObject([
    { name: 'created', trackingNumber: null, note: 'For Ann', actor: byCustomer },
    { name: 'processed', trackingNumber: null, note: null, actor: staff },
    { name: 'shipped', trackingNumber: null, note: null, actor: staff },
    { name: 'parcelAdded', trackingNumber: out, note: null, actor: staff },
    { name: 'parcelAdded', trackingNumber: back, note: null, actor: staff },
  ]);
  expect(order).toEqual(orderInRestForm((await orders.order(orderId, 'northside'))!));
});

it('operators see the names of platform staff', async () => {
  await orders.stock();
  const { databaseId } = await orders.at('PROCESSED');
  const [, processed] = (await get(databaseId, 'operator')).orderEvents;
  expect(processed).toMatchObject({ name: 'processed', actor: { type: 'staff', displayName: 'Operator demo key' } });
  expect(await get(databaseId, 'operator')).toEqual(orderInRestForm((await orders.order(databaseId, 'operator'))!));
});

it('a replacement has the device that it sends and the device that it expects back', async () => {
  const { fixture } = orders;
  const defective = await fixture.device({ status: 'WITH_PATIENT', holderId: fixture.patients.ann });
  await orders.stock();
  const { databaseId } = await orders.done('replaceDevice', { deviceId: defective.id });
  const order = await get(databaseId);
  expect(order).toMatchObject({ kind: 'replacement', currentStatus: 'processed' });
  expect(order.returnDevices).toMatchObject([{ id: Number(defective.id), currentStatus: 'returning' }]);
  expect(order.devices).toMatchObject([
    { currentStatus: 'inTransit', currentPatient: { id: Number(fixture.patients.ann) } },
  ]);
});

it('lists in an order are bounded: the first 50 devices, and the latest 50 events', async () => {
  const { cuff } = orders.items;
  await orders.emptyStock();
  const stock = await orders.stock(60);
  const siteId = orders.fixture.sites.clinic;
  const { databaseId: orderId } = await orders.at('PROCESSED', { siteId, lines: [{ itemId: cuff, quantity: 60 }] });
  const parcels = Array.from({ length: 60 }, (_, index) => ({ trackingNumber: `PARCEL-${index}` }));
  await orders.done('shipOrder', { orderId, parcels });
  await orders.done('deliverOrder', { orderId });
  const order = await get(orderId);
  expect(order.devices.map(({ id }) => String(id))).toEqual(stock.slice(0, 50).map(({ id }) => id));
  expect(order.trackingNumbers).toHaveLength(60);
  expect(order.orderEvents).toHaveLength(50);
  expect(order.orderEvents.at(-1)).toMatchObject({ name: 'delivered' });
  expect(order.orderEvents.at(0)).toMatchObject({ name: 'parcelAdded' });
});
