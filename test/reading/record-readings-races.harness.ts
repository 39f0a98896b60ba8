import { eventually } from '../support/eventually';
import { SAMPLES } from './reading-samples.harness';
import { codesOf, ReadingProgramme, type Recorded } from './reading-programme.harness';

let programme: ReadingProgramme;

/** A millisecond ago, since the ends of associations are rounded to one. */
const takenNow = () => Date.now() - 1;

/** Waits until readings that are taken now are taken at this time or later. */
const clockPasses = (time: string) => eventually(() => takenNow() >= Date.parse(time));

/** A reading of each kind that is taken now, each in a call of its own, from both instances. */
function volley(deviceId: string): Promise<Recorded>[] {
  return SAMPLES.map(({ input }, index) =>
    programme.record([{ deviceId, takenAt: new Date(takenNow()).toISOString(), ...input }], {
      instance: index % 2,
      fields: 'id databaseId patient { databaseId }',
    }),
  );
}

const count = async (deviceId: string): Promise<number> => (await programme.stored(deviceId)).length;

/** Waits for the first of some calls: the others are under way then. */
const first = (calls: Promise<Recorded>[]) => Promise.race(calls);

const codes = async (calls: Promise<Recorded>[]): Promise<string[]> => (await Promise.all(calls)).flatMap(codesOf);

/** The readings of a device that were told of after its decommissioning was: both are, under the lock of the device. */
async function toldAfterTheChange(deviceId: string): Promise<Record<string, unknown>[]> {
  const [change] = await programme.sql<{ id: string }>(
    `select id from event where type = 'device.statusChanged' and payload ->> 'deviceId' = $1 and payload ->> 'status' = 'DECOMMISSIONED'`,
    [deviceId],
  );
  const told = await programme.told(change!.id);
  return told.flat().filter((reading) => reading.deviceId === deviceId);
}

/** Readings whose patient is not the one whose association covers them. */
const WRONGLY_ATTRIBUTED = `
  select r.id, r.taken_at, r.patient_id, a.patient_id as holder from reading r
  left join device_association a on a.customer_id = r.customer_id and a.device_id = r.device_id
    and a.started_at <= r.taken_at and (a.ended_at is null or r.taken_at < a.ended_at)
  where r.device_id = $1 and r.patient_id is distinct from a.patient_id`;

/** Batches of a device, large enough to be under way for a while, from both instances; each has its own minutes from a time on. */
function bulk(deviceId: string, batches: number[], from = Date.UTC(2026, 0)): Promise<Recorded>[] {
  return batches.map((batch) => {
    const readings = Array.from({ length: 100 }, (_, index) => ({
      deviceId,
      takenAt: new Date(from + (batch * 100 + index) * 60_000).toISOString(),
      weight: { value: 180, unit: 'POUND' },
    }));
    return programme.record(readings, { instance: batch % 2, fields: 'id' });
  });
}

/** Readings that are recorded while their device changes, in several rounds: whichever comes first, the rules hold. */
export function testRaces(rounds: number): void {
  beforeAll(async () => {
    programme = await ReadingProgramme.race();
  });
  afterAll(() => programme.stop());

  it('no reading is stored after the decommissioning of its device was answered', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { id } = await programme.heldDevice();
      const before = bulk(id, [0, 1]);
      await first(before);
      const during = bulk(id, [2, 3, 4, 5, 6, 7]);

      const { device } = await programme.devices.call(
        'disableDeviceReadings',
        { deviceId: id },
        'northside',
        round % 2,
      );
      const stored = await count(id);
      const after = bulk(id, [8, 9]);

      expect(device!.currentStatus).toBe('DECOMMISSIONED');
      expect(await codes(after)).toEqual(new Array(200).fill('READINGS_DISABLED'));
      const racing = await codes([...before, ...during]);
      expect(await count(id)).toBe(stored);
      expect(racing.filter((code) => code === 'RECORDED')).toHaveLength(stored);
      expect(racing.filter((code) => code === 'READINGS_DISABLED')).toHaveLength(800 - stored);
      expect(await toldAfterTheChange(id)).toEqual([]);
    }
  });

  it('finds a reading that is told of after the change, if there is one', async () => {
    const { id } = await programme.heldDevice();
    await programme.devices.call('disableDeviceReadings', { deviceId: id });
    expect(await toldAfterTheChange(id)).toEqual([]);
    await programme.devices.call('enableDeviceReadings', { deviceId: id });
    await Promise.all(volley(id));
    expect(await toldAfterTheChange(id)).toHaveLength(SAMPLES.length);
  });

  it('none that is dated ahead is given to the patient after the disassociation was answered', async () => {
    const given = async (deviceId: string) =>
      (await programme.stored(deviceId)).filter(({ patient_id }) => patient_id !== null).length;
    for (let round = 0; round < rounds; round += 1) {
      const { id } = await programme.heldDevice();
      const ahead = Date.now() + 3_600_000;
      const before = bulk(id, [0, 1], ahead);
      await first(before);
      const during = bulk(id, [2, 3, 4, 5, 6, 7], ahead);

      await programme.devices.call('disassociateDevice', { deviceId: id }, 'northside', round % 2);
      const givenBefore = await given(id);

      expect(await codes([...before, ...during, ...bulk(id, [8, 9], ahead)])).toEqual(
        new Array(1_000).fill('RECORDED'),
      );
      expect(await given(id)).toBe(givenBefore);
      expect(givenBefore).toBeGreaterThanOrEqual(100);
    }
  });

  it('each reading is given to who had the device when it was taken, while it changes hands', async () => {
    const { ann, bob } = programme.devices.patients;
    const { id } = await programme.devices.freeDevice();
    for (let round = 0; round < rounds; round += 1) {
      const patientId = round % 2 === 0 ? ann : bob;
      const unheld = volley(id);
      const begun = await programme.devices.call(
        'associateDevice',
        { deviceId: id, patientId },
        'northside',
        round % 2,
      );
      await clockPasses(begun.association!.startedAt);
      const held = volley(id);
      await first(held);
      const ending = volley(id);

      const { association } = await programme.devices.call(
        'disassociateDevice',
        { deviceId: id },
        'northside',
        (round + 1) % 2,
      );
      await clockPasses(association!.endedAt!);
      const after = volley(id);

      const patientsOf = async (calls: Promise<Recorded>[]) =>
        (await Promise.all(calls)).flatMap(({ results }) => results.map(({ reading }) => reading!.patient));
      expect(await patientsOf(after)).toEqual(new Array(SAMPLES.length).fill(null));
      expect(await patientsOf(held)).toEqual(new Array(SAMPLES.length).fill({ databaseId: patientId }));
      await Promise.all([...unheld, ...ending]);
      expect(await programme.sql(WRONGLY_ATTRIBUTED, [id])).toEqual([]);
    }
    expect(await count(id)).toBe(rounds * 4 * SAMPLES.length);
  });

  it('readings, changes of status and of the holder at once leave no error and a device whose version they alone raised', async () => {
    const { ann } = programme.devices.patients;
    const { id } = await programme.devices.freeDevice();
    const calls = [
      ['associateDevice', { deviceId: id, patientId: ann }],
      ['disableDeviceReadings', { deviceId: id }],
      ['enableDeviceReadings', { deviceId: id }],
      ['disassociateDevice', { deviceId: id }],
    ] as const;
    let changes = 0;
    let recorded = 0;
    for (let round = 0; round < rounds; round += 1) {
      const [answers, ...readings] = await Promise.all([
        Promise.all(
          calls.map(([operation, input], index) => programme.devices.call(operation, input, 'northside', index % 2)),
        ),
        ...volley(id),
      ]);
      changes += answers.filter(({ statusChange }) => statusChange !== null).length;
      recorded += readings.filter((answer) => answer.recorded === 1).length;
    }

    expect((await programme.devices.row(id)).version).toBe(1 + changes);
    expect(await count(id)).toBe(recorded);
    expect(await programme.sql(WRONGLY_ATTRIBUTED, [id])).toEqual([]);
  });
}
