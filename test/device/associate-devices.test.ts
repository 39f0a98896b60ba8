import { expectConsistentHistory } from '../support/device-history';
import { DeviceFixture } from '../support/device-fixture';
import { codeOf, countsOf } from '../support/rival';
import { expectSameAsSingle, statementsOfAnySize } from './bulk-devices.harness';

let fixture: DeviceFixture;
beforeAll(async () => {
  fixture = await DeviceFixture.start();
});
afterAll(() => fixture.stop());

const freeDevices = async (count: number) => {
  const devices: { id: string; serial: string }[] = [];
  while (devices.length < count) devices.push(await fixture.freeDevice());
  return devices;
};

it('associates each device with its patient and returns the results in the order of the input', async () => {
  const { ann, bob } = fixture.patients;
  const [one, two, three] = (await freeDevices(3)) as [{ id: string }, { id: string; serial: string }, { id: string }];

  const results = await fixture.callMany('associateDevice', [
    { deviceId: three.id, patientId: ann, note: 'third' },
    { deviceIdentifier: two.serial, patientExternalIdentifier: 'bob' },
    { deviceId: one.id, patientId: ann, expectedVersion: 1 },
  ]);

  expect(results).toMatchObject([
    { device: { databaseId: three.id, version: 2, patient: { databaseId: ann } }, statusChange: { note: 'third' } },
    { device: { databaseId: two.id, version: 2, patient: { databaseId: bob } }, statusChange: { note: null } },
    {
      device: { databaseId: one.id, version: 2, patient: { databaseId: ann } },
      statusChange: { reason: 'ASSOCIATED' },
    },
  ]);
  for (const { userErrors, association } of results) {
    expect(userErrors).toEqual([]);
    expect(association).toMatchObject({ endedAt: null, startedBy: { __typename: 'ApiKeyActor' } });
  }
  for (const { id } of [one, two, three]) {
    expect(await expectConsistentHistory(fixture, id)).toBe(1);
    const types = (await fixture.events(id)).map(({ type }) => type);
    expect(types.sort()).toEqual(['device.associationCreated', 'device.statusChanged']);
  }
});

it('each entry returns what the single mutation returns', async () => {
  const { sites, patients } = fixture;
  const { ann, bob, archived, lakeview } = patients;
  const results = await expectSameAsSingle(fixture, 'associateDevice', async () => {
    const [free, stale, noPatient, taken, missing, wrong, ofOther, twoNames] = await freeDevices(8);
    const held = await fixture.device({ status: 'WITH_PATIENT', siteId: sites.clinic, holderId: ann });
    const ofBob = await fixture.device({ status: 'WITH_PATIENT', siteId: sites.clinic, holderId: bob });
    const stored = await fixture.device({ status: 'AVAILABLE', siteId: sites.warehouse });
    const homeless = await fixture.device({ status: 'LOST' });
    const lost = await fixture.device({ status: 'LOST', siteId: sites.clinic });
    const forNameless = await fixture.freeDevice();
    const nameless = await fixture.patient();
    const returning = await fixture.device({ status: 'RETURNING', onReturnLeg: true });
    return [
      { deviceId: free!.id, patientId: ann, note: ' a note ' },
      { deviceId: held.id, patientId: ann, expectedVersion: 77 },
      { deviceId: ofBob.id, patientId: ann },
      { deviceId: stale!.id, patientId: ann, expectedVersion: 9 },
      { deviceId: noPatient!.id },
      { patientId: ann },
      { deviceId: taken!.id, patientId: archived },
      { deviceId: missing!.id, patientId: '999999' },
      { deviceId: '999999', patientId: ann },
      { deviceId: wrong!.id, deviceIdentifier: 'nothing', patientId: ann },
      { deviceId: ofOther!.id, patientId: lakeview },
      { deviceId: twoNames!.id, patientId: ann, patientExternalIdentifier: 'bob' },
      { deviceId: stored.id, patientId: ann },
      { deviceId: homeless.id, patientId: ann },
      { deviceId: lost.id, patientId: ann },
      { deviceId: returning.id, patientId: ann },
      { deviceId: forNameless.id, patientId: nameless },
      { deviceId: 'garbage', patientId: ann },
      { deviceId: '1', patientId: 'garbage' },
      { deviceId: '1', patientId: ann, note: 'x'.repeat(2_001) },
      { deviceId: '1', deviceIdentifier: 'a\u0000b', patientId: ann },
    ];
  });

  expect(results.map(codeOf)).toEqual([
    'OK',
    'OK',
    'DEVICE_ASSOCIATED',
    'STALE_VERSION',
    'REFERENCE_MISSING',
    'REFERENCE_MISSING',
    'PATIENT_ARCHIVED',
    'PATIENT_NOT_FOUND',
    'DEVICE_NOT_FOUND',
    'DEVICE_NOT_FOUND',
    'PATIENT_NOT_FOUND',
    'REFERENCE_MISMATCH',
    'DEVICE_AT_IMPILO_SITE',
    'DEVICE_WITHOUT_SITE',
    'DEVICE_NOT_AVAILABLE_AT_SITE',
    'DEVICE_IN_TRANSIT',
    'OK',
    'INVALID_INPUT',
    'INVALID_INPUT',
    'INVALID_INPUT',
    'INVALID_INPUT',
  ]);
  expect(results[1]).toMatchObject({ statusChange: null, association: { endedAt: null } });
  expect(results[3]).toMatchObject({ device: { version: 1 } });
});

it('two patients who want the same device: the second entry is refused, whatever became of the first', async () => {
  const { ann, bob, archived } = fixture.patients;
  const [one, two, three] = (await freeDevices(3)) as [{ id: string; serial: string }, { id: string }, { id: string }];

  const results = await fixture.callMany('associateDevice', [
    { deviceId: one.id, patientId: ann },
    { deviceIdentifier: one.serial, patientId: bob },
    { deviceId: two.id, patientId: archived },
    { deviceId: two.id, patientId: ann },
    { deviceId: three.id, patientId: ann },
    { deviceId: three.id, patientId: ann },
  ]);

  expect(results.map(codeOf)).toEqual([
    'OK',
    'DUPLICATE_ENTRY',
    'PATIENT_ARCHIVED',
    'DUPLICATE_ENTRY',
    'OK',
    'DUPLICATE_ENTRY',
  ]);
  expect(results[1]!.userErrors).toEqual([
    {
      code: 'DUPLICATE_ENTRY',
      message: 'An earlier entry of the call names the same device. Send this entry in another call.',
      path: ['input', 'devices', '1', 'deviceIdentifier'],
    },
  ]);
  expect(await fixture.row(one.id)).toMatchObject({ holderId: ann, version: 2 });
  expect(await fixture.row(two.id)).toMatchObject({ holderId: null, version: 1 });
});

it('a repeated call changes nothing', async () => {
  const devices = await freeDevices(3);
  const entries = devices.map(({ id }) => ({ deviceId: id, patientId: fixture.patients.ann, expectedVersion: 1 }));
  const first = await fixture.callMany('associateDevice', entries);
  const before = await fixture.written();

  const second = await fixture.callMany('associateDevice', entries);

  expect(second).toEqual(first.map((result) => ({ ...result, statusChange: null })));
  expect(await fixture.written()).toEqual(before);
});

it.each([
  [0, 'must have 1 to 200 entries'],
  [201, 'must have at most 200 items, but has 201'],
])('%i entries refuse the call and change nothing', async (count, rule) => {
  const { id } = await fixture.freeDevice();
  const before = await fixture.written();
  const entries = Array.from({ length: count }, () => ({ deviceId: id, patientId: fixture.patients.ann }));

  const { data } = await fixture.sendMany('associateDevice', entries);

  expect(data.associateDevices).toEqual({
    results: null,
    refused: null,
    userErrors: [{ code: 'INVALID_INPUT', message: `devices ${rule}.`, path: ['input', 'devices'] }],
  });
  expect(await fixture.written()).toEqual(before);
});

it('an operator associates devices of several customers, each with a patient of the same customer', async () => {
  const { sites, patients, customers } = fixture;
  const ours = await fixture.freeDevice();
  const theirs = await fixture.device({
    status: 'AVAILABLE_AT_SITE',
    siteId: sites.lakeview,
    customerId: customers.lakeview,
  });
  const alsoTheirs = await fixture.device({
    status: 'AVAILABLE_AT_SITE',
    siteId: sites.lakeview,
    customerId: customers.lakeview,
  });

  const entries = [
    { deviceId: ours.id, patientExternalIdentifier: 'ann' },
    { deviceId: theirs.id, patientExternalIdentifier: 'lakeview' },
    { deviceId: alsoTheirs.id, patientId: patients.ann },
  ];
  const results = await fixture.callMany('associateDevice', entries, 'operator');

  expect(results.map(codeOf)).toEqual(['OK', 'OK', 'PATIENT_NOT_FOUND']);
  expect(await fixture.row(ours.id)).toMatchObject({ holderId: patients.ann });
  expect(await fixture.row(theirs.id)).toMatchObject({ holderId: patients.lakeview });
});

it("another customer's devices are not found", async () => {
  const { id, serial } = await fixture.freeDevice();
  const before = await fixture.written();

  const entries = [
    { deviceId: id, patientExternalIdentifier: 'lakeview' },
    { deviceIdentifier: serial, patientExternalIdentifier: 'lakeview' },
  ];
  const results = await fixture.callMany('associateDevice', entries, 'lakeview');

  expect(countsOf(results.map(codeOf))).toEqual({ DEVICE_NOT_FOUND: 2 });
  expect(await fixture.written()).toEqual(before);
});

it('1, 10 and 200 entries take the same statements', async () => {
  const names = await statementsOfAnySize(fixture, 'associateDevice', async (size) =>
    (await freeDevices(size)).map(({ id, serial }, index) => ({
      ...(index % 2 === 0 ? { deviceId: id } : { deviceIdentifier: serial }),
      patientId: fixture.patients.ann,
    })),
  );

  expect(names).toEqual([
    'append_events',
    'begin_associations',
    'change_devices',
    'insert_status_changes',
    'lock_devices',
    'lock_patients_for_share',
  ]);
});
