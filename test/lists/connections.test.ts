import { buildGatewaySchema } from '../../src/features';
import {
  connectionsOf,
  queryOf,
  readPage,
  refused,
  walk,
  type ConnectionField,
  type List,
} from '../support/connections';
import { namesOf } from '../support/statement-names';
import { TestApp, type CallerName } from '../support/test-app';

interface Expected {
  caller: CallerName;
  /** SQL for the id of a parent with some rows. */
  parent?: string;
  /** The rows of the list; `:parent` is replaced by the parent's id. */
  rows: string;
  /** SQL order by `sort.field`. */
  order: Record<string, (direction: string) => string>;
}

const byId = (direction: string) => `id ${direction}`;
const byColumn = (column: string) => (direction: string) => `${column} ${direction}, id ${direction}`;
const BY_AGE = { CREATED_AT: byId };
const BY_AGE_OR_NAME = { ...BY_AGE, NAME: byColumn('fold_text(name) collate "C"') };
const OF_ORDERS = { ...BY_AGE, UPDATED_AT: byColumn('updated_at') };
const OF_ASSOCIATIONS = { STARTED_AT: byColumn('started_at') };
const OF_READINGS = { TAKEN_AT: byColumn('taken_at') };
/** Rows without a reading come first in ascending order. */
const byLastReading = (owner: 'device' | 'patient') => (direction: string) =>
  `(select last_reading_at from ${owner}_activity a where a.${owner}_id = ${owner}.id) ${direction}, id ${direction}`;
const OF_DEVICES = {
  CREATED_AT: byId,
  UPDATED_AT: byColumn('updated_at'),
  LATEST_READING_AT: byLastReading('device'),
};
const OF_PATIENTS = {
  ...BY_AGE,
  UPDATED_AT: byColumn('updated_at'),
  LATEST_READING_AT: byLastReading('patient'),
  FIRST_NAME: (direction: string) =>
    `fold_text(first_name || ' ' || last_name) collate "C" ${direction}, id ${direction}`,
  LAST_NAME: (direction: string) =>
    `fold_text(last_name || ' ' || first_name) collate "C" ${direction}, id ${direction}`,
};

/** Expected rows of each connection in the schema. A test fails for a connection that is missing here. */
const EXPECTED: Record<string, Expected> = {
  'Query.customers': { caller: 'operator', rows: 'customer where id <> 0', order: BY_AGE_OR_NAME },
  'Query.items': { caller: 'lakeview', rows: 'item', order: BY_AGE_OR_NAME },
  'Query.sites': { caller: 'lakeview', rows: 'site where customer_id in (0, 2)', order: BY_AGE_OR_NAME },
  'Query.devices': { caller: 'lakeview', rows: 'device where customer_id = 2', order: OF_DEVICES },
  'Query.patients': { caller: 'lakeview', rows: 'patient where customer_id = 2', order: OF_PATIENTS },
  'Query.readings': { caller: 'lakeview', rows: 'reading where customer_id = 2', order: OF_READINGS },
  'Site.devices': { caller: 'operator', parent: 'select 1', rows: 'device where site_id = :parent', order: OF_DEVICES },
  'Site.patients': {
    caller: 'lakeview',
    parent:
      'select site_id from patient where customer_id = 2 and site_id is not null group by 1 order by count(*) desc, 1 limit 1',
    rows: 'patient where site_id = :parent',
    order: OF_PATIENTS,
  },
  'Patient.devices': {
    caller: 'lakeview',
    parent:
      'select patient_id from device where customer_id = 2 and patient_id is not null group by 1 order by count(*) desc, 1 limit 1',
    rows: 'device where patient_id = :parent',
    order: OF_DEVICES,
  },
  'Patient.associations': {
    caller: 'lakeview',
    parent:
      'select patient_id from device_association where customer_id = 2 group by 1 order by count(*) desc, 1 limit 1',
    rows: 'device_association where patient_id = :parent',
    order: OF_ASSOCIATIONS,
  },
  'Device.associations': {
    caller: 'lakeview',
    parent:
      'select device_id from device_association where customer_id = 2 group by 1 order by count(*) desc, 1 limit 1',
    rows: 'device_association where device_id = :parent',
    order: OF_ASSOCIATIONS,
  },
  'Device.identifierHistory': {
    caller: 'lakeview',
    parent: 'select min(device_id) from device_identifier_change where customer_id = 2',
    rows: 'device_identifier_change where device_id = :parent',
    order: { OCCURRED_AT: byId },
  },
  'Device.statusHistory': {
    caller: 'lakeview',
    parent:
      'select device_id from device_status_change where customer_id = 2 group by 1 order by count(*) desc, 1 limit 1',
    rows: 'device_status_change where device_id = :parent',
    order: { OCCURRED_AT: byId },
  },
  'Device.readings': {
    caller: 'lakeview',
    parent:
      'select device_id from reading where customer_id = 2 and device_id is not null group by 1 order by count(*) desc, 1 limit 1',
    rows: 'reading where device_id = :parent',
    order: OF_READINGS,
  },
  'Patient.readings': {
    caller: 'lakeview',
    parent:
      'select patient_id from reading where customer_id = 2 and patient_id is not null group by 1 order by count(*) desc, 1 limit 1',
    rows: 'reading where patient_id = :parent',
    order: OF_READINGS,
  },
  'Query.orders': { caller: 'lakeview', rows: 'device_order where customer_id = 2', order: OF_ORDERS },
  'Site.orders': {
    caller: 'lakeview',
    parent:
      'select site_id from device_order where customer_id = 2 and site_id is not null group by 1 order by count(*) desc, 1 limit 1',
    rows: 'device_order where site_id = :parent',
    order: OF_ORDERS,
  },
  'Patient.orders': {
    caller: 'lakeview',
    parent:
      'select patient_id from device_order where customer_id = 2 and patient_id is not null group by 1 order by count(*) desc, 1 limit 1',
    rows: 'device_order where patient_id = :parent',
    order: OF_ORDERS,
  },
  'Device.orders': {
    caller: 'lakeview',
    parent: 'select device_id from order_device where customer_id = 2 group by 1 order by count(*) desc, 1 limit 1',
    rows: 'device_order where id in (select order_id from order_device where device_id = :parent)',
    order: OF_ORDERS,
  },
  'Order.events': {
    caller: 'lakeview',
    parent: 'select order_id from order_event where customer_id = 2 group by 1 order by count(*) desc, 1 limit 1',
    rows: 'order_event where order_id = :parent',
    order: { OCCURRED_AT: byId },
  },
  'Order.devices': {
    caller: 'lakeview',
    parent: `select order_id from order_device where customer_id = 2 and leg = 'OUTBOUND' group by 1 order by count(*) desc, 1 limit 1`,
    rows: `device where id in (select device_id from order_device where order_id = :parent and leg = 'OUTBOUND')`,
    order: OF_DEVICES,
  },
  'Order.returnDevices': {
    caller: 'lakeview',
    parent: `select order_id from order_device where customer_id = 2 and leg = 'RETURN' group by 1 order by count(*) desc, 1 limit 1`,
    rows: `device where id in (select device_id from order_device where order_id = :parent and leg = 'RETURN')`,
    order: OF_DEVICES,
  },
  'Query.apiKeys': { caller: 'operator', rows: 'api_key', order: BY_AGE_OR_NAME },
  'Query.webhooks': { caller: 'lakeview', rows: 'webhook where customer_id = 2', order: BY_AGE },
  'Query.webhookDeliveries': { caller: 'lakeview', rows: 'webhook_delivery where customer_id = 2', order: BY_AGE },
  'Query.webhookPlanningFailures': { caller: 'lakeview', rows: 'webhook_event where customer_id = 2', order: BY_AGE },
  'Webhook.deliveries': {
    caller: 'lakeview',
    parent:
      'select webhook_id from webhook_delivery where customer_id = 2 group by 1 order by count(*) desc, 1 limit 1',
    rows: 'webhook_delivery where webhook_id = :parent',
    order: BY_AGE,
  },
  'WebhookDelivery.attempts': {
    caller: 'lakeview',
    parent: 'select max(id) from webhook_delivery where customer_id = 2',
    rows: 'webhook_attempt where delivery_id = :parent',
    order: { STARTED_AT: byId },
  },
};

const CONNECTIONS = connectionsOf(buildGatewaySchema());

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
  await changeIdentifiers();
  await recordOldReadings();
  await orderAlternately();
  await addReturnDevices();
  await addWebhooks();
  await addApiKeys();
});
afterAll(() => app.stop());

/** A device that got several SIM cards. */
async function changeIdentifiers(): Promise<void> {
  const { rows } = await app.admin.query<{ id: string }>('select min(id) as id from device where customer_id = 2');
  for (let number = 0; number < 12; number += 1) {
    const identifiers = [{ type: 'SIM_CARD_NUMBER', value: `+1555777${1_000 + number}` }];
    const input = { deviceId: rows[0]!.id, identifiers };
    const document = `mutation ($input: UpdateDeviceIdentifiersInput!) {
      updateDeviceIdentifiers(input: $input) { userErrors { message } } }`;
    expect(await app.data('lakeview', document, { input })).toEqual({ updateDeviceIdentifiers: { userErrors: [] } });
  }
}

/** Readings from before the first partition, at its bound, and several with the same time, of one device and one patient. */
async function recordOldReadings(): Promise<void> {
  const times = ['2001-02-03T04:05:06.789Z', '2024-12-31T23:59:59.999Z', '2025-01-01T00:00:00.000Z'];
  const kinds = [
    { weight: { value: 150, unit: 'POUND' } },
    { heartRate: { value: 60 } },
    { temperature: { value: 98, unit: 'FAHRENHEIT' } },
  ];
  const deviceId = await parentOf('Device.readings');
  const patientId = await parentOf('Patient.readings');
  const readings = times.flatMap((takenAt) =>
    kinds.flatMap((kind) => [
      { deviceId, takenAt, ...kind },
      { patientId, manual: true, takenAt, ...kind },
    ]),
  );
  const { recordReadings } = await app.data<{ recordReadings: { recorded: number } }>(
    'lakeview',
    'mutation ($input: RecordReadingsInput!) { recordReadings(input: $input) { recorded } }',
    { input: { readings } },
  );
  expect(recordReadings.recorded).toBe(readings.length);
}

/** Number of orders for the patient, and for the site. */
const ORDERS_OF_EACH = 9;

/** An order with several return devices. No operation creates one yet, so it is inserted by SQL. */
async function addReturnDevices(): Promise<void> {
  await app.admin.query(
    `insert into order_device (customer_id, order_id, device_id, leg)
     select 2, (select max(id) from device_order where customer_id = 2), id, 'RETURN' from device
     where customer_id = 2 and id not in (select device_id from order_device) order by id limit 25`,
  );
}

/** Orders one device alternately for a patient and for a site. Each order is processed and then cancelled. */
async function orderAlternately(): Promise<void> {
  interface Rows {
    patients: { nodes: { databaseId: string }[] };
    sites: { nodes: { databaseId: string }[] };
    devices: { nodes: { item: { databaseId: string }; identifiers: { value: string }[] }[] };
  }
  const { patients, sites, devices } = await app.data<Rows>(
    'lakeview',
    `{ patients(first: 1, filter: { archived: false }) { nodes { databaseId } }
       sites(first: 1, filter: { operatedBy: CUSTOMER, active: true }) { nodes { databaseId } }
       devices(first: 1, filter: { statuses: [AVAILABLE] }) { nodes { item { databaseId } identifiers { value } } } }`,
  );
  const recipients = [{ patientId: patients.nodes[0]!.databaseId }, { siteId: sites.nodes[0]!.databaseId }];
  const { item, identifiers } = devices.nodes[0]!;
  const step = async (caller: CallerName, field: string, type: string, input: object): Promise<string> => {
    const document = `mutation ($input: ${type}!) { payload: ${field}(input: $input) { order { databaseId } userErrors { message } } }`;
    const { payload } = await app.data<{ payload: { order: { databaseId: string } | null; userErrors: object[] } }>(
      caller,
      document,
      { input },
    );
    expect(payload.userErrors).toEqual([]);
    return payload.order!.databaseId;
  };
  for (const recipient of Array.from({ length: ORDERS_OF_EACH }, () => recipients).flat()) {
    const lines = [{ itemId: item.databaseId, quantity: 1 }];
    const orderId = await step('lakeview', 'createOrder', 'CreateOrderInput', { ...recipient, lines });
    const deviceIdentifiers = [identifiers[0]!.value];
    await step('operator', 'processOrder', 'ProcessOrderInput', { orderId, deviceIdentifiers });
    await step('lakeview', 'cancelOrder', 'CancelOrderInput', { orderId });
  }
}

/** Keys of both customers and of operators, more than a page, some with names that differ only in case. */
async function addApiKeys(): Promise<void> {
  await app.admin.query(
    `insert into api_key (customer_id, role, name, secret_hash)
     select nullif(n % 3, 0), case when n % 3 = 0 then 'OPERATOR' else 'MEMBER' end,
       case when n % 2 = 0 then 'Key ' else 'KEY ' end || n / 4, sha256(n::text::bytea)
     from generate_series(1, 90) n`,
  );
}

/** Inactive webhooks. One of them has finished deliveries, which are inserted by SQL, as are planning failures. */
async function addWebhooks(): Promise<void> {
  await app.admin.query(
    `insert into webhook (customer_id, url, event_types, secret, active, disabled_at, disabled_reason)
     select 1 + i % 2, 'https://example.invalid/' || i, '{ORDER_STATUS}', '\\x00', false, now(), 'BY_REQUEST'
     from generate_series(1, 40) i`,
  );
  await app.admin.query(
    `insert into webhook_delivery (customer_id, webhook_id, message_id, event_type, payload, status)
     select 2, (select max(id) from webhook where customer_id = 2), 'msg_' || i, 'ORDER_STATUS', '{}',
       case i % 3 when 0 then 'FAILED' else 'SUCCEEDED' end from generate_series(1, 30) i`,
  );
  await app.admin.query(
    `insert into webhook_attempt (customer_id, delivery_id, at, duration_ms)
     select 2, (select max(id) from webhook_delivery), now() - i * interval '1 minute', i from generate_series(1, 25) i`,
  );
  await app.admin.query(
    `insert into webhook_event (customer_id, id, position, type, payload, webhook_ids, set_aside_at, error)
     select 2, nextval('event_id_seq'), 0, 'order.status', '{}', '{}'::bigint[], now(), 'It failed' from generate_series(1, 25)`,
  );
}

it.each(['PENDING', 'SUCCEEDED', 'FAILED'])('deliveries can be filtered by the status %s', async (status) => {
  const { parentId, rows } = await listOf({ parent: 'Webhook', field: 'deliveries', isCounted: false });
  const { webhook } = await app.data<{ webhook: { deliveries: { nodes: { databaseId: string }[] } } }>(
    'lakeview',
    `query ($id: ID!, $status: WebhookDeliveryStatus!) {
       webhook(id: $id) { deliveries(first: 100, filter: { statuses: [$status] }) { nodes { databaseId } } } }`,
    { id: parentId, status },
  );
  const ids = await idsOf(`${rows} and status = '${status}'`, 'id desc');
  expect(webhook.deliveries.nodes.map(({ databaseId }) => databaseId)).toEqual(ids);
  expect(ids).toHaveLength({ PENDING: 0, SUCCEEDED: 20, FAILED: 10 }[status]!);
});

/** Ids of parents by the name of the list. Cached, because later inserts may change which parent has the most rows. */
const parents = new Map<string, string>();

async function parentOf(name: string): Promise<string> {
  const { parent } = EXPECTED[name]!;
  const known = parents.get(name);
  if (parent === undefined || known !== undefined) return known ?? '';
  const { rows } = await app.admin.query<{ id: string }>(`select (${parent})::text as id`);
  parents.set(name, rows[0]!.id);
  return rows[0]!.id;
}

type Connection = Pick<ConnectionField, 'parent' | 'field' | 'isCounted'>;

async function listOf({ parent, field, isCounted }: Connection): Promise<List & { rows: string }> {
  const { caller, rows } = EXPECTED[`${parent}.${field}`]!;
  const parentId = await parentOf(`${parent}.${field}`);
  return { caller, parent, field, isCounted, parentId, rows: rows.replace(':parent', parentId) };
}

async function idsOf(rows: string, order: string): Promise<string[]> {
  const result = await app.admin.query<{ key: string }>(`select id::text as key from ${rows} order by ${order}`);
  return result.rows.map(({ key }) => key);
}

it('these tests cover every connection of the schema', () => {
  expect(CONNECTIONS.map(({ parent, field }) => `${parent}.${field}`).sort()).toEqual(Object.keys(EXPECTED).sort());
});

describe.each(CONNECTIONS.map((connection) => ({ ...connection, name: `${connection.parent}.${connection.field}` })))(
  '$name',
  ({ name, parent, field, sorts, defaultSort, isCounted }) => {
    it('can be paged in both directions', async () => {
      const { rows, ...list } = await listOf({ parent, field, isCounted });
      const ids = await idsOf(rows, EXPECTED[name]!.order[defaultSort.field]!(defaultSort.direction));
      expect(ids.length).toBeGreaterThan(1);
      const size = ids.length > 1_000 ? 97 : 7;
      expect(await walk(app, list, size)).toEqual(ids);
      expect(await walk(app, list, size, true)).toEqual(ids);
      expect((await readPage(app, list, {})).edges.map(({ node }) => node.databaseId)).toEqual(ids.slice(0, 20));
      expect((await readPage(app, list, { last: 3 })).totalCount).toBe(isCounted ? ids.length : undefined);
    });

    it('returns the nodes between two cursors, from either end', async () => {
      const list = await listOf({ parent, field, isCounted });
      const { edges } = await readPage(app, list, { first: 100 });
      const [after, before] = [edges.at(0)!.cursor, edges.at(-1)!.cursor];
      const between = edges.slice(1, -1).map(({ node }) => node);
      expect((await readPage(app, list, { first: 100, after, before })).nodes).toEqual(between);
      expect((await readPage(app, list, { first: 1, after, before })).nodes).toEqual(between.slice(0, 1));
      expect((await readPage(app, list, { last: 1, after, before })).nodes).toEqual(between.slice(-1));
      expect((await readPage(app, list, { first: 100, after: edges.at(-1)!.cursor, before: after })).nodes).toEqual([]);
    });

    it.each([{ first: 0 }, { last: 0 }])('returns an empty page without further pages for %j', async (none) => {
      const list = await listOf({ parent, field, isCounted });
      const page = await readPage(app, list, none);
      expect(page.edges).toEqual([]);
      expect(page.pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null });
      if (isCounted) expect(page.totalCount).toBeGreaterThan(1);
      expect(await walk(app, list, 0)).toEqual([]);
    });

    it.each([
      [{ first: -1 }, 'first'],
      [{ first: 101 }, 'first'],
      [{ last: -1 }, 'last'],
      [{ last: 101 }, 'last'],
      [{ first: 2_147_483_647 }, 'first'],
      [{ first: 5, last: 5 }, 'last'],
    ])('refuses %j', async (page, argument) => {
      const list = await listOf({ parent, field, isCounted });
      const { data, errors } = await app.query(list.caller, ...queryOf(list, page));
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', path: [argument] } }]);
      expect(data).toEqual(refused(list));
    });

    it('counts only when totalCount is selected, and reads rows only when they are', async () => {
      const list = await listOf({ parent, field, isCounted });
      const statements = async (selection: string) =>
        namesOf(await app.statementsOf(() => app.data(list.caller, ...queryOf(list, { first: 5 }, selection)))).filter(
          (one) => !one.endsWith('_by_id'),
        );
      const reading = await statements('{ nodes { id } edges { cursor } pageInfo { endCursor } }');
      expect(reading).toHaveLength(1);
      if (isCounted) expect(await statements('{ totalCount }')).toEqual([`${reading[0]}_count`]);
      expect(await statements('{ __typename }')).toEqual([]);
    });

    it.each(sorts.flatMap((by) => [[by, 'ASC'] as const, [by, 'DESC'] as const]))(
      'is sorted by %s %s',
      async (by, direction) => {
        const { rows, ...list } = await listOf({ parent, field, isCounted });
        const sorted = { ...list, sort: { field: by, direction } };
        const ids = await idsOf(rows, EXPECTED[name]!.order[by]!(direction));
        expect(await walk(app, sorted, 41)).toEqual(ids);
        expect(await walk(app, sorted, 41, true)).toEqual(ids);
      },
    );
  },
);

it("a warehouse shows a customer only its own devices, and an operator every customer's", async () => {
  const at = (caller: CallerName): List => ({ caller, parent: 'Site', field: 'devices', parentId: '1' });
  const northside = await walk(app, at('northside'), 100);
  const lakeview = await walk(app, at('lakeview'), 100);
  expect(northside).toEqual(await idsOf('device where customer_id = 1 and site_id = 1', 'id'));
  expect(lakeview).toEqual(await idsOf('device where customer_id = 2 and site_id = 1', 'id'));
  expect(northside.length).toBeGreaterThan(0);
  expect(lakeview.length).toBeGreaterThan(0);
  expect(await walk(app, at('operator'), 100)).toEqual(await idsOf('device where site_id = 1', 'id'));
});
