import { DeviceFixture } from '../support/device-fixture';
import { codeOf } from '../support/rival';

let fixture: DeviceFixture;
beforeAll(async () => {
  fixture = await DeviceFixture.start();
});
afterAll(() => fixture.stop());

const pathsOf = ({ userErrors }: { userErrors: { path: string[] }[] }) =>
  userErrors.map(({ path }) => path.slice(3).join('.')).sort();

it('a value of the wrong type refuses its entry, and the others are carried out', async () => {
  const { ann } = fixture.patients;
  const [one, two] = [await fixture.freeDevice(), await fixture.freeDevice()];

  const results = await fixture.callMany('associateDevice', [
    { deviceId: one.id, patientId: ann },
    { deviceId: 1.5, patientId: true, note: 5, expectedVersion: 'one' },
    { deviceId: two.id, patientId: ann, expectedVersion: 1 },
  ]);

  expect(results.map(codeOf)).toEqual(['OK', Array.from({ length: 4 }, () => 'INVALID_INPUT').join(), 'OK']);
  expect(pathsOf(results[1]!)).toEqual(['deviceId', 'expectedVersion', 'note', 'patientId']);
  expect(results[1]!.userErrors).toContainEqual({
    code: 'INVALID_INPUT',
    message: 'expectedVersion must be a whole number from -2147483648 to 2147483647.',
    path: ['input', 'devices', '1', 'expectedVersion'],
  });
});

it('an unknown status refuses its entry', async () => {
  const [one, two] = [await fixture.freeDevice(), await fixture.freeDevice()];

  const results = await fixture.callMany('updateDeviceStatus', [
    { deviceId: one.id, status: 'RETURNING' },
    { deviceId: two.id, status: 'LOST' },
  ]);

  expect(results.map(codeOf)).toEqual(['INVALID_INPUT', 'OK']);
  expect(results[0]!.userErrors).toEqual([
    {
      code: 'INVALID_INPUT',
      message: 'status must be one of AVAILABLE, AVAILABLE_AT_SITE, WITH_PATIENT, DECOMMISSIONED, LOST.',
      path: ['input', 'devices', '0', 'status'],
    },
  ]);
});

it('values in nested inputs refuse their entry', async () => {
  const { customers, itemId, sites } = fixture;
  const place = { customerId: customers.northside, itemId, siteId: sites.clinic };
  const results = await fixture.callMany(
    'registerDevice',
    [
      { ...place, identifiers: [{ type: 'BARCODE', value: 7 }] },
      { ...place, identifiers: [{ type: 'SERIAL', value: 'VALUES-1' }] },
    ],
    'operator',
  );

  expect(results.map(codeOf)).toEqual(['INVALID_INPUT,INVALID_INPUT', 'OK']);
  expect(pathsOf(results[0]!)).toEqual(['identifiers.0.type', 'identifiers.0.value']);
});

it('a required value that is missing or null refuses its entry', async () => {
  const { customers, itemId, sites } = fixture;
  const entry = { customerId: customers.northside, itemId, siteId: sites.clinic };
  const results = await fixture.callMany(
    'registerDevice',
    [
      { ...entry, siteId: null, identifiers: [{ value: 'MISSING-1' }] },
      entry,
      { ...entry, identifiers: [{ type: 'SERIAL', value: 'MISSING-2' }] },
    ],
    'operator',
  );

  expect(pathsOf(results[0]!)).toEqual(['identifiers.0.type', 'siteId']);
  expect(results[0]!.userErrors.map(({ message }) => message).sort()).toEqual([
    'identifiers.0.type is required.',
    'siteId must not be null.',
  ]);
  expect(codeOf(results[1]!)).toContain('INVALID_INPUT');
  expect(codeOf(results[2]!)).toBe('OK');
});

it.each([
  ['no list', null],
  ['an entry that is not an object', ['all']],
  ['an unknown member', [{ deviceId: '1', patient: '1' }]],
])('%s fails the call', async (_name, devices) => {
  const { errors } = await fixture.sendMany('associateDevice', devices as never);
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
});

it('the single mutation still refuses such a value as an error of the request', async () => {
  const { errors } = await fixture.send('associateDevice', { deviceId: '1', patientId: '1', expectedVersion: 'one' });
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', path: ['input', 'expectedVersion'] } }]);
});

it('a variable may be used for an entry, for one of its values, or not at all', async () => {
  const { id } = await fixture.freeDevice();
  const document = `mutation ($entry: AssociateDeviceEntryInput!, $id: ID!, $note: String) {
    associateDevices(input: { devices: [$entry, { deviceId: $id, patientId: 5.5, note: $note }] }) {
      results { userErrors { code path } } } }`;
  const entry = { deviceId: id, patientId: fixture.patients.ann, expectedVersion: 0.5 };

  const data = await fixture.app.data('northside', document, { entry, id });

  const error = (...path: string[]) => ({ code: 'INVALID_INPUT', path: ['input', 'devices', ...path] });
  expect(data).toEqual({
    associateDevices: {
      results: [{ userErrors: [error('0', 'expectedVersion')] }, { userErrors: [error('1', 'patientId')] }],
    },
  });
});

it('clients see the same types in the schema as before', async () => {
  const document = `{ __type(name: "UpdateDeviceStatusEntryInput") { inputFields { name type { kind name ofType { kind name } } } } }`;
  const { __type } = await fixture.app.data<{ __type: { inputFields: { name: string; type: object }[] } }>(
    'northside',
    document,
  );

  expect(__type.inputFields.find(({ name }) => name === 'status')!.type).toEqual({
    kind: 'NON_NULL',
    name: null,
    ofType: { kind: 'ENUM', name: 'DeviceStatusOverride' },
  });
  expect(__type.inputFields.find(({ name }) => name === 'expectedVersion')!.type).toMatchObject({
    kind: 'SCALAR',
    name: 'Int',
  });
});
