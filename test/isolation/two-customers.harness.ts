import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEVICE_IN_SITUATION } from '../support/device-situation';
import { globalId } from '../support/global-id';
import { TestApp, type CallerName, type TestAppOptions } from '../support/test-app';
import { orderOwnDevices } from './own-orders';
import { recordOwnReadings, type ReadingType } from './own-readings';
import { addOwnWebhook } from './own-webhook';

export const NORTHSIDE_ID = '1';
export const LAKEVIEW_ID = '2';
/** No row of any table has it. */
export const MISSING_ID = '900000000000000001';

/** An Impilo warehouse with devices of both customers. */
export const WAREHOUSE_ID = '1';
const CUSTOMER_NAMES = { northside: 'Northside Health', lakeview: 'Lakeview Care' };
/** More than any test needs as replacements. */
const SPARE_DEVICES = 20;

/**
 * A gateway on a database with the two customers of the demo keys, a warehouse with spare devices of each, and one item. A customer
 * has no other rows than the tests create, so that reading all of them is fast.
 */
export async function startTwoCustomers(options: Omit<TestAppOptions, 'template'> = {}): Promise<TestApp> {
  const compiledReads = { compilesAtFirstUse: true, statements: { statements: 10_000, characters: Infinity } };
  const app = await TestApp.start({ compiledReads, ...options, template: 'empty' });
  await app.admin
    .query(`insert into customer (name) values ('${CUSTOMER_NAMES.northside}'), ('${CUSTOMER_NAMES.lakeview}');
    insert into site (customer_id, name) values (0, 'Warehouse');
    insert into item (name, reading_kinds) values ('Cuff', '{BLOOD_PRESSURE}')`);
  for (const customerId of [NORTHSIDE_ID, LAKEVIEW_ID]) {
    for (let spare = 1; spare <= SPARE_DEVICES; spare += 1) {
      const serial = `SPARE-${customerId}-${spare}`;
      await app.admin.query(DEVICE_IN_SITUATION, [
        customerId,
        '1',
        'AVAILABLE',
        WAREHOUSE_ID,
        null,
        false,
        false,
        serial,
      ]);
    }
  }
  return app;
}

/** Runs a mutation that must succeed, and returns its payload. */
export type Run = <T>(key: CallerName, field: string, input: object, selection: string) => Promise<T>;

/** One row of each type that one customer owns, and the texts that identify its rows. */
export interface OwnRows {
  /** databaseIds by type. */
  ids: Record<
    | 'Customer'
    | 'ApiKey'
    | 'Site'
    | 'Patient'
    | 'Device'
    | 'DeviceAssociation'
    | 'DeviceIdentifierChange'
    | 'DeviceStatusChange'
    | 'Order'
    | 'OrderStatusChange'
    | 'OrderParcelAdded'
    | 'Webhook'
    | 'WebhookDelivery'
    | 'WebhookAttempt'
    | 'WebhookPlanningFailure'
    | ReadingType,
    string
  >;
  /** A device without a holder, at the site. */
  freeDeviceId: string;
  /** A delivered order with a return device. `ids.Order` is not processed. */
  deliveredOrderId: string;
  /** Time at which the readings were taken. */
  takenAt: string;
  texts: {
    identifier: string;
    freeIdentifier: string;
    externalIdentifier: string;
    /** Of the order for the site. */
    externalOrderId: string;
    /** Of the cancelled order for the patient. */
    patientOrderId: string;
    eventId: string;
    customerName: string;
    apiKeyName: string;
    siteName: string;
    patientName: string;
    email: string;
    zipCode: string;
  };
}

/**
 * Creates rows of a customer: a site, a patient of the site, a device that the patient holds, a free device at the site, readings of
 * each kind of the patient, orders for the patient and for the site, and a webhook with a delivery.
 *
 * @param zipCode that no demo patient has
 * @param tag makes the texts of several calls for one customer unique
 */
export async function createOwnRows(
  app: TestApp,
  caller: 'northside' | 'lakeview',
  customerId: string,
  zipCode: string,
  tag = '',
): Promise<OwnRows> {
  const name = `Zz${caller}${tag}`;
  const texts = {
    identifier: `PROBE-${caller}${tag}-1`,
    freeIdentifier: `PROBE-${caller}${tag}-2`,
    externalIdentifier: `probe-${caller}${tag}`,
    externalOrderId: `PO ${caller}${tag}`,
    patientOrderId: `PO of a patient ${caller}${tag}`,
    eventId: `event-${caller}${tag}`,
    customerName: CUSTOMER_NAMES[caller],
    apiKeyName: name,
    siteName: name,
    patientName: name,
    email: `${caller}${tag}@probe.example`,
    zipCode,
  };
  const run: Run = async <T>(key: CallerName, field: string, input: object, selection: string): Promise<T> => {
    const type = `${field[0]!.toUpperCase()}${field.slice(1)}Input`;
    const document = `mutation ($input: ${type}!) { payload: ${field}(input: $input) { ${selection} userErrors { code message } } }`;
    const { payload } = await app.data<{ payload: T & { userErrors: unknown[] } }>(key, document, { input });
    if (payload.userErrors.length > 0) throw new Error(`${field}: ${JSON.stringify(payload.userErrors)}`);
    return payload;
  };
  interface Id {
    databaseId: string;
  }
  const { site } = await run<{ site: Id }>(caller, 'createSite', { name }, 'site { databaseId }');
  const siteId = site.databaseId;
  const { apiKey } = await run<{ apiKey: Id }>(
    caller,
    'createApiKey',
    { name, role: 'READ_ONLY' },
    'apiKey { databaseId }',
  );
  const { patient } = await run<{ patient: Id }>(
    caller,
    'createPatient',
    {
      firstName: name,
      lastName: 'Probe',
      email: texts.email,
      externalIdentifier: texts.externalIdentifier,
      address: { zipCode },
      siteId,
    },
    'patient { databaseId }',
  );
  const register = async (value: string, atSite: string) => {
    const input = { customerId, itemId: '1', siteId: atSite, identifiers: [{ type: 'SERIAL', value }] };
    return (await run<{ device: Id }>('operator', 'registerDevice', input, 'device { databaseId }')).device.databaseId;
  };
  const [deviceId, freeDeviceId] = [
    await register(texts.identifier, WAREHOUSE_ID),
    await register(texts.freeIdentifier, siteId),
  ];
  const patientId = patient.databaseId;
  const { waiting: orderId, delivered } = await orderOwnDevices(run, caller, { ...texts, patientId, siteId });
  // No operation creates an order with a return device unless another device is in stock.
  await app.admin.query(
    `insert into order_device (customer_id, order_id, device_id, leg) values ($1, $2, $3, 'RETURN')`,
    [customerId, delivered, freeDeviceId],
  );
  const { association, statusChange } = await run<{ association: Id & { startedAt: string }; statusChange: Id }>(
    caller,
    'associateDevice',
    { deviceId, patientId },
    'association { databaseId startedAt } statusChange { databaseId }',
  );
  const { identifierChange } = await run<{ identifierChange: Id }>(
    caller,
    'updateDeviceIdentifiers',
    { deviceId, identifiers: [{ type: 'ICCID', value: `8901${deviceId.padStart(15, '0')}F` }] },
    'identifierChange { databaseId }',
  );
  const takenAt = association.startedAt;
  const webhook = await addOwnWebhook(app, run, caller, customerId, texts.eventId);
  const readings = await recordOwnReadings(app, caller, { deviceId, patientId, freeDeviceId, takenAt });
  return {
    ids: {
      Customer: customerId,
      ApiKey: apiKey.databaseId,
      Site: siteId,
      Patient: patientId,
      Device: deviceId,
      DeviceAssociation: association.databaseId,
      DeviceIdentifierChange: identifierChange.databaseId,
      DeviceStatusChange: statusChange.databaseId,
      Order: orderId,
      ...(await orderEventsOf(app, customerId)),
      ...webhook,
      ...readings,
    },
    freeDeviceId,
    deliveredOrderId: delivered,
    takenAt,
    texts,
  };
}

/** One order event of each type. */
async function orderEventsOf(app: TestApp, customerId: string) {
  const { rows } = await app.admin.query<{ type: 'OrderStatusChange' | 'OrderParcelAdded'; id: string }>(
    'select type, max(id)::text as id from order_event where customer_id = $1 group by type',
    [customerId],
  );
  return Object.fromEntries(rows.map(({ type, id }) => [type, id])) as Record<(typeof rows)[number]['type'], string>;
}

/** Global id and databaseId of a row. Global ids of an interface's types contain the name of the interface. */
export function formsOf(type: string, id: string): string[] {
  const entity = type.endsWith('Reading') ? 'Reading' : type.replace(/^Order.+/, 'OrderEvent');
  return [globalId(entity, id), id];
}

/** Tables with rows of customers, and the type names in their global ids. */
const TABLES = {
  customer: 'Customer',
  api_key: 'ApiKey',
  site: 'Site',
  patient: 'Patient',
  device: 'Device',
  device_association: 'DeviceAssociation',
  device_status_change: 'DeviceStatusChange',
  device_order: 'Order',
  order_event: 'OrderEvent',
  webhook: 'Webhook',
  webhook_delivery: 'WebhookDelivery',
  webhook_attempt: 'WebhookAttempt',
  webhook_event: 'WebhookPlanningFailure',
  reading: 'Reading',
} as const;

/** The global ids of all rows of a customer. None of them may be in a result for another customer. */
export async function globalIdsOf(app: TestApp, customerId: string): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const [table, type] of Object.entries(TABLES)) {
    const column = table === 'customer' ? 'id' : 'customer_id';
    const { rows } = await app.admin.query<{ id: string }>(`select id from ${table} where ${column} = $1`, [
      customerId,
    ]);
    for (const { id } of rows) ids.add(globalId(type, id));
  }
  return ids;
}

/** A text that changes when any row of a customer changes, in any table. */
export async function fingerprintOf(app: TestApp, customerId: string): Promise<string> {
  // Without partitions: their rows belong to the partitioned table.
  const { rows: tables } = await app.admin.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'customer_id'
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
  );
  // Positions of events are assigned after the commit. Uses of keys are recorded in the background.
  const { rows } = await app.admin.query<{ text: string }>(
    tables
      .map(
        ({ name }) =>
          `select concat_ws(' ', '${name}', count(*), sum(hashtextextended((to_jsonb(t) - 'position' - 'last_used_at')::text, 0))) as text
           from ${name} t where customer_id = $1`,
      )
      .join(' union all '),
    [customerId],
  );
  return rows
    .map(({ text }) => text)
    .sort()
    .join('\n');
}

/**
 * Writes the number of probes on each path to `artifacts/isolation-probes.<name>.json`.
 *
 * @returns the numbers by path
 */
export async function reportProbes(name: string, paths: readonly string[]): Promise<Record<string, number>> {
  const byPath: Record<string, number> = {};
  for (const path of paths) byPath[path] = (byPath[path] ?? 0) + 1;
  const folder = join(__dirname, '../../artifacts');
  await mkdir(folder, { recursive: true });
  const report = { total: paths.length, byPath };
  await writeFile(join(folder, `isolation-probes.${name}.json`), `${JSON.stringify(report, null, 2)}\n`);
  return byPath;
}
