import { DeviceFixture, type BulkPayload } from '../support/device-fixture';
import { codeOf } from '../support/rival';

let fixture: DeviceFixture;
beforeAll(async () => {
  fixture = await DeviceFixture.start({ instances: 2 });
});
afterAll(() => fixture.stop());

const ASSOCIATE = `mutation ($devices: [AssociateDeviceEntryInput!]!, $idempotencyKey: String) {
  associateDevices(input: { devices: $devices, idempotencyKey: $idempotencyKey }) {
    results { device { databaseId version } association { databaseId } statusChange { databaseId note }
      userErrors { code message path } }
    refused userErrors { code message path } } }`;

async function associate(devices: object[], idempotencyKey: string, instance = 0): Promise<BulkPayload> {
  const data = await fixture.app.data('northside', ASSOCIATE, { devices, idempotencyKey }, instance);
  return data.associateDevices as BulkPayload;
}

it('a call that is repeated with its key returns the results of the first call, entry by entry', async () => {
  const { ann, bob, archived } = fixture.patients;
  const [one, two, three] = [await fixture.freeDevice(), await fixture.freeDevice(), await fixture.freeDevice()];
  const entries = [
    { deviceId: one.id, patientId: ann, note: 'first' },
    { deviceId: two.id, patientId: archived },
    { deviceId: three.id, patientId: bob, expectedVersion: 7 },
    { deviceId: 'garbage', patientId: ann },
    { deviceId: one.id, patientId: bob },
  ];

  const first = await associate(entries, 'bulk-1');
  const before = await fixture.written();
  const again = await associate(entries, 'bulk-1', 1);

  expect(first.results!.map(codeOf)).toEqual([
    'OK',
    'PATIENT_ARCHIVED',
    'STALE_VERSION',
    'INVALID_INPUT',
    'DUPLICATE_ENTRY',
  ]);
  expect(again).toEqual(first);
  expect(await fixture.written()).toEqual(before);
});

it('the key is refused for other entries', async () => {
  const [one, two] = [await fixture.freeDevice(), await fixture.freeDevice()];
  const patientId = fixture.patients.ann;
  await associate([{ deviceId: one.id, patientId }], 'bulk-2');

  const { results, userErrors } = await associate([{ deviceId: two.id, patientId }], 'bulk-2');

  expect(results).toBeNull();
  expect(userErrors.map(({ code }) => code)).toEqual(['IDEMPOTENCY_KEY_REUSED']);
  expect(await fixture.row(two.id)).toMatchObject({ version: 1 });
});
