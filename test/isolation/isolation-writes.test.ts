import { raw, StatementWriter } from '../../src/platform/db/sql';
import { buildGatewaySchema } from '../../src/features';
import type { Field } from '../support/schema-walk';
import { userErrorsOf, type Payload } from '../support/payload';
import { variablesOf } from '../support/schema-walk';
import type { TestApp } from '../support/test-app';
import type { Parties } from './probe.harness';
import {
  createOwnRows,
  fingerprintOf,
  globalIdsOf,
  LAKEVIEW_ID,
  NORTHSIDE_ID,
  reportProbes,
  startTwoCustomers,
  type OwnRows,
} from './two-customers.harness';
import {
  rowsFor,
  rowsOfMutations,
  validInput,
  writeResultText,
  writeDocument,
  writeProbes,
  type WriteProbe,
} from './write-probe.harness';

const schema = buildGatewaySchema();
/** Mutations for operators only. They are FORBIDDEN to customers, whatever the input. */
const OF_OPERATORS = [
  'createCustomer',
  'updateCustomer',
  'createItem',
  'updateItem',
  'createWarehouse',
  'updateWarehouse',
  'registerDevice',
  'registerDevices',
  'processOrder',
  'shipOrder',
  'markOrderReadyForPickup',
  'deliverOrder',
  'receiveReturn',
];
/** Their inputs name no row of a customer. */
const NAMING_NO_ROWS = ['createCustomer', 'createItem', 'updateItem', 'createWarehouse'];
const MUTATIONS = Object.values(schema.getMutationType()!.getFields()) as Field[];

let app: TestApp;
let northside: OwnRows;
let lakeview: OwnRows;
let parties: Parties;
let foreignIds: Set<string>;
let fingerprint: string;

beforeAll(async () => {
  app = await startTwoCustomers();
  northside = await createOwnRows(app, 'northside', NORTHSIDE_ID, '99950');
  lakeview = await createOwnRows(app, 'lakeview', LAKEVIEW_ID, '96799');
  parties = { schema, foreign: northside, own: lakeview, foreignCursors: new Map() };
  foreignIds = await globalIdsOf(app, NORTHSIDE_ID);
  fingerprint = await fingerprintOf(app, NORTHSIDE_ID);
});
afterAll(() => app.stop());
afterEach(() => jest.restoreAllMocks());

/** Only these mutations can write an external identifier. */
const WRITES_EXTERNAL_IDENTIFIER = /^Mutation\.(create|update)Patients?\(/;

/** Writing an external identifier that another customer uses is allowed. This undoes the write. */
async function undoWrite(written: string[]): Promise<void> {
  await app.admin.query(
    `with made as (
       select customer_id, id from patient where customer_id = $1 and external_identifier = any($2) and id <> $3
     ), without_activity as (
       delete from patient_activity a using made where a.customer_id = made.customer_id and a.patient_id = made.id
     )
     delete from patient p using made where p.customer_id = made.customer_id and p.id = made.id`,
    [LAKEVIEW_ID, written, lakeview.ids.Patient],
  );
  await app.admin.query('update patient set external_identifier = $1, version = 1 where customer_id = $2 and id = $3', [
    lakeview.texts.externalIdentifier,
    LAKEVIEW_ID,
    lakeview.ids.Patient,
  ]);
}

/** Runs each probe with the other customer's values and with values that do not exist. Returns those whose results differ. */
async function runProbes(probes: readonly WriteProbe[]): Promise<string[]> {
  const leaks: string[] = [];
  for (const { path, document, foreign, missing, first, values } of probes) {
    const written = values.flatMap((value) => [value.foreign, value.missing]);
    const send = async (variables: Record<string, unknown>) => {
      const result = await app.query('lakeview', document, variables);
      if (WRITES_EXTERNAL_IDENTIFIER.test(path)) await undoWrite(written);
      return result;
    };
    if (first) await send(first);
    const results = [await send(foreign), await send(missing)];
    const invalid = results
      .flatMap(({ errors = [] }) => errors)
      .find(({ extensions }) => extensions.code === 'BAD_USER_INPUT');
    if (invalid) throw new Error(`${path}: ${invalid.message}`);
    const [text, textOfMissing] = results.map((result) => writeResultText(result, values));
    const shown = [...JSON.stringify(results[0]).matchAll(/"([\w-]{8,})"/g)].some(([, value]) =>
      foreignIds.has(value!),
    );
    if (shown || text !== textOfMissing) leaks.push(`${path}: ${text} is not ${textOfMissing}`);
  }
  return leaks;
}

it.each(MUTATIONS)(
  "$name: another customer's ids in the input return the same as ids that do not exist",
  async (field) => {
    const probes = writeProbes(parties, field);
    expect(await runProbes(probes)).toEqual([]);
    expect(probes.length > 0).toBe(!NAMING_NO_ROWS.includes(field.name));
    expect(await fingerprintOf(app, NORTHSIDE_ID)).toBe(fingerprint);
  },
);

it('the report lists each mutation', async () => {
  const byPath = await reportProbes(
    'writes',
    MUTATIONS.flatMap((field) => writeProbes(parties, field)).map(({ path }) => path),
  );
  expect(byPath).toMatchObject({
    'Mutation.associateDevice(input.deviceId)': 4,
    'Mutation.associateDevice(input.patientExternalIdentifier)': 2,
    'Mutation.associateDevice(all)': 1,
    'Mutation.associateDevices(input.devices.deviceId)': 8,
    'Mutation.associateDevices(input.devices.patientExternalIdentifier)': 4,
    'Mutation.associateDevices(all)': 2,
    'Mutation.disassociateDevice(input.siteId)': 2,
    'Mutation.disassociateDevices(input.devices.siteId)': 4,
    'Mutation.updateDeviceStatuses(input.devices.deviceIdentifier)': 4,
    'Mutation.createSite(input.customerId)': 2,
    'Mutation.registerDevice(input.identifiers.value)': 2,
    'Mutation.registerDevices(input.devices.identifiers.value)': 2,
    'Mutation.createPatients(input.patients.customerId)': 4,
    'Mutation.createPatients(input.patients.siteId)': 4,
    'Mutation.recordReadings(input.readings.deviceId)': 12,
    'Mutation.recordReadings(input.readings.deviceIdentifier)': 6,
    'Mutation.recordReadings(input.readings.patientId)': 12,
    'Mutation.recordReadings(input.readings.patientExternalIdentifier)': 6,
    'Mutation.recordReadings(all)': 2,
    'Mutation.createOrder(input.patientId)': 8,
    'Mutation.createOrder(input.siteId)': 8,
    'Mutation.replaceDevice(input.deviceIdentifier)': 2,
    'Mutation.cancelOrder(input.orderId)': 2,
    'Mutation.cancelReturn(input.deviceId)': 4,
    'Mutation.cancelReturn(input.patientId)': 6,
    'Mutation.cancelReturn(input.siteId)': 2,
    'Mutation.processOrder(input.deviceIdentifiers)': 1,
    'Mutation.createApiKey(input.customerId)': 2,
    'Mutation.revokeApiKey(input.apiKeyId)': 2,
    'Mutation.updateWebhook(input.webhookId)': 2,
    'Mutation.deleteWebhook(input.webhookId)': 2,
    'Mutation.rotateWebhookSecret(input.webhookId)': 2,
    'Mutation.sendTestWebhook(input.webhookId)': 2,
    'Mutation.retryWebhookDelivery(input.deliveryId)': 2,
    'Mutation.retryWebhookPlanning(input.webhookPlanningFailureId)': 2,
  });
  const mutations = new Set(Object.keys(byPath).map((path) => /^Mutation\.(\w+)/.exec(path)![1]));
  expect([...mutations, ...NAMING_NO_ROWS].sort()).toEqual(MUTATIONS.map(({ name }) => name).sort());
});

let rowsOf: Awaited<ReturnType<typeof rowsOfMutations>>;
beforeAll(async () => {
  rowsOf = await rowsOfMutations(app, 'lakeview', LAKEVIEW_ID, '96799');
});

it.each(MUTATIONS)('$name: the inputs of the probe are valid except for the ids', async (field) => {
  const rows = await rowsOf(field);
  const variables = variablesOf(field.args, validInput({ ...parties, own: rowsFor(field, rows) }, field));
  const result = await app.query<Record<string, Payload>>(
    'lakeview',
    writeDocument(schema, field, variables),
    variables,
  );
  if (OF_OPERATORS.includes(field.name)) {
    expect(result.errors).toMatchObject([{ path: [field.name], extensions: { code: 'FORBIDDEN' } }]);
  } else {
    expect(result.errors).toBeUndefined();
    expect(userErrorsOf(result.data[field.name]!)).toEqual([]);
  }
});

describe('a planted leak', () => {
  const TABLES = [
    'api_key',
    'device',
    'device_identifier',
    'device_status_change',
    'device_association',
    'patient',
    'event',
  ];
  const OF_READINGS = ['reading', 'device_activity', 'patient_activity'];
  const OF_ORDERS = ['device_order', 'order_item', 'order_device', 'order_event'];
  const OF_WEBHOOKS = ['webhook', 'webhook_event', 'webhook_delivery', 'webhook_attempt'];
  const inStatements = () => jest.spyOn(StatementWriter.prototype, 'owned').mockReturnValue(raw('true'));
  const probesOf = (mutation: string) => {
    const field = MUTATIONS.find(({ name }) => name === mutation)!;
    return writeProbes(parties, field);
  };

  beforeAll(async () => {
    const leaking = [...TABLES, ...OF_READINGS, ...OF_ORDERS, ...OF_WEBHOOKS];
    for (const table of leaking)
      await app.admin.query(`create policy leak on ${table} to gateway_customer using (true) with check (true)`);
  });

  it('in the policies alone records no reading, because statements filter by customer', async () => {
    expect(await runProbes(probesOf('recordReadings'))).toEqual([]);
    expect(await fingerprintOf(app, NORTHSIDE_ID)).toBe(fingerprint);
  });

  it.each([
    'cancelOrder',
    'cancelReturn',
    'replaceDevice',
    'rotateWebhookSecret',
    'retryWebhookDelivery',
    'retryWebhookPlanning',
    'revokeApiKey',
  ])(
    'in the policies alone does not let another customer %s, because statements filter by customer',
    async (mutation) => {
      expect(await runProbes(probesOf(mutation))).toEqual([]);
      expect(await fingerprintOf(app, NORTHSIDE_ID)).toBe(fingerprint);
    },
  );

  it('in both layers is detected: another customer can lock and change a device', async () => {
    inStatements();
    const leaks = await runProbes(probesOf('updateDeviceStatus').slice(0, 2));
    expect(leaks).toHaveLength(2);
    expect(await fingerprintOf(app, NORTHSIDE_ID)).not.toBe(fingerprint);
  });

  it('in both layers is detected: another customer can record readings of a device', async () => {
    inStatements();
    const before = await fingerprintOf(app, NORTHSIDE_ID);
    const leaks = await runProbes(probesOf('recordReadings').filter(({ path }) => path.includes('.device')));
    expect(leaks.length).toBeGreaterThan(2);
    expect(await fingerprintOf(app, NORTHSIDE_ID)).not.toBe(before);
  });

  it.each([
    'cancelOrder',
    'rotateWebhookSecret',
    'retryWebhookDelivery',
    'retryWebhookPlanning',
    'deleteWebhook',
    'revokeApiKey',
  ])('in both layers is detected: another customer can %s', async (mutation) => {
    inStatements();
    const before = await fingerprintOf(app, NORTHSIDE_ID);
    expect(await runProbes(probesOf(mutation))).not.toEqual([]);
    expect(await fingerprintOf(app, NORTHSIDE_ID)).not.toBe(before);
  });
});
