import { expectConsistentHistory } from '../support/device-history';
import { DeviceProgramme, type Answer } from '../support/device-programme';
import { codeOf, countsOf, Rival } from '../support/rival';

let programme: DeviceProgramme;
let rival: Rival;
beforeAll(async () => {
  programme = await DeviceProgramme.start({ instances: 2 });
  rival = await Rival.start(programme);
});
afterAll(async () => {
  await rival.stop();
  await programme.stop();
});

const lockOf = (...deviceIds: string[]) =>
  `select from device where id in (${deviceIds.join()}) order by id for update`;

async function freeDevices(count: number): Promise<{ id: string; serial: string }[]> {
  const devices: { id: string; serial: string }[] = [];
  while (devices.length < count) devices.push(await programme.freeDevice());
  return devices;
}

/** The calls of a test fail if PostgreSQL reports a deadlock: the gateway would retry it unseen. */
async function deadlocks(): Promise<number> {
  await programme.sql('select pg_stat_clear_snapshot()');
  const [row] = await programme.sql<{ deadlocks: string }>(
    'select deadlocks from pg_stat_database where datname = current_database()',
  );
  return Number(row!.deadlocks);
}

it('calls with the same devices in opposite order never deadlock, and each device goes to one patient', async () => {
  const CALLS = 6;
  const devices = await freeDevices(20);
  const patients: string[] = [];
  while (patients.length < CALLS) patients.push(await programme.patient());
  const before = await deadlocks();

  const calls = await rival.atOnce(
    lockOf(...devices.map(({ id }) => id)),
    patients.map((patientId, number) => () => {
      const entries = devices.map(({ id, serial }, index) => ({
        ...(index % 3 === number % 3 ? { deviceIdentifier: serial } : { deviceId: id }),
        patientId,
      }));
      return programme.callMany(
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
    expect(await programme.row(id)).toMatchObject({ status: 'WITH_PATIENT', version: 2 });
    expect(await expectConsistentHistory(programme, id)).toBe(1);
  }
});

it('calls that overlap in some devices give each of these to one patient', async () => {
  const devices = await freeDevices(30);
  const [one, other] = [devices.slice(0, 20), devices.slice(10).toReversed()];
  const { ann, bob } = programme.patients;

  const [first, second] = (await rival.atOnce(lockOf(...devices.slice(10, 20).map(({ id }) => id)), [
    () =>
      programme.callMany(
        'associateDevice',
        one.map(({ id }) => ({ deviceId: id, patientId: ann })),
        'northside',
        0,
      ),
    () =>
      programme.callMany(
        'associateDevice',
        other.map(({ id }) => ({ deviceId: id, patientId: bob })),
        'northside',
        1,
      ),
  ])) as [Answer[], Answer[]];

  expect(countsOf([...first, ...second].map(codeOf))).toEqual({ OK: 30, DEVICE_ASSOCIATED: 10 });
  expect(first.slice(0, 10).map(codeOf)).toEqual(Array.from({ length: 10 }, () => 'OK'));
  expect(second.slice(0, 10).map(codeOf)).toEqual(Array.from({ length: 10 }, () => 'OK'));
  for (const { id } of devices) expect(await expectConsistentHistory(programme, id)).toBe(1);
});

it('a call and a single mutation of the same device: the later one is judged by the new state', async () => {
  const [one, two] = [await programme.freeDevice(), await programme.freeDevice()];
  const { ann, bob } = programme.patients;

  const [many, single] = await rival.inTurn(
    lockOf(two.id),
    () =>
      programme.callMany('associateDevice', [
        { deviceId: two.id, patientId: ann },
        { deviceId: one.id, patientId: ann },
      ]),
    () => programme.call('associateDevice', { deviceId: one.id, patientId: bob }),
  );

  expect(many.map(codeOf)).toEqual(['OK', 'OK']);
  expect(codeOf(single)).toBe('DEVICE_ASSOCIATED');
});

it('an entry that waits for its patient sees that the patient was archived; the others are carried out', async () => {
  const [one, two] = [await programme.freeDevice(), await programme.freeDevice()];
  const patientId = await programme.patient();

  const [results] = await rival.atOnce(`update patient set archived_at = now() where id = ${patientId}`, [
    () =>
      programme.callMany('associateDevice', [
        { deviceId: one.id, patientId },
        { deviceId: two.id, patientId: programme.patients.ann },
      ]),
  ]);

  expect(results!.map(codeOf)).toEqual(['PATIENT_ARCHIVED', 'OK']);
  expect(await expectConsistentHistory(programme, one.id)).toBe(0);
  expect(await expectConsistentHistory(programme, two.id)).toBe(1);
});
