import { expectConsistentHistory } from '../support/device-history';
import { DeviceFixture } from '../support/device-fixture';
import { codeOf } from '../support/rival';
import { expectSameAsSingle, statementsOfAnySize } from './bulk-devices.harness';

let fixture: DeviceFixture;
beforeAll(async () => {
  fixture = await DeviceFixture.start();
});
afterAll(() => fixture.stop());

const held = (holderId = fixture.patients.ann) =>
  fixture.device({ status: 'WITH_PATIENT', siteId: fixture.sites.clinic, holderId });

it('ends each association and moves each device to its site, in one call', async () => {
  const { clinic, office } = fixture.sites;
  const [one, two, three] = [await held(), await held(), await held(fixture.patients.bob)];

  const results = await fixture.callMany('disassociateDevice', [
    { deviceId: three.id, patientExternalIdentifier: 'bob', note: 'back' },
    { deviceIdentifier: one.serial, siteId: office },
    { deviceId: two.id },
  ]);

  expect(results.map(codeOf)).toEqual(['OK', 'OK', 'OK']);
  expect(results).toMatchObject([
    { device: { databaseId: three.id, site: { databaseId: clinic } }, statusChange: { note: 'back' } },
    { device: { databaseId: one.id, site: { databaseId: office } }, statusChange: { note: null } },
    { device: { databaseId: two.id, site: { databaseId: clinic } } },
  ]);
  for (const { association } of results) expect(association!.endedAt).not.toBeNull();
  for (const { id } of [one, two, three]) {
    expect(await fixture.row(id)).toMatchObject({ status: 'AVAILABLE_AT_SITE', holderId: null, version: 2 });
    expect(await expectConsistentHistory(fixture, id)).toBe(1);
    const types = (await fixture.events(id)).map(({ type }) => type);
    expect(types.slice(-2).sort()).toEqual(['device.associationRemoved', 'device.statusChanged']);
  }
});

it('each entry returns what the single mutation returns', async () => {
  const { sites, patients } = fixture;
  const results = await expectSameAsSingle(fixture, 'disassociateDevice', async () => {
    const free = await fixture.freeDevice();
    const onTheWay = await fixture.device({ status: 'IN_TRANSIT', holderId: patients.ann, inOrder: true });
    const alsoOnTheWay = await fixture.device({ status: 'IN_TRANSIT', holderId: patients.ann, inOrder: true });
    return [
      { deviceId: (await held()).id },
      { deviceId: (await held()).id, patientId: patients.ann, siteId: sites.office },
      { deviceId: (await held()).id, patientId: patients.bob },
      { deviceId: (await held()).id, patientExternalIdentifier: 'nobody' },
      { deviceId: (await held()).id, siteId: sites.warehouse },
      { deviceId: (await held()).id, siteId: sites.closed },
      { deviceId: (await held()).id, siteId: sites.lakeview },
      { deviceId: (await held()).id, siteId: 'garbage' },
      { deviceId: (await held()).id, expectedVersion: 5 },
      { deviceId: free.id },
      { deviceId: onTheWay.id, siteId: sites.clinic },
      { deviceId: alsoOnTheWay.id },
      { deviceId: '999999' },
      {},
      { deviceId: (await held()).id, deviceIdentifier: (await held()).serial },
    ];
  });

  expect(results.map(codeOf)).toEqual([
    'OK',
    'OK',
    'DEVICE_ASSOCIATED_ELSEWHERE',
    'PATIENT_NOT_FOUND',
    'SITE_OPERATED_BY_IMPILO',
    'SITE_INACTIVE',
    'SITE_NOT_FOUND',
    'INVALID_INPUT',
    'STALE_VERSION',
    'DEVICE_NOT_ASSOCIATED',
    'DEVICE_IN_TRANSIT',
    'OK',
    'DEVICE_NOT_FOUND',
    'REFERENCE_MISSING',
    'REFERENCE_MISMATCH',
  ]);
});

it('the same device twice: the second entry is refused', async () => {
  const { id, serial } = await held();
  const results = await fixture.callMany('disassociateDevice', [{ deviceId: id }, { deviceIdentifier: serial }]);

  expect(results.map(codeOf)).toEqual(['OK', 'DUPLICATE_ENTRY']);
  expect(await fixture.row(id)).toMatchObject({ version: 2 });
});

it('201 entries refuse the call and change nothing', async () => {
  const { id } = await held();
  const { data } = await fixture.sendMany(
    'disassociateDevice',
    Array.from({ length: 201 }, () => ({ deviceId: id })),
  );

  expect(data.disassociateDevices).toMatchObject({ results: null, userErrors: [{ code: 'INVALID_INPUT' }] });
  expect(await fixture.row(id)).toMatchObject({ version: 1 });
});

it('1, 10 and 200 entries take the same statements', async () => {
  const names = await statementsOfAnySize(fixture, 'disassociateDevice', async (size) => {
    const entries: object[] = [];
    while (entries.length < size) {
      const { id } = await held();
      entries.push({ deviceId: id, patientId: fixture.patients.ann, siteId: fixture.sites.office });
    }
    return entries;
  });

  expect(names).toEqual([
    'append_events',
    'change_devices',
    'end_associations',
    'insert_status_changes',
    'lock_devices',
    'lock_patients_for_share',
    'lock_sites_for_share',
    'sites_for_customers',
  ]);
});
