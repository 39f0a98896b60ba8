import { globalId } from '../support/global-id';
import { TestApp } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const LISTS = {
  devices: 'query ($filter: DeviceFilter) { result: devices(first: 1, filter: $filter) { nodes { id } } }',
  deviceCounts: 'query ($filter: DeviceFilter) { result: deviceCounts(filter: $filter) { count } }',
  patients: 'query ($filter: PatientFilter) { result: patients(first: 1, filter: $filter) { nodes { id } } }',
  sites: 'query ($filter: SiteFilter) { result: sites(first: 1, filter: $filter) { nodes { id } } }',
  items: 'query ($filter: ItemFilter) { result: items(first: 1, filter: $filter) { nodes { id } } }',
  readings:
    'query ($filter: PatientReadingFilter) { result: patient(id: 1) { readings(first: 1, filter: $filter) { nodes { id } } } }',
  orders: 'query ($filter: OrderFilter) { result: orders(first: 1, filter: $filter) { nodes { id } } }',
};
type ListName = keyof typeof LISTS;

it.each<[ListName, Record<string, unknown>, string]>([
  ['devices', { siteIds: ['x'] }, 'filter.siteIds.0'],
  ['devices', { siteIds: ['1', ''] }, 'filter.siteIds.1'],
  ['devices', { siteIds: ['-1'] }, 'filter.siteIds.0'],
  ['devices', { siteIds: ['1.5'] }, 'filter.siteIds.0'],
  ['devices', { siteIds: ['9223372036854775808'] }, 'filter.siteIds.0'],
  ['devices', { patientIds: ['99999999999999999999999'] }, 'filter.patientIds.0'],
  ['devices', { itemIds: ['1', '2', '🙂'] }, 'filter.itemIds.2'],
  ['devices', { siteIds: ['U2l0ZTo='] }, 'filter.siteIds.0'],
  ['deviceCounts', { itemIds: ['x'] }, 'filter.itemIds.0'],
  ['patients', { siteIds: ["1' or true"] }, 'filter.siteIds.0'],
  ['patients', { customerIds: ['one'] }, 'filter.customerIds.0'],
  ['sites', { customerIds: ['0x1'] }, 'filter.customerIds.0'],
  ['readings', { deviceIds: ['1', 'x'] }, 'filter.deviceIds.1'],
  ['orders', { patientIds: ['x'] }, 'filter.patientIds.0'],
  ['orders', { siteIds: ['1', '-2'] }, 'filter.siteIds.1'],
  ['orders', { deviceIds: [''] }, 'filter.deviceIds.0'],
  ['orders', { customerIds: ['one'] }, 'filter.customerIds.0'],
])('%s refuses the malformed ids of %j', async (list, filter, argument) => {
  const { data, errors } = await app.query('northside', LISTS[list], { filter });
  expect(data).toEqual(list === 'readings' ? { result: { readings: null } } : { result: null });
  expect(errors).toMatchObject([
    {
      message: `${argument}: is not an id of this API`,
      extensions: { code: 'BAD_USER_INPUT', path: argument.split('.') },
    },
  ]);
  expect(errors![0]!.path![0]).toBe('result');
});

it('all bad ids of a filter are refused at once', async () => {
  const query = '{ devices(filter: { siteIds: ["x"], itemIds: ["1", "y", "z"] }) { nodes { id } } }';
  const { errors } = await app.query('northside', query);
  expect(errors!.map(({ message }) => message)).toEqual([
    'filter.siteIds.0: is not an id of this API',
    'filter.itemIds.1: is not an id of this API',
    'filter.itemIds.2: is not an id of this API',
  ]);
});

/** Strings that are not text, with the rule of their error. */
const NO_TEXT = [
  ['\0', 'must not contain a NUL character'],
  ['\ud83d', 'must not contain half of a surrogate pair, which is not a character'],
  ['\ude00', 'must not contain half of a surrogate pair, which is not a character'],
] as const;

it.each<[ListName, (part: string) => Record<string, unknown>, string]>([
  ['devices', (part) => ({ customerIds: [`1${part}`] }), 'filter.customerIds.0'],
  ['devices', (part) => ({ identifiers: [`ABC${part}123`] }), 'filter.identifiers.0'],
  ['deviceCounts', (part) => ({ identifiers: [part] }), 'filter.identifiers.0'],
  ['patients', (part) => ({ externalIdentifiers: ['fine', `a${part}b`] }), 'filter.externalIdentifiers.1'],
  ['patients', (part) => ({ email: `${part}@example.com` }), 'filter.email'],
  ['patients', (part) => ({ zipCode: `021${part}` }), 'filter.zipCode'],
  ['items', (part) => ({ skus: [part] }), 'filter.skus.0'],
  ['orders', (part) => ({ externalOrderIds: [`PO${part}`] }), 'filter.externalOrderIds.0'],
])('%s refuses in %s a string that is not text, with its path', async (list, filterWith, argument) => {
  for (const [part, rule] of NO_TEXT) {
    const { data, errors } = await app.query('northside', LISTS[list], { filter: filterWith(part) });
    expect(data).toEqual({ result: null });
    expect(errors).toMatchObject([
      { message: `${argument}: ${rule}`, extensions: { code: 'BAD_USER_INPUT', path: argument.split('.') } },
    ]);
    expect(errors![0]!.path![0]).toBe('result');
  }
});

it.each(['devices', 'patients', 'sites', 'items', 'customers'])(
  '%s refuses a search that is not text',
  async (field) => {
    const query = `query ($search: String) { result: ${field}(search: $search) { nodes { id } } }`;
    for (const [part, rule] of NO_TEXT) {
      const { data, errors } = await app.query('northside', query, { search: `a${part}b` });
      expect(data).toEqual({ result: null });
      expect(errors).toMatchObject([
        { message: `search: ${rule}`, extensions: { code: 'BAD_USER_INPUT', path: ['search'] } },
      ]);
      expect(errors![0]!.path![0]).toBe('result');
    }
  },
);

/** Values of a wrong type are BAD_USER_INPUT in a variable, and GRAPHQL_VALIDATION_FAILED in the document. */
it.each<[ListName, string, unknown, string]>([
  ['devices', 'statuses', ['BROKEN'], '[BROKEN]'],
  ['devices', 'placements', ['IN_TRANSIT'], '[IN_TRANSIT]'],
  ['devices', 'statuses', [null], '[null]'],
  ['devices', 'statuses', 1, '1'],
  ['devices', 'siteIds', [null], '[null]'],
  ['devices', 'siteIds', [true], '[true]'],
  ['devices', 'siteIds', [1.5], '[1.5]'],
  ['devices', 'siteIds', { id: 1 }, '{ id: 1 }'],
  ['devices', 'associated', 'yes', '"yes"'],
  ['devices', 'updatedAt', '2026-11-22', '"2026-11-22"'],
  ['devices', 'updatedAt', { from: true }, '{ from: true }'],
  ['devices', 'serial', 'ABC123', '"ABC123"'],
  ['deviceCounts', 'statuses', ['available'], '[available]'],
  ['patients', 'archived', 1, '1'],
  ['patients', 'email', 5, '5'],
  ['patients', 'fullName', 'ann', '"ann"'],
  ['sites', 'operatedBy', 'IMPALA', 'IMPALA'],
  ['patients', 'silentSince', 1, '1'],
  ['items', 'readingKinds', ['PULSE'], '[PULSE]'],
  ['readings', 'kinds', ['PULSE'], '[PULSE]'],
  ['readings', 'kinds', [null], '[null]'],
  ['readings', 'manual', 'yes', '"yes"'],
  ['readings', 'patientId', ['1'], '["1"]'],
  ['orders', 'statuses', ['LOST'], '[LOST]'],
  ['orders', 'statuses', [null], '[null]'],
  ['orders', 'kind', ['STANDARD'], '[STANDARD]'],
  ['orders', 'updatedAt', { since: '2026-11-22T10:00:00Z' }, '{ since: "2026-11-22T10:00:00Z" }'],
  ['orders', 'externalOrderIds', 5, '5'],
  ['orders', 'itemId', ['1'], '["1"]'],
])('the error of %s names the member %s with the wrong value %j', async (list, member, value, literal) => {
  const variable = await app.query('northside', LISTS[list], { filter: { [member]: value } });
  expect(variable.errors).toHaveLength(1);
  expect(variable.errors![0]).toMatchObject({
    extensions: { code: 'BAD_USER_INPUT', path: expect.arrayContaining(['filter']) as string[] },
  });
  expect(variable.errors![0]!.message).toMatch(new RegExp(`\\bfilter\\.${member}\\b|"${member}"`));
  expect(variable.data).toBeFalsy();

  const inDocument = await app.query(
    'northside',
    LISTS[list].replace(/query \(.*?\) /, '').replace('$filter', `{ ${member}: ${literal} }`),
  );
  expect(inDocument.errors).toHaveLength(1);
  expect(inDocument.errors![0]).toMatchObject({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
  expect(inDocument.data).toBeFalsy();
});

/** Invalid times are refused with their path, in a variable and in the document alike. */
it.each<[ListName, string, string]>([
  ['devices', 'updatedAt.from', '2026-11-22T10:00:00'],
  ['devices', 'updatedAt.to', '2026-02-30T10:00:00Z'],
  ['devices', 'silentSince', '2026-11-22T10:00:00'],
  ['readings', 'takenAt.from', '2026-11-22'],
  ['readings', 'takenAt.to', '2026-11-31T00:00:00Z'],
  ['orders', 'createdAt.from', ''],
  ['orders', 'createdAt.to', 'yesterday'],
])('%s refuses the invalid time of %s, %j', async (list, memberPath, value) => {
  const path = ['filter', ...memberPath.split('.')];
  const [member, bound] = memberPath.split('.');
  const filter = { [member!]: bound === undefined ? value : { [bound]: value } };
  const literal = JSON.stringify(filter).replace(/"(\w+)":/g, '$1: ');
  const inDocument = LISTS[list].replace(/query \(.*?\) /, '').replace('$filter', literal);
  for (const { status, data, errors } of [
    await app.query('northside', LISTS[list], { filter }),
    await app.query('northside', inDocument),
  ]) {
    const rule = 'must be a date and time with a UTC offset, e.g. 2026-03-08T07:30:00Z, in the years 1 to 9999';
    expect(errors).toMatchObject([
      { message: `filter.${memberPath}: ${rule}`, extensions: { code: 'BAD_USER_INPUT', path } },
    ]);
    expect(errors![0]!.path![0]).toBe('result');
    expect(data).toEqual(list === 'readings' ? { result: { readings: null } } : { result: null });
    expect(status).toBe(200);
  }
});

it.each([
  ['devices(sort: { field: SERIAL, direction: ASC }) { nodes { id } }', 'SERIAL'],
  ['devices(sort: { field: CREATED_AT }) { nodes { id } }', 'direction'],
  ['patients(sort: { field: FIRST_NAME, direction: UP }) { nodes { id } }', 'UP'],
  ['patients(sort: [{ field: FIRST_NAME, direction: ASC }]) { nodes { id } }', 'PatientSort'],
  ['devices(first: "5") { nodes { id } }', 'Int'],
  ['devices(first: 1.5) { nodes { id } }', 'Int'],
  ['devices(first: 3000000000) { nodes { id } }', 'Int'],
  ['devices(after: 5) { nodes { id } }', 'String'],
  ['devices(offset: 5) { nodes { id } }', 'offset'],
  ['deviceByIdentifier(identifier: "ABC123", type: BARCODE) { id }', 'BARCODE'],
])('refuses %s', async (field, named) => {
  const { errors } = await app.query('northside', `{ ${field} }`);
  expect(errors).toHaveLength(1);
  expect(errors![0]).toMatchObject({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
  expect(errors![0]!.message).toContain(named);
});

it.each(['device', 'patient', 'site', 'item', 'order'])(
  'looks up %s by databaseId and by global id, and refuses malformed ids',
  async (field) => {
    const query = `query ($id: ID!) { result: ${field}(id: $id) { databaseId } }`;
    const type = field.charAt(0).toUpperCase() + field.slice(1);
    for (const id of ['3', 3, '0003', globalId(type, '3')])
      expect(await app.data('operator', query, { id })).toEqual({ result: { databaseId: '3' } });
    for (const id of ['0', '9223372036854775807', globalId('Customer', '1'), globalId('Nothing', '3')]) {
      expect(await app.data('operator', query, { id })).toEqual({ result: null });
    }
    for (const id of [
      '',
      ' 3',
      '-3',
      '3n',
      '9223372036854775808',
      globalId(type, '9223372036854775808'),
      `${globalId(type, '3')}=`,
      '🙂',
    ]) {
      const { data, errors } = await app.query('operator', query, { id });
      expect(data).toEqual({ result: null });
      expect(errors).toMatchObject([
        { message: 'id: is not an id of this API', extensions: { code: 'BAD_USER_INPUT', path: ['id'] } },
      ]);
    }
  },
);
