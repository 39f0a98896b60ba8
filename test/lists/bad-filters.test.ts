import { globalId } from '../support/global-id';
import { TestApp } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const LISTS = {
  devices: 'query ($filter: DeviceFilter) { answer: devices(first: 1, filter: $filter) { nodes { id } } }',
  deviceCounts: 'query ($filter: DeviceFilter) { answer: deviceCounts(filter: $filter) { count } }',
  patients: 'query ($filter: PatientFilter) { answer: patients(first: 1, filter: $filter) { nodes { id } } }',
  sites: 'query ($filter: SiteFilter) { answer: sites(first: 1, filter: $filter) { nodes { id } } }',
  items: 'query ($filter: ItemFilter) { answer: items(first: 1, filter: $filter) { nodes { id } } }',
  readings:
    'query ($filter: ReadingFilter) { answer: device(id: 1) { readings(first: 1, filter: $filter) { nodes { id } } } }',
  orders: 'query ($filter: OrderFilter) { answer: orders(first: 1, filter: $filter) { nodes { id } } }',
};
type ListName = keyof typeof LISTS;

it.each<[ListName, Record<string, unknown>, string]>([
  ['devices', { siteId: ['x'] }, 'filter.siteId.0'],
  ['devices', { siteId: ['1', ''] }, 'filter.siteId.1'],
  ['devices', { siteId: ['-1'] }, 'filter.siteId.0'],
  ['devices', { siteId: ['1.5'] }, 'filter.siteId.0'],
  ['devices', { siteId: ['9223372036854775808'] }, 'filter.siteId.0'],
  ['devices', { patientId: ['99999999999999999999999'] }, 'filter.patientId.0'],
  ['devices', { itemId: ['1', '2', '🙂'] }, 'filter.itemId.2'],
  ['devices', { customerId: ['1\0'] }, 'filter.customerId.0'],
  ['devices', { siteId: ['U2l0ZTo='] }, 'filter.siteId.0'],
  ['deviceCounts', { itemId: ['x'] }, 'filter.itemId.0'],
  ['patients', { siteId: ["1' or true"] }, 'filter.siteId.0'],
  ['patients', { customerId: ['one'] }, 'filter.customerId.0'],
  ['sites', { customerId: ['0x1'] }, 'filter.customerId.0'],
  ['readings', { deviceId: ['1', 'x'] }, 'filter.deviceId.1'],
  ['orders', { patientId: ['x'] }, 'filter.patientId.0'],
  ['orders', { siteId: ['1', '-2'] }, 'filter.siteId.1'],
  ['orders', { deviceId: [''] }, 'filter.deviceId.0'],
  ['orders', { customerId: ['one'] }, 'filter.customerId.0'],
])('%s refuses the malformed ids of %j', async (list, filter, argument) => {
  const { data, errors } = await app.query('northside', LISTS[list], { filter });
  expect(data).toEqual(list === 'readings' ? { answer: { readings: null } } : { answer: null });
  expect(errors).toMatchObject([
    {
      message: `${argument}: is not an id of this API`,
      extensions: { code: 'BAD_USER_INPUT', path: argument.split('.') },
    },
  ]);
  expect(errors![0]!.path![0]).toBe('answer');
});

it.each<[ListName, Record<string, unknown>]>([
  ['devices', { identifier: 'ABC\u0000123' }],
  ['deviceCounts', { identifier: '\0' }],
  ['patients', { name: 'a\0' }],
  ['patients', { externalIdentifier: ['fine', 'a\0b'] }],
  ['patients', { email: '\0@example.com' }],
  ['patients', { zipCode: '021\0' }],
  ['sites', { name: '\0' }],
  ['items', { name: '\0' }],
  ['orders', { externalOrderId: 'PO\0' }],
])('%s says what is wrong with a NUL character in %j', async (list, filter) => {
  const { data, errors } = await app.query('northside', LISTS[list], { filter });
  expect(data).toEqual({ answer: null });
  expect(errors).toMatchObject([
    { message: 'A text in the arguments contains a NUL character.', extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  expect(errors![0]!.path![0]).toBe('answer');
});

/** Values that are not of the declared type: as a variable BAD_USER_INPUT, in the document GRAPHQL_VALIDATION_FAILED. */
it.each<[ListName, string, unknown, string]>([
  ['devices', 'status', ['BROKEN'], '[BROKEN]'],
  ['devices', 'status', [null], '[null]'],
  ['devices', 'status', 1, '1'],
  ['devices', 'siteId', [null], '[null]'],
  ['devices', 'siteId', [true], '[true]'],
  ['devices', 'siteId', [1.5], '[1.5]'],
  ['devices', 'siteId', { id: 1 }, '{ id: 1 }'],
  ['devices', 'associated', 'yes', '"yes"'],
  ['devices', 'updatedSince', true, 'true'],
  ['devices', 'serial', 'ABC123', '"ABC123"'],
  ['deviceCounts', 'status', ['available'], '[available]'],
  ['patients', 'archived', 1, '1'],
  ['patients', 'name', 5, '5'],
  ['sites', 'operatedBy', 'IMPALA', 'IMPALA'],
  ['patients', 'lastReadingBefore', 1, '1'],
  ['items', 'readingKind', ['PULSE'], '[PULSE]'],
  ['readings', 'kind', ['PULSE'], '[PULSE]'],
  ['readings', 'kind', [null], '[null]'],
  ['readings', 'manual', 'yes', '"yes"'],
  ['readings', 'patientId', ['1'], '["1"]'],
  ['orders', 'status', ['LOST'], '[LOST]'],
  ['orders', 'status', [null], '[null]'],
  ['orders', 'kind', ['STANDARD', 'REPLACEMENT'], '[STANDARD, REPLACEMENT]'],
  ['orders', 'externalOrderId', 5, '5'],
  ['orders', 'itemId', ['1'], '["1"]'],
])('%s names the member %s with the value %j', async (list, member, value, literal) => {
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

/** Texts that no time can be read from: refused where they stand, wherever they were written. */
it.each<[ListName, string, unknown, string]>([
  ['devices', 'updatedSince', '2026-11-22', '"2026-11-22"'],
  ['devices', 'updatedSince', '2026-11-22T10:00:00', '"2026-11-22T10:00:00"'],
  ['devices', 'updatedSince', '2026-02-30T10:00:00Z', '"2026-02-30T10:00:00Z"'],
  ['devices', 'lastReadingBefore', '2026-11-22T10:00:00', '"2026-11-22T10:00:00"'],
  ['readings', 'takenFrom', '2026-11-22', '"2026-11-22"'],
  ['readings', 'takenTo', '2026-11-31T00:00:00Z', '"2026-11-31T00:00:00Z"'],
  ['orders', 'createdFrom', '2026-11-22', '"2026-11-22"'],
  ['orders', 'createdTo', '2026-11-31T00:00:00Z', '"2026-11-31T00:00:00Z"'],
])('%s refuses the time of the member %s, %j, by itself', async (list, member, value, literal) => {
  const inDocument = LISTS[list].replace(/query \(.*?\) /, '').replace('$filter', `{ ${member}: ${literal} }`);
  for (const { status, data, errors } of [
    await app.query('northside', LISTS[list], { filter: { [member]: value } }),
    await app.query('northside', inDocument),
  ]) {
    const rule = 'must be a time with its zone, e.g. 2026-03-08T07:30:00Z, in the years 1 to 9999';
    expect(errors).toMatchObject([
      { message: `filter.${member}: ${rule}`, extensions: { code: 'BAD_USER_INPUT', path: ['filter', member] } },
    ]);
    expect(errors![0]!.path![0]).toBe('answer');
    expect(data).toEqual(list === 'readings' ? { answer: { readings: null } } : { answer: null });
    expect(status).toBe(200);
  }
});

it.each([
  ['devices(sort: { field: SERIAL, direction: ASC }) { nodes { id } }', 'SERIAL'],
  ['devices(sort: { field: ID }) { nodes { id } }', 'direction'],
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

it.each(['device', 'patient', 'site', 'item', 'order'])('looks %s up by ids of all kinds', async (field) => {
  const query = `query ($id: ID!) { answer: ${field}(id: $id) { databaseId } }`;
  const type = field.charAt(0).toUpperCase() + field.slice(1);
  for (const id of ['3', 3, '0003', globalId(type, '3')])
    expect(await app.data('operator', query, { id })).toEqual({ answer: { databaseId: '3' } });
  for (const id of ['0', '9223372036854775807', globalId('Customer', '1'), globalId('Nothing', '3')]) {
    expect(await app.data('operator', query, { id })).toEqual({ answer: null });
  }
  for (const id of [
    '',
    ' 3',
    '-3',
    '3n',
    '9223372036854775808',
    globalId(type, '9223372036854775808'),
    `${globalId(type, '3')}=`,
    '\0',
    '🙂',
  ]) {
    const { data, errors } = await app.query('operator', query, { id });
    expect(data).toEqual({ answer: null });
    expect(errors).toMatchObject([
      { message: 'id: is not an id of this API', extensions: { code: 'BAD_USER_INPUT', path: ['id'] } },
    ]);
  }
});
