import { globalId } from '../support/global-id';
import { OrderFixture, type OrderResult } from '../support/order-fixture';

let orders: OrderFixture;
beforeAll(async () => {
  orders = await OrderFixture.start();
});
beforeEach(() => orders.emptyStock());
afterAll(() => orders.stop());

const idsOf = (devices: readonly { id: string }[]) => devices.map(({ id }) => id);
const assigned = ({ devices }: OrderResult) => devices.map(({ databaseId }) => databaseId);
const cuffs = (count: number) => [{ itemId: orders.items.cuff, quantity: count }];

describe('processOrder from stock', () => {
  it('assigns the oldest devices of each item, from all warehouses', async () => {
    const { items, fixture } = orders;
    const [first] = await orders.stock(1, { siteId: fixture.sites.otherWarehouse });
    const [scale, laterScale] = await orders.stock(2, { itemId: items.scale });
    const [second, later] = await orders.stock(2);
    const { databaseId: orderId } = await orders.created({
      lines: [
        { itemId: items.scale, quantity: 1 },
        { itemId: items.cuff, quantity: 2 },
      ],
    });

    const order = await orders.done('processOrder', { orderId });

    expect(assigned(order)).toEqual(idsOf([first!, scale!, second!]));
    expect(order).toMatchObject({ databaseId: orderId, currentStatus: 'PROCESSED', returnDevices: [] });
    for (const { id } of [laterScale!, later!]) {
      expect(await fixture.row(id)).toMatchObject({ status: 'AVAILABLE', inOrder: false, version: 1 });
    }
    expect(await orders.order(orderId, 'northside')).toEqual({
      ...order,
      events: order.events.map((event) =>
        event.status === 'PROCESSED' ? { ...event, actor: { __typename: 'StaffActor', displayName: 'Impilo' } } : event,
      ),
    });
  });

  it('takes only devices of the customer that are AVAILABLE in a warehouse', async () => {
    const { customers, sites } = orders.fixture;
    await orders.stock(1, { customerId: customers.lakeview });
    await orders.stock(1, { itemId: orders.items.scale });
    await orders.fixture.device({ status: 'LOST', siteId: sites.warehouse });
    await orders.fixture.device({ status: 'DECOMMISSIONED', siteId: sites.warehouse });
    await orders.fixture.device({ status: 'AVAILABLE_AT_SITE', siteId: sites.clinic });
    await orders.fixture.device({ status: 'RETURNING' });
    const order = await orders.created();
    const input = { orderId: order.databaseId };

    await orders.expectRefusal('processOrder', input, {
      code: 'ITEM_OUT_OF_STOCK',
      message: `The order needs 1 of item ${orders.items.cuff}. The customer's stock has 0.`,
      path: ['input', 'orderId'],
    });
    const [device] = await orders.stock();
    expect(assigned(await orders.done('processOrder', input))).toEqual([device!.id]);
  });

  it("makes the devices of a patient's order IN_TRANSIT, at no site, in an open association", async () => {
    const { ann } = orders.fixture.patients;
    const [device] = await orders.stock();
    const created = await orders.created();

    const order = await orders.done('processOrder', { orderId: created.databaseId, note: ' box 7 ' });

    expect(order).toEqual({
      ...created,
      version: 2,
      currentStatus: 'PROCESSED',
      devices: [
        { databaseId: device!.id, currentStatus: 'IN_TRANSIT', version: 2, patient: { databaseId: ann }, site: null },
      ],
      events: [
        ...created.events,
        {
          __typename: 'OrderStatusChange',
          previousStatus: 'CREATED',
          status: 'PROCESSED',
          occurredAt: order.updatedAt,
          note: 'box 7',
          actor: { __typename: 'StaffActor', displayName: 'Operator demo key' },
        },
      ],
      updatedAt: order.updatedAt,
    });
    expect(await orders.fixture.row(device!.id)).toEqual({
      status: 'IN_TRANSIT',
      holderId: ann,
      siteId: null,
      inOrder: true,
      onReturnLeg: false,
      version: 2,
    });
    const [, change] = await orders.fixture.changes(device!.id);
    expect(change).toMatchObject({
      previous_status: 'AVAILABLE',
      status: 'IN_TRANSIT',
      previous_site_id: orders.fixture.sites.warehouse,
      site_id: null,
      previous_patient_id: null,
      patient_id: ann,
      reason: 'ORDER_PROCESSED',
      note: 'box 7',
      changed_by_kind: 'OPERATOR',
      changed_by_label: 'Operator demo key',
    });
    expect(await orders.fixture.events(device!.id)).toMatchObject([
      { type: 'device.statusChanged', payload: { deviceVersion: 2, reason: 'ORDER_PROCESSED' } },
      { type: 'device.associationCreated', payload: { patientId: ann, endedAt: null } },
    ]);
    const event = {
      previousStatus: 'created',
      status: 'processed',
      occurredAt: order.updatedAt,
      note: 'box 7',
      actor: { type: 'staff', displayName: 'Impilo' },
    };
    expect((await orders.eventsOf(order.databaseId)).slice(2)).toMatchObject([
      { type: 'order.status', payload: { orderId: order.databaseId, event } },
      {
        type: 'order.statusFull',
        payload: { currentStatus: 'processed', deviceIds: [device!.id], returnDeviceIds: [], event },
      },
    ]);
  });

  it("dispatches the devices of a site's order without a holder", async () => {
    const [device] = await orders.stock();

    const order = await orders.at('PROCESSED', { siteId: orders.fixture.sites.clinic });

    expect(order.devices).toEqual([
      { databaseId: device!.id, currentStatus: 'IN_TRANSIT', version: 2, patient: null, site: null },
    ]);
    expect((await orders.fixture.events(device!.id)).map(({ type }) => type)).toEqual(['device.statusChanged']);
    const associations = await orders.fixture.sql('select from device_association where device_id = $1', [device!.id]);
    expect(associations).toEqual([]);
  });

  it('stores the warehouse that each device came from', async () => {
    const { warehouse, otherWarehouse } = orders.fixture.sites;
    const devices = [...(await orders.stock()), ...(await orders.stock(1, { siteId: otherWarehouse }))];

    const { databaseId } = await orders.at('PROCESSED', { lines: cuffs(2) });

    const rows = await orders.fixture.sql(
      `select device_id as id, leg, warehouse_id as "warehouseId" from order_device where order_id = $1 order by device_id`,
      [databaseId],
    );
    expect(rows).toEqual([
      { id: devices[0]!.id, leg: 'OUTBOUND', warehouseId: warehouse },
      { id: devices[1]!.id, leg: 'OUTBOUND', warehouseId: otherWarehouse },
    ]);
  });

  it('changes nothing when the second item is out of stock', async () => {
    const { cuff, scale } = orders.items;
    await orders.stock(3);
    await orders.stock(1, { itemId: scale });
    const [first, second] = [cuff, scale].sort((one, other) => Number(one) - Number(other));
    const lines = [
      { itemId: second, quantity: 2 },
      { itemId: first, quantity: 1 },
    ];

    for (const recipient of [{}, { siteId: orders.fixture.sites.clinic }]) {
      const { databaseId: orderId } = await orders.created({ ...recipient, lines });
      await orders.expectRefusal(
        'processOrder',
        { orderId },
        {
          code: 'ITEM_OUT_OF_STOCK',
          message: `The order needs 2 of item ${scale}. The customer's stock has 1.`,
          path: ['input', 'orderId'],
        },
      );
      expect((await orders.order(orderId))!.currentStatus).toBe('CREATED');
    }
  });
});

describe('processOrder', () => {
  it.each(['PROCESSED', 'SHIPPED', 'AVAILABLE_FOR_PICKUP', 'DELIVERED', 'CANCELLED'] as const)(
    'refuses an order that is %s, with other named devices, and without any unless it is PROCESSED',
    async (status) => {
      await orders.stock(1);
      const { databaseId: orderId } = await orders.at(status);
      const [spare] = await orders.stock();
      const possible = {
        PROCESSED: 'It can become SHIPPED or CANCELLED',
        SHIPPED: 'It can become AVAILABLE_FOR_PICKUP or DELIVERED',
        AVAILABLE_FOR_PICKUP: 'It can become DELIVERED',
        DELIVERED: 'Its status is final',
        CANCELLED: 'Its status is final',
      }[status];
      const refusal = {
        code: 'ORDER_STATUS_NOT_ALLOWED',
        message: `The order is ${status} and cannot become PROCESSED. ${possible}.`,
        path: ['input', 'orderId'],
      };

      if (status !== 'PROCESSED') await orders.expectRefusal('processOrder', { orderId }, refusal);
      await orders.expectRefusal('processOrder', { orderId, deviceIdentifiers: [spare!.serial] }, refusal);
    },
  );

  it('changes nothing for an order that is PROCESSED with exactly the named devices, with any expected version', async () => {
    const [cuff, other, spare] = await orders.stock(3);
    const { databaseId: orderId } = await orders.created({ lines: [{ itemId: orders.items.cuff, quantity: 2 }] });
    const deviceIdentifiers = [cuff!.serial, other!.serial];
    const order = await orders.done('processOrder', { orderId, deviceIdentifiers });
    const repeated = [
      { deviceIdentifiers },
      { deviceIdentifiers: [other!.serial.toLowerCase(), cuff!.serial], expectedVersion: 1, note: 'again' },
      { deviceIdentifiers: null },
      {},
    ];
    for (const input of repeated) {
      expect((await orders.expectNoChange('processOrder', { orderId, ...input })).order).toEqual(order);
    }
    const refusal = {
      code: 'ORDER_STATUS_NOT_ALLOWED',
      message: 'The order is PROCESSED and cannot become PROCESSED. It can become SHIPPED or CANCELLED.',
      path: ['input', 'orderId'],
    };
    const others = [
      [],
      [cuff!.serial],
      [cuff!.serial, spare!.serial],
      [cuff!.serial, cuff!.serial],
      [cuff!.serial, 'unknown'],
    ];
    for (const names of [...others, [...deviceIdentifiers, spare!.serial]]) {
      await orders.expectRefusal('processOrder', { orderId, deviceIdentifiers: names }, refusal);
    }
  });

  it('refuses an unknown order', async () => {
    const refusal = {
      code: 'ORDER_NOT_FOUND',
      message: 'There is no such order. Check orderId.',
      path: ['input', 'orderId'],
    };
    const { databaseId } = await orders.created();

    for (const orderId of ['999999', globalId('Device', databaseId)]) {
      await orders.expectRefusal('processOrder', { orderId }, refusal);
    }
  });

  it('accepts the global id of an order', async () => {
    await orders.stock();
    const { id } = await orders.created();

    expect((await orders.done('processOrder', { orderId: id })).id).toBe(id);
  });

  it('refuses a note that is too long', async () => {
    await orders.stock();
    const { databaseId: orderId } = await orders.created();
    await orders.expectRefusal(
      'processOrder',
      { orderId, note: 'x'.repeat(2_001) },
      { code: 'INVALID_INPUT', message: 'note must have at most 2000 characters.', path: ['input', 'note'] },
    );
  });

  it('refuses an order if its patient was archived or its site deactivated since', async () => {
    await orders.stock(2);
    const patientId = await orders.fixture.patient();
    const siteId = await orders.fixture.site('1');
    const toPatient = await orders.created({ patientId });
    const toSite = await orders.created({ siteId });
    await orders.fixture.sql('update patient set archived_at = now() where id = $1', [patientId]);
    await orders.fixture.sql('update site set deactivated_at = now() where id = $1', [siteId]);
    const path = ['input', 'orderId'];

    await orders.expectRefusal(
      'processOrder',
      { orderId: toPatient.databaseId },
      {
        code: 'PATIENT_ARCHIVED',
        message: 'The patient who would receive the devices is archived. Unarchive the patient first.',
        path,
      },
    );
    await orders.expectRefusal(
      'processOrder',
      { orderId: toSite.databaseId },
      {
        code: 'SITE_INACTIVE',
        message: 'The site that would receive the devices is not active. Reactivate it first.',
        path,
      },
    );

    await orders.fixture.sql('update patient set archived_at = null where id = $1', [patientId]);
    await orders.fixture.sql('update site set deactivated_at = null where id = $1', [siteId]);
    for (const { databaseId: orderId } of [toPatient, toSite]) await orders.done('processOrder', { orderId });
  });
});
