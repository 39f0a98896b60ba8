import { UpgradeDatabase } from '../support/upgrade-database';

const MIGRATION = 'OrderEvents1795651560000';

let database: UpgradeDatabase;
beforeAll(async () => {
  database = await UpgradeDatabase.before(MIGRATION);
});
afterAll(() => database.drop());

/** A step of an order in a message before the migration. */
const oldEvent = (status: string, at: string, note: string | null, kind: string, label: string) => ({
  status,
  at,
  note,
  by: { kind, label },
});

beforeAll(async () => {
  await database.admin.query(`
    insert into customer (name) values ('One'), ('Other');
    insert into item (name, reading_kinds) values ('Cuff', '{}');
    insert into site (customer_id, name) values (0, 'Warehouse');
    insert into patient (customer_id, first_name, last_name) values (1, 'Ann', 'Arbor');
    insert into device (customer_id, item_id, current_status, site_customer_id, site_id) select 1, 1, 'AVAILABLE', 0, 1 from generate_series(1, 2);
    insert into device_order (customer_id, kind, current_status, patient_id, note, tracking_numbers) values
      (1, 'STANDARD', 'DELIVERED', 1, 'first', '[{"carrier": "UPS", "value": "A", "leg": "OUTBOUND"}, {"carrier": null, "value": "B", "leg": "RETURN"}]'),
      (1, 'REPLACEMENT', 'AVAILABLE_FOR_PICKUP', 1, null, '[]'), (1, 'STANDARD', 'CREATED', 1, null, '[]');
    insert into order_device (customer_id, order_id, device_id, leg, warehouse_customer_id, warehouse_id) values
      (1, 1, 1, 'OUTBOUND', 0, 1), (1, 2, 2, 'OUTBOUND', 0, 1), (1, 2, 1, 'RETURN', null, null);
    insert into order_event (customer_id, order_id, status, at, by_kind, by_label) values
      (1, 1, 'CREATED', '2026-01-01 00:00Z', 'USER', 'ann'), (1, 3, 'CREATED', '2026-01-01 01:00Z', 'USER', 'ann'),
      (1, 1, 'PROCESSED', '2026-01-02 00:00Z', 'OPERATOR', 'staff'), (1, 1, 'SHIPPED', '2026-01-03 00:00Z', 'OPERATOR', 'staff'),
      (1, 1, 'DELIVERED', '2026-01-04 00:00Z', 'OPERATOR', 'staff'), (1, 2, 'CREATED', '2026-01-05 00:00Z', 'USER', 'ann'),
      (1, 2, 'PROCESSED', '2026-01-05 00:00Z', 'USER', 'ann'), (1, 2, 'SHIPPED', '2026-01-06 00:00Z', 'OPERATOR', 'staff'),
      (1, 2, 'AVAILABLE_FOR_PICKUP', '2026-01-07 00:00Z', 'OPERATOR', 'staff');
    insert into device_status_change (customer_id, device_id, device_version, status, reason, changed_at, changed_by_kind, changed_by_label)
      select 1, device_id, version, 'AVAILABLE', reason, now(), 'OPERATOR', 'staff' from (values (1, 1, 'REGISTERED'), (2, 1, 'REGISTERED'),
        (1, 2, 'ORDER_PROCESSED'), (1, 3, 'ORDER_DELIVERED'), (1, 4, 'REPLACED'), (2, 2, 'ORDER_PROCESSED'), (1, 5, 'RETURN_RECEIVED'),
        (1, 6, 'RETURN_RECEIVED')) t (device_id, version, reason)`);
  const whole = {
    id: '1',
    kind: 'standard',
    currentStatus: 'shipped',
    patientId: '1',
    siteId: null,
    externalOrderId: null,
    shipTo: null,
    trackingNumbers: [{ carrier: 'UPS', value: 'A', leg: 'outbound' }],
    note: 'first',
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-03T00:00:00.000Z',
    items: [{ itemId: '1', count: 2 }],
    deviceIds: ['1'],
    returnDeviceIds: [],
    event: oldEvent('shipped', '2026-01-03T00:00:00.000Z', 'off', 'operator', 'Impilo'),
  };
  const event = oldEvent('availableForPickup', '2026-01-07T00:00:00.000Z', null, 'operator', 'Impilo');
  const created = oldEvent('created', '2026-01-01T00:00:00.000Z', null, 'user', 'ann');
  await database.admin.query(
    `insert into event (customer_id, type, payload) values (1, 'order.statusFull', $1), (1, 'order.status', $2), (1, 'order.status', $3)`,
    [whole, { orderId: '2', event }, { orderId: '1', event: created }].map((payload) => JSON.stringify(payload)),
  );

  await database.run(MIGRATION);
});

const parcel = (trackingNumber: string, direction: string, carrier: string | null) => ({
  carrier,
  trackingNumber,
  trackingUrl: null,
  direction,
});

it('existing orders keep their parcels and get a version from their steps', async () => {
  expect(await database.rows('select id, version, parcels from device_order order by id')).toEqual([
    { id: '1', version: 4, parcels: [parcel('A', 'OUTBOUND', 'UPS'), parcel('B', 'RETURN', null)] },
    { id: '2', version: 4, parcels: [] },
    { id: '3', version: 1, parcels: [] },
  ]);
});

it('steps get their previous status, and parcels get the actor and time of the last step', async () => {
  const events = await database.rows(
    `select order_id as "order", previous_status as before, status, parcel, note, at, by_label as by from order_event order by order_id, id`,
  );
  const step = (order: number, before: string | null, status: string, day: number, by = 'staff'): unknown =>
    expect.objectContaining({
      order: String(order),
      before,
      status,
      parcel: null,
      by,
      at: new Date(Date.UTC(2026, 0, day)),
    });
  const added = (of: object): unknown =>
    expect.objectContaining({
      before: null,
      status: null,
      parcel: of,
      by: 'staff',
      at: new Date(Date.UTC(2026, 0, 4)),
    });
  expect(events).toEqual([
    step(1, null, 'CREATED', 1, 'ann'),
    step(1, 'CREATED', 'PROCESSED', 2),
    step(1, 'PROCESSED', 'SHIPPED', 3),
    step(1, 'SHIPPED', 'DELIVERED', 4),
    added(parcel('A', 'OUTBOUND', 'UPS')),
    added(parcel('B', 'RETURN', null)),
    step(2, null, 'CREATED', 5, 'ann'),
    step(2, 'CREATED', 'PROCESSED', 5, 'ann'),
    step(2, 'PROCESSED', 'SHIPPED', 6),
    step(2, 'SHIPPED', 'AVAILABLE_FOR_PICKUP', 7),
    expect.objectContaining({ order: '3', before: null, status: 'CREATED' }),
  ]);
  expect(events.map((event) => (event as { note: string | null }).note).slice(0, 2)).toEqual(['first', null]);
});

it('status changes of devices get the order that made them', async () => {
  const changes = await database.rows(
    'select device_id as device, reason, order_id as "order" from device_status_change order by device_id, device_version',
  );
  expect(changes).toEqual([
    { device: '1', reason: 'REGISTERED', order: null },
    { device: '1', reason: 'ORDER_PROCESSED', order: '1' },
    { device: '1', reason: 'ORDER_DELIVERED', order: '1' },
    { device: '1', reason: 'REPLACED', order: '2' },
    { device: '1', reason: 'RETURN_RECEIVED', order: '2' },
    { device: '1', reason: 'RETURN_RECEIVED', order: null },
    { device: '2', reason: 'REGISTERED', order: null },
    { device: '2', reason: 'ORDER_PROCESSED', order: '2' },
  ]);
});

it('events that wait for webhooks get the new names', async () => {
  const staff = { type: 'staff', displayName: 'Impilo' };
  const [whole, pickup, created] = (await database.rows('select payload from event order by id')) as {
    payload: object;
  }[];
  expect(whole!.payload).toEqual({
    id: '1',
    version: 3,
    kind: 'standard',
    currentStatus: 'shipped',
    patientId: '1',
    siteId: null,
    externalOrderId: null,
    shipTo: null,
    parcels: [parcel('A', 'outbound', 'UPS')],
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-03T00:00:00.000Z',
    lines: [{ itemId: '1', quantity: 2 }],
    deviceIds: ['1'],
    returnDeviceIds: [],
    event: {
      id: '4',
      occurredAt: '2026-01-03T00:00:00.000Z',
      actor: staff,
      note: 'off',
      previousStatus: 'processed',
      status: 'shipped',
    },
  });
  expect(pickup!.payload).toEqual({
    orderId: '2',
    event: {
      id: '9',
      occurredAt: '2026-01-07T00:00:00.000Z',
      actor: staff,
      note: null,
      previousStatus: 'shipped',
      status: 'availableForPickup',
    },
  });
  expect(created!.payload).toMatchObject({
    event: { id: '1', previousStatus: null, actor: { type: 'user', displayName: 'ann' } },
  });
});
