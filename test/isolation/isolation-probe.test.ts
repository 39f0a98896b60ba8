import { extendSchema, parse } from 'graphql';
import { raw, StatementWriter } from '../../src/platform/db/sql';
import { buildGatewaySchema } from '../../src/features';
import { globalId } from '../support/global-id';
import type { CallerName, TestApp } from '../support/test-app';
import { sendProbes } from './probe-batch.harness';
import { cursorsOf, readContainers, readProbes, type Parties, type Probe } from './probe.harness';
import {
  createOwnRows,
  globalIdsOf,
  LAKEVIEW_ID,
  NORTHSIDE_ID,
  reportProbes,
  startTwoCustomers,
  type OwnRows,
} from './two-customers.harness';

const WAREHOUSE_ID = '1';
/**
 * Probes that find nothing even for the owner: no order has both a patient and a site, and the return device has no holder and no
 * identifier of the probe.
 */
const ALWAYS_EMPTY = [
  'Device.orders(all)',
  'Order.returnDevices(all)',
  'Order.returnDevices(filter.identifiers)',
  'Order.returnDevices(filter.patientIds)',
  'Order.returnDevices(search)',
  'Query.orderCounts(all)',
  'Query.orders(all)',
];

const schema = buildGatewaySchema();
let app: TestApp;
let northside: OwnRows;
let lakeview: OwnRows;
let probes: Probe[];
let foreignIds: Set<string>;

beforeAll(async () => {
  app = await startTwoCustomers();
  northside = await createOwnRows(app, 'northside', NORTHSIDE_ID, '99950');
  lakeview = await createOwnRows(app, 'lakeview', LAKEVIEW_ID, '96799');
  foreignIds = await globalIdsOf(app, NORTHSIDE_ID);
  probes = readProbesOf(await partiesOf('northside', northside, lakeview));
});
afterAll(() => app.stop());
afterEach(() => jest.restoreAllMocks());

async function partiesOf(owner: CallerName, foreign: OwnRows, own: OwnRows): Promise<Parties> {
  const foreignCursors = await cursorsOf(app, schema, owner, readContainers(schema, rowsOf(foreign)));
  return { schema, foreign, own, foreignCursors };
}

function rowsOf(rows: OwnRows): Record<string, string[]> {
  return {
    ...Object.fromEntries(Object.entries(rows.ids).map(([type, id]) => [type, [id]])),
    Site: [rows.ids.Site, WAREHOUSE_ID],
    Order: [rows.ids.Order, rows.deliveredOrderId],
  };
}

function readProbesOf(parties: Parties): Probe[] {
  return readContainers(schema, rowsOf(parties.own)).flatMap((container) => readProbes(parties, container));
}

/** Runs both variants of each probe. Returns the paths of those whose results differ, or that return the other customer's rows. */
async function runProbes(caller: CallerName, all: readonly Probe[]): Promise<string[]> {
  const results = await sendProbes(app, schema, caller, all);
  expect(results).toHaveLength(all.length);
  return results
    .filter(({ foreign, missing }) => foreign !== missing || showsForeign(foreign))
    .map(({ probe }) => probe.path);
}

function showsForeign(text: string): boolean {
  return [...text.matchAll(/"([\w-]{8,})"/g)].some(([, value]) => foreignIds.has(value!));
}

it("another customer's ids return the same as ids that do not exist, on every path", async () => {
  expect(await runProbes('lakeview', probes)).toEqual([]);

  const byPath = await reportProbes(
    'reads',
    probes.map(({ path }) => path),
  );
  expect(byPath).toMatchObject({
    'Query.node(id)': 48,
    'Query.nodes(ids)': 96,
    'Query.device(id)': 2,
    'Query.deviceByIdentifier(identifier)': 1,
    'Query.devices(filter.siteIds)': 4,
    'Query.patientByExternalIdentifier(all)': 1,
    'Query.sites(after)': 1,
    'Site.patients(filter.externalIdentifiers)': 4,
    'Query.patients(search)': 1,
    'Site.devices(search)': 2,
    'Device.readings(before)': 1,
    'Patient.readings(filter.deviceIds)': 4,
    'Patient.readings(after)': 1,
    'Query.order(id)': 2,
    'Query.orders(filter.externalOrderIds)': 2,
    'Query.orders(filter.deviceIds)': 4,
    'Site.orders(filter.deviceIds)': 8,
    'Device.orders(filter.patientIds)': 4,
    'Patient.orders(after)': 1,
    'Query.apiKey(id)': 2,
    'Query.apiKeys(search)': 1,
    'Query.apiKeys(filter.customerIds)': 4,
    'Query.webhook(id)': 2,
    'Query.webhooks(after)': 1,
    'Query.webhookDeliveries(before)': 1,
    'Query.webhookDeliveries(filter.webhookIds)': 4,
    'Webhook.deliveries(before)': 1,
  });
  expect(probes.length).toBeGreaterThanOrEqual(240);
});

it.each([
  ['an argument', 'extend type Query { thing(widgetId: ID!): Device }', 'widgetId: ID of thing'],
  ['a member of a filter', 'extend input DeviceFilter { nickname: String }', 'DeviceFilter.nickname: String of'],
  ['a type without a row here', 'extend type Item { uses(first: Int): Int }', 'Item.uses has arguments'],
])('the probe fails for %s that it does not know', (_case, extension, message) => {
  const extended = extendSchema(schema, parse(extension));
  const parties: Parties = {
    schema: extended,
    foreign: northside,
    own: lakeview,
    foreignCursors: new Map(readContainers(schema, rowsOf(lakeview)).map(({ place }) => [place, 'cursor'])),
  };
  expect(() => readContainers(extended, rowsOf(lakeview)).flatMap((one) => readProbes(parties, one))).toThrow(message);
});

it("each probe with the owner's ids returns something else than with ids that do not exist", async () => {
  const own = await partiesOf('northside', northside, northside);
  const all = readProbesOf(own).filter(({ mode, foreign }) => mode === 'alone' && !isAtWarehouse(foreign));
  foreignIds = new Set();
  const differing = new Set(await runProbes('northside', all));
  foreignIds = await globalIdsOf(app, NORTHSIDE_ID);
  const empty = [...new Set(all.map(({ path }) => path))].filter((path) => !differing.has(path));
  expect(empty.sort()).toEqual(ALWAYS_EMPTY);
});

function isAtWarehouse({ container }: Record<string, unknown>): boolean {
  return container === globalId('Site', WAREHOUSE_ID);
}

describe('a planted leak', () => {
  const TABLES = ['api_key', 'device', 'device_identifier', 'patient', 'site'];
  const OF_READINGS = ['reading', 'device_activity', 'patient_activity'];
  const OF_ORDERS = ['device_order', 'order_item', 'order_device', 'order_event'];
  const OF_WEBHOOKS = ['webhook', 'webhook_event', 'webhook_delivery', 'webhook_attempt'];
  const LEAKING = [...TABLES, ...OF_READINGS, ...OF_ORDERS, ...OF_WEBHOOKS];
  const inPolicies = async (work: () => Promise<void>): Promise<void> => {
    // One transaction for each table: reads of a failed operation may still run, and would deadlock with one that locks all tables.
    const onEach = async (statement: (table: string) => string) => {
      for (const table of LEAKING) await app.admin.query(statement(table));
    };
    await onEach((table) => `create policy leak on ${table} for select to gateway_customer using (true)`);
    try {
      await work();
    } finally {
      await onEach((table) => `drop policy leak on ${table}`);
    }
  };
  const inStatements = () => jest.spyOn(StatementWriter.prototype, 'owned').mockReturnValue(raw('true'));

  const atRoot = () => probes.filter(({ place }) => place.startsWith('Query.'));

  it.each([
    'Query.node(id)',
    'Query.nodes(ids)',
    'Query.device(id)',
    'Query.deviceByIdentifier(identifier)',
    'Query.devices(filter.identifiers)',
    'Query.patient(id)',
    'Query.patients(filter.email)',
    'Query.order(id)',
    'Query.orders(filter.deviceIds)',
    'Query.orders(filter.externalOrderIds)',
    'Query.webhook(id)',
    'Query.apiKey(id)',
    'Query.apiKeys(search)',
  ])('in both layers is detected by the probe of %s', async (path) => {
    inStatements();
    const ofPath = probes.filter((probe) => probe.path === path);
    await inPolicies(async () => {
      expect(await runProbes('lakeview', ofPath)).toContain(path);
    });
  });

  it('in the policies alone leaks nothing, because statements filter by customer', async () => {
    await inPolicies(async () => {
      expect(await runProbes('lakeview', atRoot())).toEqual([]);
    });
  });

  it('in the statements alone leaks nothing, because of row-level security', async () => {
    inStatements();
    expect(await runProbes('lakeview', atRoot())).toEqual([]);
  });
});
