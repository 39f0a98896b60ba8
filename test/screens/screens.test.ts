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
  /** Cost with pages of 50. The limit is 30,000. */
  cost: number;
  /** Names of the statements of one request, independent of the page size. */
  statements: string[];
}

let app: TestApp;
let schema: GraphQLSchema;
/** A patient who holds ten devices and held nine more. The newest device sends readings of all kinds. */
let busyPatientId: string;
/** A device that was at two sites and with three patients. It sends readings while the third patient holds it. */
let movedDeviceId: string;

const NOW_MS = Date.now();
const daysFromNow = (days: number): string => new Date(NOW_MS + days * 24 * 3_600_000).toISOString();
/** 30 days that contain all readings of these tests. */
const PERIOD = { from: daysFromNow(-29), to: daysFromNow(1) };

beforeAll(async () => {
  // With one connection, statements run one after the other, so the batches of the loaders do not depend on which of two
  // statements finishes first.
  app = await TestApp.start({ env: { DATABASE_POOL_SIZE: '1' } });
  schema = buildGatewaySchema();
  await prepare();
  // Otherwise the first screen with a stream cursor would also sequence new events.
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

type Payload = { userErrors: object[] } & Partial<
  Record<'device' | 'patient' | 'site' | 'order', { databaseId: string }>
>;

async function write(name: keyof typeof WRITES, input: Record<string, unknown>): Promise<string> {
  const [type, ...selection] = WRITES[name].split(' ');
  const mutation = `mutation ($input: ${type}) { payload: ${name}(input: $input) ${selection.join(' ')} }`;
  const { payload } = await app.data<{ payload: Payload }>('operator', mutation, { input });
  expect(payload.userErrors).toEqual([]);
  return (payload.device ?? payload.patient ?? payload.site ?? payload.order)?.databaseId ?? '';
}

const register = (serial: string, itemId: number, siteId: number | string) =>
  write('registerDevice', { customerId: 1, itemId, siteId, identifiers: [{ type: 'SERIAL', value: serial }] });

/** Makes sure that a page of 5 already references all types of objects that a page of 50 references. */
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

  // The first silent patient holds a device.
  const { rows } = await app.admin.query<{ id: string }>(
    `select p.id from patient p join patient_activity a on a.patient_id = p.id
     where p.customer_id = 1 and p.enrolled and p.archived_at is null order by a.last_reading_at, p.id limit 1`,
  );
  const silentDeviceId = await register('SILENT 1', 1, 4);
  await write('associateDevice', { deviceId: silentDeviceId, patientId: rows[0]!.id });
}

/** Webhooks of two customers. All deliveries are finished, so that nothing is sent while the screens are read. */
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

/** Delivers a device from a warehouse by an order. */
async function deliver(identifier: string, itemId: number, recipient: object): Promise<void> {
  const orderId = await write('createOrder', { customerId: 1, ...recipient, lines: [{ itemId, quantity: 1 }] });
  await write('processOrder', { orderId, deviceIdentifiers: [identifier] });
  await write('shipOrder', { orderId });
  await write('deliverOrder', { orderId });
}

/** Makes the newest orders replacements for the patient and for a site: more of each than a page of 5 shows, fewer than a page of 50. */
async function replaceDevices(patientId: string): Promise<void> {
  for (let index = 0; index < 12; index += 1) {
    const itemId = 1 + (index % 2);
    const defective = await register(`DEFECT ${index}`, itemId, 4);
    await register(`SPARE ${index}`, itemId, 1);
    if (index % 2 === 0) await write('associateDevice', { deviceId: defective, patientId });
    await write('replaceDevice', { deviceId: defective });
  }
}

/** Sends more readings than a page of 50 shows, taken from now on, so that they belong to the current holder. */
async function sendReadings(deviceId: string): Promise<void> {
  // Times have milliseconds here and microseconds in the database: within the same millisecond a reading could precede the association.
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
    cost: 913,
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
    cost: 2_313,
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
      // Site and holder of the device, sites and holders of its history, and the site of the holder.
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
      // Associations of changes and of readings, and orders of changes.
      'association_of_change',
      'association_of_reading',
      'device_order_by_id',
    ],
  }),
  'order-desk': () => ({
    caller: 'northside',
    variables: { filter: { kinds: ['REPLACEMENT'] } },
    cost: 9_440,
    statements: [
      'order_counts',
      'orders',
      'orders_count',
      'patient_by_id',
      'site_by_id',
      'lines_by_order',
      'item_by_id',
      // Devices that are sent, and devices that are expected back.
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
    cost: 1_624,
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
      // For the current devices of the patient, then for those of the associations.
      'identifiers_by_device',
      'identifiers_by_device',
      'item_by_id',
      'item_by_id',
      'last_reading_by_device',
      'last_reading_by_patient',
      'latest_readings_by_patient',
      'readings_by_patient',
      // One for each kind.
      'reading_trend',
      'reading_trend',
    ],
  }),
  'silent-patients': () => ({
    caller: 'northside',
    variables: { since: daysFromNow(1) },
    cost: 3_328,
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
    cost: 1_768,
    // One for each kind.
    statements: ['patient_by_id', 'readings_by_patient', ...Array<string>(7).fill('reading_trend')],
  }),
  'site-inventory': () => ({
    caller: 'northside',
    variables: {},
    cost: 8_759,
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
    cost: 1_675,
    statements: [
      'devices',
      'devices_count',
      'patients',
      'patients_count',
      'orders',
      'sites',
      // For the found devices, and for those of the patients.
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
    cost: 1_273,
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
    cost: 5_419,
    statements: [
      'device_by_identifier',
      'associations_by_device',
      'patients',
      'patient_by_id',
      'devices_by_patient',
      'devices_by_patient_count',
      // For the scanned device, then for the patients and their devices.
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
    cost: 14_179,
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
    cost: 5_888,
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

it('every screen document is tested', () => {
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

  it.each([5, 50])('needs the same statements with pages of %d', async (first) => {
    const { caller, variables, statements } = SCREENS[name]!();
    const sent = await app.statementsOf(() => app.data(caller, readScreen(name), { first, ...variables }));
    expect(namesOf(sent)).toEqual([...statements].sort());
  });
});
