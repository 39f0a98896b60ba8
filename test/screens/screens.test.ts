import { readdirSync } from 'node:fs';
import { parse, validate, type GraphQLSchema } from 'graphql';
import { DEFAULT_LIMITS } from '../../src/platform/operation/limits';
import { operationCost } from '../graphql/operation-cost';
import { buildGatewaySchema } from '../../src/features';
import { READING_TYPES, READINGS_BY_TYPE } from '../isolation/own-readings';
import { readScreen } from '../support/screen';
import { namesOf } from '../support/statement-names';
import { TestApp, type CallerName } from '../support/test-app';

interface Screen {
  caller: CallerName;
  variables: Record<string, unknown>;
  /** What the answer costs with pages of 50; at most 25,000 is allowed. */
  cost: number;
  /** The statements of one request, whatever the length of its lists. */
  statements: string[];
}

let app: TestApp;
let schema: GraphQLSchema;
/** A patient who has ten devices and had nine more, of which the one that came last sends readings of all kinds. */
let busyPatientId: string;
/** A device that has been at two sites, with three patients, and sends readings since it is with the third. */
let movedDeviceId: string;

const NOW_MS = Date.now();
const daysFromNow = (days: number): string => new Date(NOW_MS + days * 24 * 3_600_000).toISOString();
/** 30 days, with all readings that are made here. */
const PERIOD = { from: daysFromNow(-29), to: daysFromNow(1) };

beforeAll(async () => {
  // With one connection the statements come one after the other, so that how the loaders batch does not depend on which
  // of two statements is answered first.
  app = await TestApp.start({ env: { DATABASE_POOL_SIZE: '1' } });
  schema = buildGatewaySchema();
  await prepare();
  // Events that are fresh would cost the first screen with a stream cursor a stamp.
  await app.data('operator', '{ streamCursor }');
});
afterAll(() => app.stop());

const WRITES = {
  registerDevice: 'RegisterDeviceInput! { device { databaseId } userErrors { code } }',
  createSite: 'CreateSiteInput! { site { databaseId } userErrors { code } }',
  createPatient: 'CreatePatientInput! { patient { databaseId } userErrors { code } }',
  associateDevice: 'AssociateDeviceInput! { userErrors { code } }',
  disassociateDevice: 'DisassociateDeviceInput! { userErrors { code } }',
  createOrder: 'CreateOrderInput! { order { databaseId } userErrors { code } }',
  processOrder: 'ProcessOrderInput! { order { databaseId } userErrors { code } }',
  shipOrder: 'ShipOrderInput! { order { databaseId } userErrors { code } }',
  deliverOrder: 'DeliverOrderInput! { order { databaseId } userErrors { code } }',
  receiveReturn: 'ReceiveReturnInput! { userErrors { code } }',
  replaceDevice: 'ReplaceDeviceInput! { order { databaseId } userErrors { code } }',
};

type Written = { userErrors: object[] } & Partial<
  Record<'device' | 'patient' | 'site' | 'order', { databaseId: string }>
>;

async function write(name: keyof typeof WRITES, input: Record<string, unknown>): Promise<string> {
  const [type, ...selection] = WRITES[name].split(' ');
  const mutation = `mutation ($input: ${type}) { answer: ${name}(input: $input) ${selection.join(' ')} }`;
  const { answer } = await app.data<{ answer: Written }>('operator', mutation, { input });
  expect(answer.userErrors).toEqual([]);
  return (answer.device ?? answer.patient ?? answer.site ?? answer.order)?.databaseId ?? '';
}

const register = (serial: string, itemId: number, siteId: number | string) =>
  write('registerDevice', { customerId: 1, itemId, siteId, identifiers: [{ type: 'SERIAL', value: serial }] });

/** So that already a page of 5 refers to everything that a page of 50 refers to. */
async function prepare(): Promise<void> {
  await app.admin.query('update patient set site_id = 3 where customer_id = 1 and site_id is null');
  const patients = await Promise.all(
    ['Aa', 'Ab', 'Ac'].map((lastName) =>
      write('createPatient', { customerId: 1, firstName: 'Ada', lastName, siteId: 5 }),
    ),
  );
  [busyPatientId] = patients as [string];
  let sendingDeviceId = '';
  for (let index = 0; index < 19; index += 1) {
    const ended = index >= 9 && index < 18;
    sendingDeviceId = await register(`BUSY ${index}`, ended ? 2 : 1, 4);
    await write('associateDevice', { deviceId: sendingDeviceId, patientId: busyPatientId });
    if (ended) await write('disassociateDevice', { deviceId: sendingDeviceId });
  }
  await sendReadings(sendingDeviceId);
  const deviceId = await register('SCANNED 1', 2, await write('createSite', { customerId: 1, name: 'Store room' }));
  await write('associateDevice', { deviceId, patientId: patients[2] });
  await write('disassociateDevice', { deviceId });

  await replaceDevices(patients[2]!);

  movedDeviceId = await register('MOVED 1', 3, 1);
  await deliver('MOVED 1', 3, { patientId: patients[2] });
  await write('receiveReturn', { deviceId: movedDeviceId, siteId: 1, outcome: 'RESTOCK' });
  await deliver('MOVED 1', 3, { siteId: 4 });
  await write('associateDevice', { deviceId: movedDeviceId, patientId: patients[0] });
  await write('disassociateDevice', { deviceId: movedDeviceId, siteId: 3 });
  await write('associateDevice', { deviceId: movedDeviceId, patientId: patients[1] });
  await sendReadings(movedDeviceId);

  await insertWebhooks();

  // The first of those who are silent has something to be asked about.
  const { rows } = await app.admin.query<{ id: string }>(
    `select p.id from patient p join patient_activity a on a.patient_id = p.id
     where p.customer_id = 1 and p.enrolled and p.archived_at is null order by a.last_reading_at, p.id limit 1`,
  );
  const silentDeviceId = await register('SILENT 1', 1, 4);
  await write('associateDevice', { deviceId: silentDeviceId, patientId: rows[0]!.id });
}

/** Of two customers; all their deliveries are done, so that nothing is sent while the screens are read. */
async function insertWebhooks(): Promise<void> {
  await app.admin.query(`
    with w as (
      insert into webhook (customer_id, url, event_types, secret)
      select c, 'https://example.com/' || n, '{ORDER_STATUS}', '' from generate_series(1, 2) c, generate_series(1, 6) n
      returning customer_id, id
    ), d as (
      insert into webhook_delivery (customer_id, webhook_id, message_id, event_type, payload, status)
      select w.customer_id, w.id, 'message ' || n, 'ORDER_STATUS', '{}', 'SUCCEEDED' from w, generate_series(1, 12) n
      returning customer_id, id
    )
    insert into webhook_attempt (customer_id, delivery_id, at, response_status, duration_ms)
    select d.customer_id, d.id, now(), 200, n from d, generate_series(1, 4) n`);
}

/** Sends a device of a warehouse on its way by an order, until it has arrived. */
async function deliver(identifier: string, itemId: number, recipient: object): Promise<void> {
  const orderId = await write('createOrder', { customerId: 1, ...recipient, lines: [{ itemId, quantity: 1 }] });
  await write('processOrder', { orderId, deviceIdentifiers: [identifier] });
  await write('shipOrder', { orderId });
  await write('deliverOrder', { orderId });
}

/** The last orders are replacements for the patient and for a site: of each more than a page of 5 has, less than one of 50. */
async function replaceDevices(patientId: string): Promise<void> {
  for (let index = 0; index < 12; index += 1) {
    const itemId = 1 + (index % 2);
    const defective = await register(`DEFECT ${index}`, itemId, 4);
    await register(`SPARE ${index}`, itemId, 1);
    if (index % 2 === 0) await write('associateDevice', { deviceId: defective, patientId });
    await write('replaceDevice', { deviceId: defective });
  }
}

/** More readings of each kind than fit on a page of 50 together, from now on: so its holder's. */
async function sendReadings(deviceId: string): Promise<void> {
  // Times have whole milliseconds here and microseconds in the database: in the same one it could be before the association.
  const beginMs = Date.now() + 1_000;
  const readings = Array.from({ length: 10 }, (_, minute) =>
    READING_TYPES.map((type) => ({
      deviceId,
      takenAt: new Date(beginMs + minute * 60_000).toISOString(),
      ...READINGS_BY_TYPE[type],
    })),
  ).flat();
  const { recordReadings } = await app.data<{ recordReadings: { recorded: number } }>(
    'operator',
    'mutation ($input: RecordReadingsInput!) { recordReadings(input: $input) { recorded } }',
    { input: { readings } },
  );
  expect(recordReadings.recorded).toBe(readings.length);
}

const SCREENS: Record<string, () => Screen> = {
  'status-board': () => ({
    caller: 'northside',
    variables: { filter: { statuses: ['WITH_PATIENT', 'IN_TRANSIT'] } },
    cost: 324,
    statements: [
      'outbox_state',
      'customer_by_id',
      'device_counts',
      'devices',
      'devices_count',
      'identifiers_by_device',
      'item_by_id',
      'site_by_id',
      'patient_by_id',
      'open_association_by_device',
    ],
  }),
  'device-page': () => ({
    caller: 'northside',
    variables: { id: movedDeviceId },
    cost: 1631,
    statements: [
      'outbox_state',
      'device_by_id',
      'customer_by_id',
      'identifiers_by_device',
      'item_by_id',
      'open_association_by_device',
      'associations_by_device',
      'associations_by_device_count',
      'status_changes_by_device',
      'status_changes_by_device_count',
      // Where the device is and who has it, then the same of its history; and the site of the holder.
      'site_by_id',
      'site_by_id',
      'site_by_id',
      'patient_by_id',
      'patient_by_id',
      'last_reading_by_device',
      'latest_readings_by_device',
      'readings_by_device',
      'orders_by_device',
      'orders_by_device_count',
      'order_events_by_order',
      // Which change and which reading belong to which association, and which change to which order.
      'association_at',
      'association_at',
      'device_order_by_id',
    ],
  }),
  'order-desk': () => ({
    caller: 'northside',
    variables: { filter: { kinds: ['REPLACEMENT'] } },
    cost: 5362,
    statements: [
      'order_counts',
      'orders',
      'orders_count',
      'patient_by_id',
      'site_by_id',
      'lines_by_order',
      'item_by_id',
      // Those that are sent and those that are expected back.
      'devices_by_order_outbound',
      'devices_by_order_outbound_count',
      'devices_by_order_return',
      'identifiers_by_device',
      'order_events_by_order',
    ],
  }),
  'patient-page': () => ({
    caller: 'northside',
    variables: { id: busyPatientId, ...PERIOD },
    cost: 1047,
    statements: [
      'patient_by_id',
      'customer_by_id',
      'site_by_id',
      'devices_by_patient',
      'devices_by_patient_count',
      'open_association_by_device',
      'associations_by_patient',
      'associations_by_patient_count',
      'device_by_id',
      // Of the devices that the patient has, then of those of the associations.
      'identifiers_by_device',
      'identifiers_by_device',
      'item_by_id',
      'item_by_id',
      'last_reading_by_device',
      'last_reading_by_patient',
      'latest_readings_by_patient',
      'readings_by_patient',
      // Of each kind that is drawn.
      'reading_trend',
      'reading_trend',
    ],
  }),
  'silent-patients': () => ({
    caller: 'northside',
    variables: { since: daysFromNow(1) },
    cost: 2452,
    statements: [
      'patients',
      'patients_count',
      'site_by_id',
      'last_reading_by_patient',
      'latest_readings_by_patient',
      'devices_by_patient',
      'identifiers_by_device',
      'item_by_id',
      'last_reading_by_device',
    ],
  }),
  chart: () => ({
    caller: 'northside',
    variables: { id: busyPatientId, ...PERIOD },
    cost: 1071,
    // One for each kind.
    statements: ['patient_by_id', 'readings_by_patient', ...Array<string>(7).fill('reading_trend')],
  }),
  'site-inventory': () => ({
    caller: 'northside',
    variables: {},
    cost: 2303,
    statements: [
      'sites',
      'sites_count',
      'device_counts_by_site',
      'devices_by_site',
      'devices_by_site_count',
      'patients_by_site_count',
      'identifiers_by_device',
      'item_by_id',
      'items',
    ],
  }),
  search: () => ({
    caller: 'northside',
    variables: { text: 'a' },
    cost: 954,
    statements: [
      'devices',
      'devices_count',
      'patients',
      'patients_count',
      'orders',
      'sites',
      // Of the devices that were found, and of those of the patients.
      'identifiers_by_device',
      'identifiers_by_device',
      'item_by_id',
      'item_by_id',
      'site_by_id',
      'site_by_id',
      'devices_by_patient',
    ],
  }),
  'long-associated-devices': () => ({
    caller: 'northside',
    variables: { filter: { associated: true, statuses: ['WITH_PATIENT'] } },
    cost: 652,
    statements: [
      'devices',
      'devices_count',
      'identifiers_by_device',
      'item_by_id',
      'open_association_by_device',
      'patient_by_id',
      'site_by_id',
      'status_changes_by_device',
    ],
  }),
  'association-dialog': () => ({
    caller: 'northside',
    variables: { identifier: 'scanned-1' },
    cost: 6169,
    statements: [
      'device_by_identifier',
      'associations_by_device',
      'patients',
      'patient_by_id',
      'devices_by_patient',
      'devices_by_patient_count',
      // Of the device that was scanned, then of the patients and of what they have.
      'site_by_id',
      'site_by_id',
      'identifiers_by_device',
      'identifiers_by_device',
      'item_by_id',
      'item_by_id',
    ],
  }),
  'webhooks-page': () => ({
    caller: 'operator',
    variables: {},
    cost: 2703,
    statements: [
      'webhooks',
      'webhooks_count',
      'customer_by_id',
      'webhook_deliveries_by_webhook',
      'webhook_attempts_by_delivery',
      'webhook_attempts_by_delivery_count',
    ],
  }),
  'operator-stock': () => ({
    caller: 'operator',
    variables: {},
    cost: 3384,
    statements: [
      'customers',
      'customers_count',
      'device_counts',
      'device_counts',
      'sites',
      'device_counts_by_site',
      'devices_by_site',
      'devices_by_site_count',
      'customer_by_id',
      'identifiers_by_device',
      'item_by_id',
      'status_changes_by_device',
    ],
  }),
};

it('has a document for each screen', () => {
  const documents = readdirSync(__dirname).filter((file) => file.endsWith('.graphql'));
  expect(documents.sort()).toEqual(
    Object.keys(SCREENS)
      .map((name) => `${name}.graphql`)
      .sort(),
  );
});

describe.each(Object.keys(SCREENS))('%s', (name) => {
  it('is valid and within the limits', () => {
    const document = parse(readScreen(name));
    expect(validate(schema, document)).toEqual([]);
    const { variables, cost } = SCREENS[name]!();
    expect(operationCost(schema, document, null, { first: 50, ...variables })).toBe(cost);
    expect(cost).toBeLessThanOrEqual(DEFAULT_LIMITS.maxCost / 2);
  });

  it.each([5, 50])('takes the same statements with pages of %d', async (first) => {
    const { caller, variables, statements } = SCREENS[name]!();
    const sent = await app.statementsOf(() => app.data(caller, readScreen(name), { first, ...variables }));
    expect(namesOf(sent)).toEqual([...statements].sort());
  });
});
