import { globalId } from '../support/global-id';
import { Subscriber } from '../support/subscriber';
import { expectConsistentOrder, expectDevices, NOWHERE } from '../support/order-history';
import { OrderFixture } from '../support/order-fixture';
import { codeOf } from '../support/rival';

let orders: OrderFixture;
beforeAll(async () => {
  orders = await OrderFixture.start({ instances: 2 });
});
beforeEach(() => orders.emptyStock());
afterAll(() => orders.stop());

const NORTHSIDE_KEY = { __typename: 'ApiKeyActor', displayName: 'Northside demo key' };

const withAnn = () => orders.fixture.device({ status: 'WITH_PATIENT', holderId: orders.fixture.patients.ann });

describe('replaceDevice', () => {
  it('sends the device of a patient back and another device of its item to the patient', async () => {
    const { ann } = orders.fixture.patients;
    const { cuff } = orders.items;
    await orders.stock(1, { itemId: orders.items.scale });
    const [spare, later] = await orders.stock(2);
    const { id } = await withAnn();

    const { order, defectiveDevice, replacementDevice, userErrors } = await orders.call('replaceDevice', {
      deviceId: id,
      note: ' does not turn on ',
    });

    expect(userErrors).toEqual([]);
    const back = { databaseId: id, currentStatus: 'RETURNING', version: 2, patient: null, site: null };
    const sent = {
      databaseId: spare!.id,
      currentStatus: 'IN_TRANSIT',
      version: 2,
      patient: { databaseId: ann },
      site: null,
    };
    expect([defectiveDevice, replacementDevice]).toEqual([back, sent]);
    const step = {
      __typename: 'OrderStatusChange',
      occurredAt: order!.updatedAt,
      note: 'does not turn on',
      actor: NORTHSIDE_KEY,
    };
    expect(order).toEqual({
      id: globalId('Order', order!.databaseId),
      databaseId: order!.databaseId,
      customer: { databaseId: '1' },
      kind: 'REPLACEMENT',
      currentStatus: 'PROCESSED',
      patient: { databaseId: ann },
      site: null,
      lines: [{ item: { databaseId: cuff }, quantity: 1 }],
      devices: [sent],
      returnDevices: [back],
      events: [
        { previousStatus: null, status: 'CREATED', ...step },
        { previousStatus: 'CREATED', status: 'PROCESSED', ...step },
      ],
      externalOrderId: null,
      shipTo: null,
      parcels: [],
      version: 1,
      createdAt: order!.createdAt,
      updatedAt: order!.updatedAt,
    });
    await expectDevices(orders, {
      [id]: { ...NOWHERE, status: 'RETURNING', onReturnLeg: true, version: 2 },
      [spare!.id]: { ...NOWHERE, status: 'IN_TRANSIT', holderId: ann, inOrder: true, version: 2 },
      [later!.id]: { ...NOWHERE, status: 'AVAILABLE', siteId: orders.fixture.sites.warehouse, version: 1 },
    });
  });

  it('writes events for both devices and both steps of the order', async () => {
    const { ann } = orders.fixture.patients;
    const [spare] = await orders.stock();
    const { id } = await withAnn();

    const order = await orders.done('replaceDevice', { deviceId: id, note: 'broken' });

    expect(await orders.fixture.events(id)).toMatchObject([
      {
        type: 'device.statusChanged',
        payload: { previousStatus: 'WITH_PATIENT', status: 'RETURNING', reason: 'REPLACED', note: 'broken' },
      },
      { type: 'device.associationRemoved', payload: { patientId: ann } },
    ]);
    expect(await orders.fixture.events(spare!.id)).toMatchObject([
      {
        type: 'device.statusChanged',
        payload: { previousStatus: 'AVAILABLE', status: 'IN_TRANSIT', reason: 'ORDER_PROCESSED', note: 'broken' },
      },
      { type: 'device.associationCreated', payload: { patientId: ann } },
    ]);
    expect(await orders.eventsOf(order.databaseId)).toMatchObject([
      { type: 'order.status', payload: { event: { status: 'created' } } },
      { type: 'order.statusFull', payload: { kind: 'replacement', currentStatus: 'created' } },
      { type: 'order.status', payload: { event: { status: 'processed' } } },
      {
        type: 'order.statusFull',
        payload: {
          kind: 'replacement',
          currentStatus: 'processed',
          patientId: ann,
          lines: [{ itemId: orders.items.cuff, quantity: 1 }],
          deviceIds: [spare!.id],
          returnDeviceIds: [id],
        },
      },
    ]);
    await expectConsistentOrder(orders, order.databaseId);
  });

  it('sends the device of a site back and another device to the site', async () => {
    const { clinic } = orders.fixture.sites;
    const [spare] = await orders.stock();
    const { id, serial } = await orders.fixture.freeDevice();

    const order = await orders.done('replaceDevice', { deviceIdentifier: serial });

    expect(order).toMatchObject({ kind: 'REPLACEMENT', patient: null, site: { databaseId: clinic } });
    await expectDevices(orders, {
      [id]: { ...NOWHERE, status: 'RETURNING', onReturnLeg: true, version: 2 },
      [spare!.id]: { ...NOWHERE, status: 'IN_TRANSIT', inOrder: true, version: 2 },
    });
    for (const step of ['shipOrder', 'deliverOrder'] as const) await orders.done(step, { orderId: order.databaseId });
    await expectDevices(orders, {
      [id]: { ...NOWHERE, status: 'RETURNING', onReturnLeg: true, version: 2 },
      [spare!.id]: { ...NOWHERE, status: 'AVAILABLE_AT_SITE', siteId: clinic, version: 3 },
    });
  });

  it('sends the new device to the patient if the defective one has a patient and a site', async () => {
    const { patients, sites } = orders.fixture;
    const [spare] = await orders.stock();
    const { id } = await orders.fixture.device({
      status: 'WITH_PATIENT',
      holderId: patients.ann,
      siteId: sites.clinic,
    });

    const order = await orders.done('replaceDevice', { deviceId: id });

    expect(order).toMatchObject({ patient: { databaseId: patients.ann }, site: null });
    await expectDevices(orders, {
      [id]: { ...NOWHERE, status: 'RETURNING', onReturnLeg: true, version: 2 },
      [spare!.id]: { ...NOWHERE, status: 'IN_TRANSIT', holderId: patients.ann, inOrder: true, version: 2 },
    });
  });

  it("copies the recipient's address into the order", async () => {
    const patientId = await orders.fixture.patient();
    await orders.fixture.sql(`update patient set address = '{"city": "Boise", "zipCode": "83702"}' where id = $1`, [
      patientId,
    ]);
    await orders.stock();
    const { id } = await orders.fixture.device({ status: 'WITH_PATIENT', holderId: patientId });

    const { shipTo } = await orders.done('replaceDevice', { deviceId: id });

    expect(shipTo).toMatchObject({ lineOne: null, city: 'Boise', zipCode: '83702' });
  });

  it("shows the new device in the patient's list at once, and no longer the old one", async () => {
    const patientId = await orders.fixture.patient();
    const { id } = await orders.fixture.device({ status: 'WITH_PATIENT', holderId: patientId });
    const [spare] = await orders.stock();
    const list = async (instance: number) => {
      const { patient } = await orders.fixture.app.data(
        'northside',
        `query ($id: ID!) { patient(id: $id) { devices { totalCount nodes { databaseId currentStatus } }
           associations { nodes { device { databaseId } endedAt } } orders { nodes { databaseId kind } } } }`,
        { id: patientId },
        instance,
      );
      return patient as {
        devices: object;
        associations: { nodes: { device: object; endedAt: string | null }[] };
        orders: object;
      };
    };
    expect((await list(0)).devices).toEqual({
      totalCount: 1,
      nodes: [{ databaseId: id, currentStatus: 'WITH_PATIENT' }],
    });

    const order = await orders.done('replaceDevice', { deviceId: id });

    const [, change] = await orders.fixture.changes(id);
    for (const instance of [0, 1]) {
      expect(await list(instance)).toEqual({
        devices: { totalCount: 1, nodes: [{ databaseId: spare!.id, currentStatus: 'IN_TRANSIT' }] },
        associations: {
          nodes: [
            { device: { databaseId: spare!.id }, endedAt: null },
            { device: { databaseId: id }, endedAt: (change!.changed_at as Date).toISOString() },
          ],
        },
        orders: { nodes: [{ databaseId: order.databaseId, kind: 'REPLACEMENT' }] },
      });
    }
  });

  it('notifies subscribers of both devices, on another instance, and of one patient', async () => {
    const { app, patients } = orders.fixture;
    const [spare] = await orders.stock();
    const { id } = await withAnn();
    const { streamCursor: after } = await app.data('northside', '{ streamCursor }');
    const document = `subscription ($after: String!, $filter: DeviceStatusChangeFilter) {
      deviceStatusChanged(after: $after, filter: $filter) {
        change { status reason device { databaseId } patient { databaseId } previousPatient { databaseId } } } }`;
    const filter = { patientIds: [patients.ann] };
    const subscriber = new Subscriber(app.urls[1]!, 'northside', document, { after, filter });

    await orders.done('replaceDevice', { deviceId: id });

    await subscriber.count(2);
    await subscriber.stop();
    const ann = { databaseId: patients.ann };
    expect(subscriber.received.map(({ data }) => (data!.deviceStatusChanged as { change: unknown }).change)).toEqual([
      { status: 'RETURNING', reason: 'REPLACED', device: { databaseId: id }, patient: null, previousPatient: ann },
      {
        status: 'IN_TRANSIT',
        reason: 'ORDER_PROCESSED',
        device: { databaseId: spare!.id },
        patient: ann,
        previousPatient: null,
      },
    ]);
  });

  it('creates the order for the customer of the device when an operator calls it', async () => {
    const { lakeview } = orders.fixture.customers;
    await orders.stock();
    const [spare] = await orders.stock(1, { customerId: lakeview });
    const { id } = await orders.fixture.device({
      status: 'AVAILABLE_AT_SITE',
      customerId: lakeview,
      siteId: orders.fixture.sites.lakeview,
    });

    const order = await orders.done('replaceDevice', { deviceId: id }, 'operator');

    expect(order).toMatchObject({
      customer: { databaseId: lakeview },
      site: { databaseId: orders.fixture.sites.lakeview },
      devices: [{ databaseId: spare!.id }],
      returnDevices: [{ databaseId: id }],
      events: [
        { status: 'CREATED', actor: { __typename: 'StaffActor', displayName: 'Operator demo key' } },
        { status: 'PROCESSED', actor: { __typename: 'StaffActor', displayName: 'Operator demo key' } },
      ],
    });
  });

  it('continues to the delivery of the new device and the return of the old one', async () => {
    const { ann } = orders.fixture.patients;
    const { warehouse } = orders.fixture.sites;
    const [spare] = await orders.stock();
    const { id } = await withAnn();
    const { databaseId: orderId } = await orders.done('replaceDevice', { deviceId: id });

    for (const step of ['shipOrder', 'deliverOrder'] as const) await orders.done(step, { orderId });
    const input = { deviceId: id, siteId: warehouse, outcome: 'DECOMMISSION' };
    expect(codeOf(await orders.call('receiveReturn', input))).toBe('OK');

    await expectDevices(orders, {
      [id]: { ...NOWHERE, status: 'DECOMMISSIONED', siteId: warehouse, version: 3 },
      [spare!.id]: { ...NOWHERE, status: 'WITH_PATIENT', holderId: ann, version: 3 },
    });
    const order = await expectConsistentOrder(orders, orderId);
    expect(order.returnDevices).toMatchObject([{ databaseId: id, currentStatus: 'DECOMMISSIONED' }]);
  });
});

describe('replaceDevice for a device on its return leg', () => {
  it('returns the existing order, and changes nothing', async () => {
    await orders.stock(2);
    const { id, serial } = await withAnn();
    const first = await orders.call('replaceDevice', { deviceId: id, expectedVersion: 1 });

    for (const input of [{ deviceId: id }, { deviceIdentifier: serial, expectedVersion: 1, note: 'again' }]) {
      expect(await orders.expectNoChange('replaceDevice', input)).toEqual(first);
    }
    expect((await orders.expectNoChange('replaceDevice', { deviceId: id }, 'operator')).order!.databaseId).toBe(
      first.order!.databaseId,
    );
  });

  it('returns the order even without stock, and in a later status of the order', async () => {
    const [spare] = await orders.stock();
    const { id } = await withAnn();
    const { databaseId: orderId } = await orders.done('replaceDevice', { deviceId: id });

    for (const [step, status] of [
      ['shipOrder', 'SHIPPED'],
      ['deliverOrder', 'DELIVERED'],
    ] as const) {
      await orders.done(step, { orderId });
      const { order, replacementDevice } = await orders.expectNoChange('replaceDevice', { deviceId: id });
      expect(order).toMatchObject({ databaseId: orderId, currentStatus: status });
      expect(replacementDevice).toMatchObject({ databaseId: spare!.id });
    }
    const override = { deviceId: id, status: 'LOST' };
    expect(codeOf(await orders.fixture.call('updateDeviceStatus', override))).toBe('OK');
    const { defectiveDevice } = await orders.expectNoChange('replaceDevice', { deviceId: id });
    expect(defectiveDevice).toMatchObject({ databaseId: id, currentStatus: 'LOST', version: 3 });
  });

  it('replaces the new device if it is defective too', async () => {
    const [first, second] = await orders.stock(2);
    const { id } = await withAnn();
    const { databaseId: orderId } = await orders.done('replaceDevice', { deviceId: id });
    for (const step of ['shipOrder', 'deliverOrder'] as const) await orders.done(step, { orderId });

    const order = await orders.done('replaceDevice', { deviceId: first!.id });

    expect(order).toMatchObject({
      devices: [{ databaseId: second!.id }],
      returnDevices: [{ databaseId: first!.id, currentStatus: 'RETURNING' }],
    });
    expect((await orders.order(orderId))!.returnDevices).toMatchObject([{ databaseId: id }]);
  });
});
