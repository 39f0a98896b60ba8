import { Client } from 'pg';
import { globalId } from '../../support/global-id';
import { TestApp, type CallerName, type LoggedStatement } from '../../support/test-app';
import { explain, nodesOf, outline, pagesOf, type PlanMode } from '../../db/explain';
import { BIG, fillInBulk } from './plans.data';
import { watchPreparedNames } from './prepared-names.harness';

/** Tables that grow with the platform. No page must scan one of them completely. */
const BIG_TABLES = [
  'device',
  'device_identifier',
  'device_association',
  'device_status_change',
  'device_order',
  'patient',
  'webhook_delivery',
];

let app: TestApp;
let client: Client;
let preparedNames: ReturnType<typeof watchPreparedNames>;

beforeAll(async () => {
  app = await TestApp.start({ template: 'empty' });
  await app.startInstance(
    {},
    { compiledReads: { compilesAtFirstUse: true, statements: { statements: 10_000, characters: Infinity } } },
  );
  await fillInBulk(app.admin);
  client = new Client({ connectionString: app.database.url });
  await client.connect();
  preparedNames = watchPreparedNames();
});
afterAll(async () => {
  jest.restoreAllMocks();
  await client.end();
  await app.stop();
});

interface Read {
  query: string;
  /** Limit of 8 kB pages per statement. Default: those of a page of 50 scattered rows, 51 plus the index. */
  pages?: number;
}

const device = (customerId: number, n = 7) => String(customerId * BIG.idStep + n);
const devices = (args = ''): string => `{ devices(first: 50 ${args}) { nodes { databaseId } } }`;
const patients = (args = ''): string => `{ patients(first: 50 ${args}) { nodes { databaseId } } }`;
const orders = (args = ''): string => `{ orders(first: 50 ${args}) { nodes { databaseId } } }`;
const deliveries = (customerId: number, webhook: number, args = ''): string =>
  `{ webhook(id: ${device(customerId, webhook)}) { deliveries(first: 50 ${args}) { nodes { databaseId } } } }`;
const CHILDREN = `identifiers { value } item { name } site { name } customer { name } currentAssociation { databaseId }
  patient { firstName devices(first: 3) { nodes { databaseId } } associations(first: 3) { nodes { databaseId } } }
  associations(first: 3) { nodes { databaseId } } statusHistory(first: 3) { nodes { databaseId } }`;

/** To find a row by its id. */
const PAGES_BY_ID = 3;

/** Fifty children of fifty parents, with at most four pages to find each child. */
const OF_PARENTS = 50 * 4 * 3;

const lookups = (customerId: number): Record<string, Read> => ({
  'a device by id': { query: `{ device(id: ${device(customerId)}) { databaseId } }`, pages: 8 },
  'a device by identifier': {
    query: `{ deviceByIdentifier(identifier: "sn ${device(customerId)}") { databaseId } }`,
    pages: 12,
  },
  'a patient by id': { query: `{ patient(id: ${device(customerId)}) { databaseId } }`, pages: 8 },
  'the history of a device': {
    query: `{ device(id: ${device(customerId, 1000)}) { statusHistory(first: 50) { nodes { databaseId association { databaseId } } } associations { nodes { databaseId } } } }`,
    pages: 60,
  },
  'nodes by their ids': {
    query: `{ nodes(ids: ["${globalId('Device', device(customerId))}", "${globalId('Patient', device(customerId))}"]) { id } }`,
    pages: 8,
  },
  'a page of devices': { query: devices() },
  'a page of devices, newest first': { query: devices('sort: { field: CREATED_AT, direction: DESC }') },
  'a page of patients': { query: patients() },
  'devices with all that hangs on them': { query: devices().replace('databaseId', CHILDREN), pages: OF_PARENTS },
});

const lists = (customerId: number): Record<string, Read> => ({
  'devices of a common status': { query: devices(`filter: { statuses: [WITH_PATIENT] }`) },
  'devices that are on their way back': { query: devices(`filter: { placements: [RETURNING] }`) },
  'devices of a rare status': { query: devices(`filter: { statuses: [LOST] }`) },
  'devices of two statuses': { query: devices(`filter: { statuses: [LOST, RETURNING] }`), pages: 300 },
  'devices at a site': { query: devices(`filter: { siteIds: [${device(customerId, 3)}] }`) },
  'devices at a warehouse': { query: devices(`filter: { siteIds: [1] }`) },
  'devices of a rare status at a site': {
    query: devices(`filter: { siteIds: [${device(customerId, 3)}], statuses: [LOST] }`),
    pages: 200,
  },
  'devices of an item': { query: devices(`filter: { itemIds: [3] }`), pages: 250 },
  'devices of an item and a status': { query: devices(`filter: { itemIds: [3], statuses: [RETURNING] }`) },
  'devices of a patient': { query: devices(`filter: { patientIds: [${device(customerId)}] }`), pages: 12 },
  'devices by the identifier filter': {
    query: devices(`filter: { identifiers: ["SN-${device(customerId)}"] }`),
    pages: 12,
  },
  'devices of several identifiers': {
    query: devices(`filter: { identifiers: ["SN-${device(customerId)}", "SN-${device(customerId, 8)}", "none"] }`),
    pages: 24,
  },
  'devices whose identifier begins so': { query: devices(`search: "sn ${device(customerId, 12)}"`), pages: 300 },
  'devices whose identifier begins as most do': { query: devices(`search: "sn"`), pages: 300 },
  'devices of a rare status whose identifier begins as most do': {
    query: devices(`search: "sn", filter: { statuses: [LOST] }`),
    pages: 400,
  },
  'devices whose identifier begins so, by time': {
    query: devices(`search: "sn ${device(customerId, 12)}", sort: { field: UPDATED_AT, direction: DESC }`),
    pages: 400,
  },
  'devices registered lately': {
    query: devices(`filter: { createdAt: { from: "2026-12-31T00:00:00Z" } }`),
    pages: 300,
  },
  'devices registered on a day': {
    query: devices(`filter: { createdAt: { from: "2026-05-05T00:00:00Z", to: "2026-05-06T00:00:00Z" } }`),
    pages: 300,
  },
  'devices that a patient has': { query: devices(`filter: { associated: true }`) },
  'devices without a holder': { query: devices(`filter: { associated: false }`) },
  'devices updated lately': { query: devices(`filter: { updatedAt: { from: "2026-12-31T12:00:00Z" } }`), pages: 300 },
  'devices by time': { query: devices(`sort: { field: UPDATED_AT, direction: DESC }`) },
  'devices of a common status by time': {
    query: devices(`filter: { statuses: [WITH_PATIENT] }, sort: { field: UPDATED_AT, direction: DESC }`),
    pages: 250,
  },
  'devices of a rare status by time': {
    query: devices(`filter: { statuses: [LOST] }, sort: { field: UPDATED_AT, direction: ASC }`),
  },
  'patients by family name': { query: patients(`sort: { field: LAST_NAME, direction: ASC }`) },
  'patients by given name, backwards': { query: patients(`sort: { field: FIRST_NAME, direction: DESC }`) },
  'patients whose name begins so': { query: patients(`search: "Family1234"`) },
  'patients whose name begins so, with accents': { query: patients(`search: "FÁMÍLY1234"`) },
  'patients whose name begins so, by name': {
    query: patients(`search: "Given123 ", sort: { field: LAST_NAME, direction: ASC }`),
  },
  'patients whose external identifier begins so': { query: patients(`search: "ext-77"`), pages: 250 },
  'patients whose external identifier begins as all do': { query: patients(`search: "ext"`), pages: 300 },
  'patients who hold a device': { query: patients(`filter: { holdsDevice: true }`), pages: 400 },
  'patients who hold none': { query: patients(`filter: { holdsDevice: false }`), pages: 600 },
  'patients created on a day': {
    query: patients(`filter: { createdAt: { from: "2026-05-05T00:00:00Z", to: "2026-05-06T00:00:00Z" } }`),
    pages: 250,
  },
  'patients changed lately': { query: patients(`filter: { updatedAt: { from: "2027-01-07T00:00:00Z" } }`), pages: 250 },
  // With everything changed at the same instant.
  'patients by time': { query: patients(`sort: { field: UPDATED_AT, direction: DESC }`), pages: 150 },
  'a page of orders': { query: orders() },
  'orders by time': { query: orders(`sort: { field: UPDATED_AT, direction: DESC }`), pages: 150 },
  'orders of a rare status': { query: orders(`filter: { statuses: [CREATED] }`) },
  'orders of a day': {
    query: orders(`filter: { createdAt: { from: "2026-05-05T00:00:00Z", to: "2026-05-06T00:00:00Z" } }`),
    pages: 250,
  },
  'orders changed lately': { query: orders(`filter: { updatedAt: { from: "2027-01-07T00:00:00Z" } }`), pages: 250 },
  'orders by the names of the customer': { query: orders(`filter: { externalOrderIds: ["PO-7", "PO-8"] }`), pages: 12 },
  'deliveries of a webhook': { query: deliveries(customerId, 1) },
  'deliveries of a webhook with few events': { query: deliveries(customerId, 2) },
  'deliveries that failed': { query: deliveries(customerId, 1, 'filter: { statuses: [FAILED] }') },
  'a patient by e-mail address': { query: patients(`filter: { email: "Patient77@example.com" }`), pages: 12 },
  'patients of a date of birth': {
    query: patients(`filter: { dateOfBirth: { from: "1930-03-19", through: "1930-03-19" } }`),
    pages: 12,
  },
  'patients of a range of dates of birth': {
    query: patients(`filter: { dateOfBirth: { from: "1900-01-01", through: "2020-01-01" } }`),
  },
  // The index of the first and that of the last names are read twice: to count, and to find.
  'patients of a name': { query: patients(`filter: { name: "Family77 Given77" }`), pages: 14 },
  'patients by ZIP code': { query: patients(`filter: { zipCode: "00077-1234" }`), pages: 12 },
  'patients by external identifiers': {
    query: patients(`filter: { externalIdentifiers: ["EXT-77", "EXT-78"] }`),
    pages: 12,
  },
  'patients of a site': { query: patients(`filter: { siteIds: [${device(customerId, 3)}] }`) },
  'a patient by external identifier': {
    query: '{ patientByExternalIdentifier(externalIdentifier: "EXT-7") { databaseId } }',
    pages: 8,
  },
  'sites with what is there': {
    query: `{ sites { nodes { devices(first: 10) { nodes { databaseId } } patients(first: 10) { nodes { databaseId } } } } }`,
    pages: 600,
  },
});

/** Lists of the rows of all customers, in every order. */
const OF_ALL_CUSTOMERS: Record<string, Read> = Object.fromEntries(
  Object.entries({
    devices: ['UPDATED_AT', 'LATEST_READING_AT'],
    patients: ['UPDATED_AT', 'FIRST_NAME', 'LAST_NAME', 'LATEST_READING_AT'],
    sites: ['NAME'],
    orders: ['UPDATED_AT'],
  }).flatMap(([list, fields]) =>
    fields.flatMap((field) =>
      ['ASC', 'DESC'].map((direction) => [
        `all ${list} by ${field}, ${direction}`,
        // With the names and, for some, the time of all rows equal, and each row found by its id.
        {
          query: `{ ${list}(first: 50, sort: { field: ${field}, direction: ${direction} }) { nodes { databaseId } } }`,
          pages: 260,
        },
      ]),
    ),
  ),
);

const CASES: [CallerName, string, number, Record<string, Read>][] = [
  ['northside', 'a big customer', 1, { ...lookups(1), ...lists(1) }],
  ['lakeview', 'a small customer', 2, { ...lookups(2), ...lists(2) }],
  [
    'operator',
    'an operator',
    1,
    { ...lookups(1), ...OF_ALL_CUSTOMERS, 'sites with what is there': lists(1)['sites with what is there']! },
  ],
];

/** Instances of the gateway. */
const [EXECUTOR, COMPILED] = [0, 1];

describe.each(CASES)('%s: %s', (caller, _who, _customerId, reads) => {
  const cases = Object.entries(reads).map(([name, read]) => [name, read] as const);
  const sentBy = (instance: number, query: string) => app.statementsOf(() => app.data(caller, query, {}, instance));

  it.each(cases)('%s', async (_name, { query, pages = 80 }) => {
    const sent = await sentBy(EXECUTOR, query);
    expect(sent.length).toBeGreaterThan(0);
    for (const statement of sent) await expectGoodPlans(statement, pages);
  });

  // One statement does the work of several. Rows that were found by a statement of their own are read again by their ids.
  it.each(cases)('%s, compiled', async (_name, { query, pages = 80 }) => {
    const { length } = await sentBy(EXECUTOR, query);
    for (const statement of await sentBy(COMPILED, query))
      await expectGoodPlans(statement, pages * length + 50 * PAGES_BY_ID);
  });
});

async function expectGoodPlans(statement: LoggedStatement, pages: number): Promise<void> {
  expect(preparedNames.has(statement.text)).toBe(true);
  const prepared = preparedNames.get(statement.text) !== undefined;
  const modes: PlanMode[] = prepared ? ['force_custom_plan', 'force_generic_plan'] : ['force_custom_plan'];
  for (const mode of modes) {
    const plan = await explain(client, statement, mode);
    const scans = nodesOf(plan).filter(
      (node) => node['Node Type'] === 'Seq Scan' && BIG_TABLES.includes(node['Relation Name']!),
    );
    const shown = `${statement.text}\n${mode}\n${outline(plan)}`;
    expect({ shown, scans }).toEqual({ shown, scans: [] });
    expect({ shown, tooManyPages: pagesOf(plan) > pages && pagesOf(plan) }).toEqual({ shown, tooManyPages: false });
  }
}
