import { expectConsistentHistory } from '../support/device-history';
import { DeviceFixture, type DevicePayload } from '../support/device-fixture';
import { codeOf, countsOf, Rival } from '../support/rival';

let fixture: DeviceFixture;
let rival: Rival;
beforeAll(async () => {
  fixture = await DeviceFixture.start({ instances: 2 });
  rival = await Rival.start(fixture);
});
afterAll(async () => {
  await rival.stop();
  await fixture.stop();
});

const lockOf = (...deviceIds: string[]) =>
  `select from device where id in (${deviceIds.join()}) order by id for update`;

async function freeDevices(count: number): Promise<{ id: string; serial: string }[]> {
  const devices: { id: string; serial: string }[] = [];
  while (devices.length < count) devices.push(await fixture.freeDevice());
  return devices;
}

/** The calls of a test fail if PostgreSQL reports a deadlock: the gateway would retry it unseen. */
async function deadlocks(): Promise<number> {
  await fixture.sql('select pg_stat_clear_snapshot()');
  const [row] = await fixture.sql<{ deadlocks: string }>(
    'select deadlocks from pg_stat_database where datname = current_database()',
  );
  return Number(row!.deadlocks);
}

it('calls with the same devices in opposite order never deadlock, and each device goes to one patient', async () => {
  const CALLS = 6;
  const devices = await freeDevices(20);
  const patients: string[] = [];
  while (patients.length < CALLS) patients.push(await fixture.patient());
  const before = await deadlocks();

  const calls = await rival.atOnce(
    lockOf(...devices.map(({ id }) => id)),
    patients.map((patientId, number) => () => {
      const entries = devices.map(({ id, serial }, index) => ({
        ...(index % 3 === number % 3 ? { deviceIdentifier: serial } : { deviceId: id }),
        patientId,
      }));
      return fixture.callMany(
        'associateDevice',
        number % 2 === 0 ? entries : entries.toReversed(),
        'northside',
        number % 2,
      );
    }),
  );

  expect(await deadlocks()).toBe(before);
  // All calls want the oldest device first, so one call gets all devices.
  const all = calls.flat();
  expect(countsOf(all.map(codeOf))).toEqual({ OK: 20, DEVICE_ASSOCIATED: (CALLS - 1) * 20 });
  for (const { id } of devices) {
    expect(await fixture.row(id)).toMatchObject({ status: 'WITH_PATIENT', version: 2 });
    expect(await expectConsistentHistory(fixture, id)).toBe(1);
  }
});

it('calls that overlap in some devices give each of these to one patient', async () => {
  const devices = await freeDevices(30);
  const [one, other] = [devices.slice(0, 20), devices.slice(10).toReversed()];
  const { ann, bob } = fixture.patients;

  const [first, second] = (await rival.atOnce(lockOf(...devices.slice(10, 20).map(({ id }) => id)), [
    () =>
      fixture.callMany(
        'associateDevice',
        one.map(({ id }) => ({ deviceId: id, patientId: ann })),
        'northside',
        0,
      ),
    () =>
      fixture.callMany(
        'associateDevice',
        other.map(({ id }) => ({ deviceId: id, patientId: bob })),
        'northside',
        1,
      ),
  ])) as [DevicePayload[], DevicePayload[]];

  expect(countsOf([...first, ...second].map(codeOf))).toEqual({ OK: 30, DEVICE_ASSOCIATED: 10 });
  expect(first.slice(0, 10).map(codeOf)).toEqual(Array.from({ length: 10 }, () => 'OK'));
  expect(second.slice(0, 10).map(codeOf)).toEqual(Array.from({ length: 10 }, () => 'OK'));
  for (const { id } of devices) expect(await expectConsistentHistory(fixture, id)).toBe(1);
});

it('a call and a single mutation of the same device: the later one is judged by the new state', async () => {
  const [one, two] = [await fixture.freeDevice(), await fixture.freeDevice()];
  const { ann, bob } = fixture.patients;

  const [many, single] = await rival.inTurn(
    lockOf(two.id),
    () =>
      fixture.callMany('associateDevice', [
        { deviceId: two.id, patientId: ann },
        { deviceId: one.id, patientId: ann },
      ]),
    () => fixture.call('associateDevice', { deviceId: one.id, patientId: bob }),
  );

  expect(many.map(codeOf)).toEqual(['OK', 'OK']);
  expect(codeOf(single)).toBe('DEVICE_ASSOCIATED');
});

it('calls of all kinds on the same devices, in any order, never deadlock and leave a history without gaps', async () => {
  const devices = await freeDevices(12);
  const { ann, bob } = fixture.patients;
  const before = await deadlocks();
  const named = (more: object, from = 0) =>
    [...devices.slice(from), ...devices.slice(0, from)].map(({ id }) => ({ deviceId: id, ...more }));

  const calls = await rival.atOnce(lockOf(...devices.map(({ id }) => id)), [
    () => fixture.callMany('associateDevice', named({ patientId: ann }), 'northside', 0),
    () => fixture.callMany('disassociateDevice', named({ siteId: fixture.sites.office }, 5), 'northside', 1),
    () => fixture.callMany('updateDeviceStatus', named({ status: 'LOST' }).toReversed(), 'northside', 0),
    () => fixture.callMany('associateDevice', named({ patientId: bob }, 9).toReversed(), 'northside', 1),
    () => fixture.callMany('updateDeviceStatus', named({ status: 'AVAILABLE_AT_SITE' }, 3), 'northside', 0),
  ]);

  expect(await deadlocks()).toBe(before);
  const versions = new Map(devices.map(({ id }) => [id, [] as number[]]));
  for (const { device, statusChange } of calls.flat())
    if (statusChange) versions.get(device!.databaseId)!.push(statusChange.deviceVersion);
  for (const [id, ofDevice] of versions) {
    expect(ofDevice.sort((one, other) => one - other)).toEqual(ofDevice.map((_, index) => index + 2));
    expect(await expectConsistentHistory(fixture, id)).toBe(ofDevice.length);
  }
});

it('an entry that waits for its patient sees that the patient was archived; the others are carried out', async () => {
  const [one, two] = [await fixture.freeDevice(), await fixture.freeDevice()];
  const patientId = await fixture.patient();

  const [results] = await rival.atOnce(`update patient set archived_at = now() where id = ${patientId}`, [
    () =>
      fixture.callMany('associateDevice', [
        { deviceId: one.id, patientId },
        { deviceId: two.id, patientId: fixture.patients.ann },
      ]),
  ]);

  expect(results!.map(codeOf)).toEqual(['PATIENT_ARCHIVED', 'OK']);
  expect(await expectConsistentHistory(fixture, one.id)).toBe(0);
  expect(await expectConsistentHistory(fixture, two.id)).toBe(1);
});
