import { expectConsistentHistory } from '../support/device-history';
import { DeviceFixture } from '../support/device-fixture';
import { codeOf } from '../support/rival';
import { expectSameAsSingle, statementsOfAnySize } from './bulk-devices.harness';

let fixture: DeviceFixture;
beforeAll(async () => {
  fixture = await DeviceFixture.start();
});
afterAll(() => fixture.stop());

const held = () =>
  fixture.device({ status: 'WITH_PATIENT', siteId: fixture.sites.clinic, holderId: fixture.patients.ann });

/** Entries with every status for devices in different situations. */
async function situations(): Promise<object[]> {
  const { sites } = fixture;
  const lost = await fixture.device({ status: 'LOST', siteId: sites.clinic });
  const lostInStock = await fixture.device({ status: 'LOST', siteId: sites.warehouse });
  const homeless = await fixture.device({ status: 'LOST' });
  const returning = await fixture.device({ status: 'RETURNING', onReturnLeg: true });
  return [
    { deviceId: (await fixture.freeDevice()).id, status: 'LOST', note: 'gone' },
    { deviceId: lost.id, status: 'AVAILABLE_AT_SITE', expectedVersion: 1 },
    { deviceId: (await held()).id, status: 'DECOMMISSIONED' },
    { deviceId: (await fixture.freeDevice()).id, status: 'AVAILABLE_AT_SITE', expectedVersion: 8 },
    { deviceId: (await fixture.freeDevice()).id, status: 'WITH_PATIENT' },
    { deviceId: (await held()).id, status: 'AVAILABLE_AT_SITE' },
    { deviceId: lostInStock.id, status: 'AVAILABLE_AT_SITE' },
    { deviceId: homeless.id, status: 'AVAILABLE_AT_SITE' },
    { deviceId: returning.id, status: 'AVAILABLE_AT_SITE' },
    { deviceId: (await fixture.freeDevice()).id, status: 'LOST', expectedVersion: 3 },
    { deviceIdentifier: 'none', status: 'LOST' },
    { status: 'LOST' },
    { deviceId: (await held()).id, deviceIdentifier: (await held()).serial, status: 'LOST' },
  ];
}

const CODES = [
  'OK',
  'OK',
  'OK',
  'OK',
  'DEVICE_NOT_ASSOCIATED',
  'DEVICE_ASSOCIATED',
  'DEVICE_AT_IMPILO_SITE',
  'DEVICE_WITHOUT_SITE',
  'DEVICE_IN_TRANSIT',
  'STALE_VERSION',
  'DEVICE_NOT_FOUND',
  'REFERENCE_MISSING',
  'REFERENCE_MISMATCH',
];

it.each(['northside', 'operator'] as const)(
  '%s: each entry returns what the single mutation returns',
  async (caller) => {
    const results = await expectSameAsSingle(fixture, 'updateDeviceStatus', situations, caller);

    expect(results.map(codeOf)).toEqual(CODES);
    expect(results[0]).toMatchObject({ device: { currentStatus: 'LOST' }, statusChange: { note: 'gone' } });
    expect(results[3]).toMatchObject({ statusChange: null });
    expect(await expectConsistentHistory(fixture, results[0]!.device!.databaseId)).toBe(1);
  },
);

it('an operator makes devices available in a warehouse', async () => {
  const lost = await fixture.device({ status: 'LOST', siteId: fixture.sites.warehouse });
  const atSite = await fixture.device({ status: 'LOST', siteId: fixture.sites.clinic });

  const entries = [lost, atSite].map(({ id }) => ({ deviceId: id, status: 'AVAILABLE' }));
  const results = await fixture.callMany('updateDeviceStatus', entries, 'operator');

  expect(results.map(codeOf)).toEqual(['OK', 'DEVICE_NOT_AT_IMPILO_SITE']);
});

it('a status that the caller is not allowed to set fails the whole call, and nothing changes', async () => {
  const free = await fixture.freeDevice();
  const lost = await fixture.device({ status: 'LOST', siteId: fixture.sites.warehouse });
  const before = await fixture.written();

  const { data, errors } = await fixture.sendMany('updateDeviceStatus', [
    { deviceId: free.id, status: 'LOST' },
    { deviceId: lost.id, status: 'AVAILABLE' },
  ]);

  expect(data.updateDeviceStatuses).toBeNull();
  expect(errors).toMatchObject([{ path: ['updateDeviceStatuses'], extensions: { code: 'FORBIDDEN' } }]);
  expect(await fixture.written()).toEqual(before);
});

it('a device that is not found refuses its entry, whatever the status', async () => {
  const results = await fixture.callMany('updateDeviceStatus', [{ deviceId: '999999', status: 'AVAILABLE' }]);
  expect(results.map(codeOf)).toEqual(['DEVICE_NOT_FOUND']);
});

it('the same device twice: the second entry is refused', async () => {
  const { id, serial } = await fixture.freeDevice();
  const results = await fixture.callMany('updateDeviceStatus', [
    { deviceId: id, status: 'LOST' },
    { deviceIdentifier: serial, status: 'DECOMMISSIONED' },
  ]);

  expect(results.map(codeOf)).toEqual(['OK', 'DUPLICATE_ENTRY']);
  expect(await fixture.row(id)).toMatchObject({ status: 'LOST', version: 2 });
});

it('201 entries refuse the call and change nothing', async () => {
  const { id } = await fixture.freeDevice();
  const entries = Array.from({ length: 201 }, () => ({ deviceId: id, status: 'LOST' }));
  const { data } = await fixture.sendMany('updateDeviceStatus', entries);

  expect(data.updateDeviceStatuses).toMatchObject({ results: null, userErrors: [{ code: 'INVALID_INPUT' }] });
  expect(await fixture.row(id)).toMatchObject({ version: 1 });
});

it('1, 10 and 200 entries take the same statements, and so do entries with nothing to change', async () => {
  let entries: object[] = [];
  const names = await statementsOfAnySize(fixture, 'updateDeviceStatus', async (size) => {
    entries = [];
    while (entries.length < size) entries.push({ deviceId: (await fixture.freeDevice()).id, status: 'LOST' });
    return entries;
  });
  expect(names).toEqual(['append_events', 'change_devices', 'insert_status_changes', 'lock_devices']);

  const repeated = await statementsOfAnySize(fixture, 'updateDeviceStatus', (size) =>
    Promise.resolve(entries.slice(0, size)),
  );
  expect(repeated).toEqual(['lock_devices', 'open_association_by_device']);
});
