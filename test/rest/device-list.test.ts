import { walk } from '../support/connections';
import { namesOf } from '../support/statement-names';
import { RestClient } from '../support/rest-client';
import { TestApp, type CallerName } from '../support/test-app';

let app: TestApp;
let rest: RestClient;
beforeAll(async () => {
  app = await TestApp.start();
  rest = new RestClient(app);
});
afterAll(() => app.stop());

interface Page {
  content: { id: number }[];
  page: number;
  size: number;
  total: number;
  first: boolean;
  last: boolean;
}

interface Counted {
  devices: { totalCount: number };
}

async function pagesOf(query: string, size: number, caller?: CallerName): Promise<Page[]> {
  const pages: Page[] = [];
  for (let page = 1; pages.at(-1)?.last !== true; page += 1) {
    const { status, body } = await rest.get<Page>(`/device?page=${page}&size=${size}${query}`, { caller });
    expect(status).toBe(200);
    pages.push(body);
  }
  return pages;
}

const idsOf = (pages: readonly Page[]) => pages.flatMap(({ content }) => content.map(({ id }) => String(id)));

it.each<[CallerName, number]>([
  ['northside', 15],
  ['northside', 250],
  ['lakeview', 100],
  ['operator', 250],
])("the pages of %s's devices, with %i on each, are the GraphQL connection in its order", async (caller, size) => {
  const pages = await pagesOf('', size, caller);
  const expected = await walk(app, { caller, parent: 'Query', field: 'devices' }, 100);
  const { devices } = await app.data<Counted>(caller, '{ devices(first: 1) { totalCount } }');
  expect(expected.length).toBeGreaterThan(size);
  expect(idsOf(pages)).toEqual(expected);
  expect(pages.map(({ content: _content, ...page }) => page)).toEqual(
    pages.map((_page, index) => ({
      page: index + 1,
      size,
      total: devices.totalCount,
      first: index === 0,
      last: index === pages.length - 1,
    })),
  );
});

it.each<[query: string, filter: Record<string, unknown>]>([
  ['status=availableAtSite', { statuses: ['AVAILABLE_AT_SITE'] }],
  ['status=lost&status=decommissioned', { statuses: ['LOST', 'DECOMMISSIONED'] }],
  ['siteId=3', { siteIds: ['3'] }],
  ['siteId=3&siteId=4', { siteIds: ['3', '4'] }],
  ['patientId=1', { patientIds: ['1'] }],
  ['patientId=1&patientId=55', { patientIds: ['1', '55'] }],
  ['identifier=abc-123', { identifiers: ['ABC123'] }],
  ['identifier=ABC123&identifier=%2B1%20(202)%20555-0100', { identifiers: ['ABC123', '+12025550100'] }],
  ['status=withPatient&siteId=3&siteId=4', { statuses: ['WITH_PATIENT'], siteIds: ['3', '4'] }],
  ['status=decommissioned&patientId=1&patientId=55', { statuses: ['DECOMMISSIONED'], patientIds: ['1', '55'] }],
  [
    'identifier=ABC123&status=availableAtSite&siteId=3',
    { identifiers: ['ABC123'], statuses: ['AVAILABLE_AT_SITE'], siteIds: ['3'] },
  ],
])('%s filters as GraphQL does', async (query, filter) => {
  const pages = await pagesOf(`&${query}`, 50);
  const expected = await walk(app, { caller: 'northside', parent: 'Query', field: 'devices', filter }, 100);
  const { devices } = await app.data<Counted>(
    'northside',
    'query ($filter: DeviceFilter) { devices(filter: $filter) { totalCount } }',
    { filter },
  );
  expect(expected.length).toBeGreaterThan(0);
  expect(idsOf(pages)).toEqual(expected);
  expect(pages.map(({ total }) => total)).toEqual(pages.map(() => devices.totalCount));
});

it.each(['patientId=1&siteId=9', 'identifier=UNKNOWN', 'siteId=999999', 'identifier='])(
  '%s matches nothing',
  async (query) => {
    const { status, body } = await rest.get(`/device?${query}`);
    expect([status, body]).toEqual([200, { content: [], page: 1, size: 15, total: 0, first: true, last: true }]);
  },
);

it('has the same objects as GET /device/{id}', async () => {
  const { body } = await rest.get('/device?identifier=ABC123');
  expect(body.content).toEqual([(await rest.get('/device/1')).body]);
});

it('is empty beyond the last page', async () => {
  const { body } = await rest.get('/device?page=400&size=250&status=lost');
  expect(body).toMatchObject({ content: [], page: 400, size: 250, first: false, last: true });
  expect(body.total).toBeGreaterThan(0);
});

it.each<[query: string, field: string, detail: string]>([
  ['page=0', 'page', 'page must be a whole number from 1 to 100000.'],
  ['page=1&page=2', 'page', 'page must be given only once.'],
  ['page=401&size=250', 'page', 'page times size must be at most 100000; narrow the list by its filters.'],
  ['size=251', 'size', 'size must be a whole number from 1 to 250.'],
  ['size=0', 'size', 'size must be a whole number from 1 to 250.'],
  ['size=', 'size', 'size must be a whole number from 1 to 250.'],
  ['status=AVAILABLE', 'status', 'status must be one of '],
  ['status=lost&status=broken', 'status', 'status must be one of '],
  ['siteId=12345678901234567890', 'siteId', 'siteId must be a whole number from 0 to 9007199254740991.'],
  ['identifier=A%00', 'identifier', 'identifier must not contain'],
  ['sort=id', 'sort', 'sort is not known here.'],
  ['siteId=1&'.repeat(101), 'siteId', 'siteId must be given at most 100 times.'],
])('%s is 400, at %s', async (query, field, detail) => {
  const { status, body } = await rest.get(`/device?${query}`);
  expect(status).toBe(400);
  expect(body).toMatchObject({ code: 'BAD_USER_INPUT', field });
  expect(body.detail).toMatch(new RegExp(`^${detail.replaceAll('.', '\\.')}`));
});

it('a page takes the same number of statements, whatever its size', async () => {
  const small = await app.statementsOf(() => rest.get('/device?size=15'));
  const large = await app.statementsOf(() => rest.get('/device?size=250'));
  expect(namesOf(large)).toEqual(namesOf(small));
  expect(namesOf(large)).toEqual([
    'devices',
    'devices_count',

    'identifiers_by_device',
    'item_by_id',
    'patient_by_id',
    'site_by_id',
  ]);
});
