import { createHash } from 'node:crypto';
import { Client, DatabaseError, type QueryResult } from 'pg';
import { buildGatewaySchema } from '../../src/features';
import type { Field } from '../support/schema-walk';
import { variablesOf } from '../support/schema-walk';
import { namesOf } from '../support/statement-names';
import type { LoggedStatement, TestApp } from '../support/test-app';
import { sendProbes } from './probe-batch.harness';
import { cursorsOf, readContainers, readProbes, type Parties } from './probe.harness';
import { createOwnRows, LAKEVIEW_ID, NORTHSIDE_ID, startTwoCustomers } from './two-customers.harness';
import { rowsFor, rowsOfMutations, validInput, writeDocument } from './write-probe.harness';

const WAREHOUSE_ID = '1';
/** A customer without any rows: it sees only rows that all customers see. */
const EMPTY_CUSTOMER_ID = '900000000000000001';
/** A statement that was sent with many sets of values is replayed with this many of them. */
const VALUES_OF_A_TEXT = 4;
const INSUFFICIENT_PRIVILEGE = '42501';

/** Their customer condition does not come from the statement builder but from the keys that they join. */
const OF_READINGS = [
  'readings_by_device',
  'readings_by_patient',
  'latest_readings_by_device',
  'latest_readings_by_patient',
  'last_reading_by_device',
  'last_reading_by_patient',
  'association_of_change',
  'association_of_reading',
  'reading_by_id',
  'reading_trend',
  'lock_devices_for_readings',
  'holders_for_readings',
  'patients_for_readings',
  'stored_readings',
];

const OF_ORDERS_KEYS_AND_WEBHOOKS = [
  'orders',
  'device_order_by_id',
  'orders_by_patient',
  'orders_by_site',
  'orders_by_device',
  'lines_by_order',
  'devices_by_order',
  'devices_by_order_outbound',
  'devices_by_order_return',
  'order_events_by_order',
  'lock_order',
  'api_keys',
  'api_key_by_id',
  'webhooks',
  'webhook_by_id',
  'webhook_delivery_by_id',
  'webhook_deliveries',
  'webhook_planning_failures',
  'webhook_deliveries_by_webhook',
  'webhook_attempts_by_delivery',
  'webhook_attempt_by_id',
];

const schema = buildGatewaySchema();
let app: TestApp;
let client: Client;

beforeAll(async () => {
  app = await startTwoCustomers();
  client = new Client({ connectionString: app.database.url, options: `-c role=gateway_customer -c ${GENERIC_PLANS}` });
  await client.connect();
  await app.admin.query(`set ${GENERIC_PLANS}`);
});
afterAll(async () => {
  await client.end();
  await app.stop();
});

/** Runs every field with every argument, and every mutation, on the caller's rows. Returns the statements that were sent, each once. */
async function statementsOfAll(
  caller: 'northside' | 'lakeview',
  customerId: string,
  zipCode: string,
): Promise<LoggedStatement[]> {
  const own = await createOwnRows(app, caller, customerId, zipCode);
  const rows = {
    ...Object.fromEntries(Object.entries(own.ids).map(([type, id]) => [type, [id]])),
    Site: [own.ids.Site, WAREHOUSE_ID],
    Order: [own.ids.Order, own.deliveredOrderId],
  };
  const containers = readContainers(schema, rows);
  const parties: Parties = {
    schema,
    foreign: own,
    own,
    foreignCursors: await cursorsOf(app, schema, caller, containers),
  };
  await sendProbes(
    app,
    schema,
    caller,
    containers.flatMap((container) => readProbes(parties, container)),
  );
  const rowsOf = await rowsOfMutations(app, caller, customerId, zipCode);
  for (const field of Object.values(schema.getMutationType()!.getFields()) as Field[]) {
    const rows = rowsFor(field, await rowsOf(field));
    const variables = variablesOf(field.args, validInput({ ...parties, foreign: rows, own: rows }, field));
    await app.query(caller, writeDocument(schema, field, variables), variables);
  }
  const all = app.statements.filter(
    ({ scope, text }) => scope.kind === 'customer' && scope.customerId === customerId && !isFrame(text),
  );
  const ofText = new Map<string, LoggedStatement[]>();
  for (const statement of all) {
    const known = ofText.get(statement.text) ?? [];
    if (known.length < VALUES_OF_A_TEXT) ofText.set(statement.text, [...known, statement]);
  }
  return [...ofText.values()].flat();
}

/** Statements around others. Also the statement that draws numbers from a shared sequence, because each call returns other numbers. */
function isFrame(text: string): boolean {
  return /^(START TRANSACTION|COMMIT|ROLLBACK|select set_config|\/\* next_reading_numbers)/.test(text);
}

interface Outcome {
  rows: Record<string, unknown>[];
  touched: number;
  refused: boolean;
}

/** Sorts rows, because many statements return rows in any order. */
function inOneOrder<Row>(rows: readonly Row[]): Row[] {
  const keyed = rows.map((row) => ({ row, key: JSON.stringify(row) }));
  return keyed.sort((one, other) => (one.key < other.key ? -1 : 1)).map(({ row }) => row);
}

/** Runs statements one after the other in a customer's session and rolls each of them back. */
async function replay(session: Client, customerId: string, statements: readonly LoggedStatement[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  await session.query(`begin; set local app.customer_id = '${customerId}'; savepoint before`);
  try {
    for (const { text, values } of statements) {
      outcomes.push(
        await outcomeOf(session.query<Record<string, unknown>>({ ...prepared(text), values: [...values] })),
      );
      // Statements that only read need no rollback.
      if (isWrite(text) || outcomes.at(-1)!.refused) await session.query('rollback to savepoint before');
    }
  } finally {
    await session.query('rollback');
  }
  return outcomes;
}

/** Plans each statement once for all its values and customers, because planning took most of the time. */
const GENERIC_PLANS = 'plan_cache_mode=force_generic_plan';

function prepared(text: string): { name: string; text: string } {
  return { name: createHash('md5').update(text).digest('hex'), text };
}

async function outcomeOf(sent: Promise<QueryResult<Record<string, unknown>>>): Promise<Outcome> {
  try {
    const { rows, rowCount } = await sent;
    return { rows: inOneOrder(rows), touched: rowCount ?? 0, refused: false };
  } catch (error) {
    if (!(error instanceof DatabaseError && error.code === INSUFFICIENT_PRIVILEGE)) throw error;
    return { rows: [], touched: 0, refused: true };
  }
}

const isWrite = (text: string) => /^(\/\*.*?\*\/ )?(with \w+ as \(\s*)?(insert|update|delete)/i.test(text);
const WRITTEN = /(?:insert into|update|delete from) "?(?!set\b)(\w+)/gi;

it("each statement of one customer reads and writes no rows of that customer in another customer's session", async () => {
  const statements = await statementsOfAll('northside', NORTHSIDE_ID, '99950');
  const writes = statements.filter(({ text }) => isWrite(text));
  const reads = statements.filter(({ text }) => !isWrite(text));
  // Fewer would mean that the test misses statements of the gateway.
  expect(new Set(reads.map(({ text }) => text)).size).toBeGreaterThan(90);
  const names = namesOf(reads);
  expect([...OF_READINGS, ...OF_ORDERS_KEYS_AND_WEBHOOKS].filter((name) => !names.includes(name))).toEqual([]);
  expect(new Set(writes.flatMap(({ text }) => [...text.matchAll(WRITTEN)].map(([, table]) => table)))).toEqual(
    new Set([
      'api_key',
      'site',
      'patient',
      'device',
      'device_association',
      'device_identifier',
      'device_identifier_change',
      'device_status_change',
      'event',
      'reading',
      'device_activity',
      'patient_activity',
      'device_order',
      'order_item',
      'order_device',
      'order_event',
      'webhook',
      'webhook_delivery',
      'webhook_event',
    ]),
  );

  const [ofOther, ofEmpty, ofOwner] = [
    await replay(client, LAKEVIEW_ID, reads),
    await replay(client, EMPTY_CUSTOMER_ID, reads),
    await replay(client, NORTHSIDE_ID, reads),
  ];
  let seenByOwner = 0;
  for (const [index, { text }] of reads.entries()) {
    const { rows, refused } = ofOther[index]!;
    expect({ text, rows, refused }).toEqual({ text, rows: ofEmpty[index]!.rows, refused: false });
    for (const row of rows) expect([undefined, null, '0']).toContain(row.customerId);
    if (ofOwner[index]!.rows.length > rows.length) seenByOwner += 1;
  }
  // The replay does return the owner's rows.
  expect(seenByOwner).toBeGreaterThan(100);

  const touched = await replay(client, LAKEVIEW_ID, writes);
  expect(writes.map(({ text }, index) => ({ text, touched: touched[index]!.touched }))).toEqual(
    writes.map(({ text }) => ({ text, touched: 0 })),
  );
});

it('each statement filters by customer: it returns the same rows to a superuser, who bypasses row-level security', async () => {
  const statements = await statementsOfAll('lakeview', LAKEVIEW_ID, '96799');
  const reads = statements.filter(({ text }) => !isWrite(text));
  const guard = new Client({ connectionString: app.database.url });
  await guard.connect();
  // Background workers must not sequence or plan events, or retry deliveries, between the two replays.
  const tables = 'event, webhook_event, webhook_delivery, webhook_attempt';
  await guard.query(`begin; lock table ${tables} in share row exclusive mode`);
  const bound = await replay(client, LAKEVIEW_ID, reads);
  const unbound = await replay(app.admin, LAKEVIEW_ID, reads);
  await guard.query('rollback');
  await guard.end();
  expect(reads.map(({ text }, index) => ({ text, rows: unbound[index]!.rows }))).toEqual(
    reads.map(({ text }, index) => ({ text, rows: bound[index]!.rows })),
  );
});
