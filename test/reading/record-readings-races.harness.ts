import { eventually } from '../support/eventually';
import { SAMPLES } from './reading-samples.harness';
import { codesOf, ReadingFixture, type Recorded } from './reading-fixture.harness';

let fixture: ReadingFixture;

/** One millisecond ago, because ends of associations are rounded to milliseconds. */
const takenNow = () => Date.now() - 1;

/** Waits until the current time, as used for readings, has reached this time. */
const clockPasses = (time: string) => eventually(() => takenNow() >= Date.parse(time));

/** Records a reading of each kind taken now, each in a separate call, on both instances. */
function volley(deviceId: string): Promise<Recorded>[] {
  return SAMPLES.map(({ input }, index) =>
    fixture.record([{ deviceId, takenAt: new Date(takenNow()).toISOString(), ...input }], {
      instance: index % 2,
      fields: 'id databaseId patient { databaseId }',
    }),
  );
}

const count = async (deviceId: string): Promise<number> => (await fixture.stored(deviceId)).length;

/** Waits for the first of some calls. The others are then in flight. */
const first = (calls: Promise<Recorded>[]) => Promise.race(calls);

const codes = async (calls: Promise<Recorded>[]): Promise<string[]> => (await Promise.all(calls)).flatMap(codesOf);

/** Readings of a device with an event after the event of its decommissioning. Both events are written under the lock of the device. */
async function emittedAfterTheChange(deviceId: string): Promise<Record<string, unknown>[]> {
  const [change] = await fixture.sql<{ id: string }>(
    `select id from event where type = 'device.statusChanged' and payload ->> 'deviceId' = $1 and payload ->> 'status' = 'DECOMMISSIONED'`,
    [deviceId],
  );
  const events = await fixture.eventReadings(change!.id);
  return events.flat().filter((reading) => reading.deviceId === deviceId);
}

/** Readings with a patient who did not hold the device at that time. */
const WRONGLY_ATTRIBUTED = `
  select r.id, r.taken_at, r.patient_id, a.patient_id as holder from reading r
  left join device_association a on a.customer_id = r.customer_id and a.device_id = r.device_id
    and a.started_at <= r.taken_at and (a.ended_at is null or r.taken_at < a.ended_at)
  where r.device_id = $1 and r.patient_id is distinct from a.patient_id`;

/** Sends batches for a device to both instances. They are large enough to take a while, and have readings at different minutes. */
function bulk(deviceId: string, batches: number[], from = Date.UTC(2026, 0)): Promise<Recorded>[] {
  return batches.map((batch) => {
    const readings = Array.from({ length: 100 }, (_, index) => ({
      deviceId,
      takenAt: new Date(from + (batch * 100 + index) * 60_000).toISOString(),
      weight: { value: 180, unit: 'POUND' },
    }));
    return fixture.record(readings, { instance: batch % 2, fields: 'id' });
  });
}

/** Records readings while their device changes, in several rounds. Whichever is first, the rules hold. */
export function testRaces(rounds: number): void {
  beforeAll(async () => {
    fixture = await ReadingFixture.race();
  });
  afterAll(() => fixture.stop());

  it('no reading is stored after the response to the decommissioning of its device', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { id } = await fixture.heldDevice();
      const before = bulk(id, [0, 1]);
      await first(before);
      const during = bulk(id, [2, 3, 4, 5, 6, 7]);

      const { device } = await fixture.devices.call('disableDeviceReadings', { deviceId: id }, 'northside', round % 2);
      const stored = await count(id);
      const after = bulk(id, [8, 9]);

      expect(device!.currentStatus).toBe('DECOMMISSIONED');
      expect(await codes(after)).toEqual(new Array(200).fill('READINGS_DISABLED'));
      const racing = await codes([...before, ...during]);
      expect(await count(id)).toBe(stored);
      expect(racing.filter((code) => code === 'RECORDED')).toHaveLength(stored);
      expect(racing.filter((code) => code === 'READINGS_DISABLED')).toHaveLength(800 - stored);
      expect(await emittedAfterTheChange(id)).toEqual([]);
    }
  });

  it('the check finds a reading with an event after the decommissioning', async () => {
    const { id } = await fixture.heldDevice();
    await fixture.devices.call('disableDeviceReadings', { deviceId: id });
    expect(await emittedAfterTheChange(id)).toEqual([]);
    await fixture.devices.call('enableDeviceReadings', { deviceId: id });
    await Promise.all(volley(id));
    expect(await emittedAfterTheChange(id)).toHaveLength(SAMPLES.length);
  });

  it('no future reading is attributed to the patient after the response to the disassociation', async () => {
    const countAttributed = async (deviceId: string) =>
      (await fixture.stored(deviceId)).filter(({ patient_id }) => patient_id !== null).length;
    for (let round = 0; round < rounds; round += 1) {
      const { id } = await fixture.heldDevice();
      const ahead = Date.now() + 3_600_000;
      const before = bulk(id, [0, 1], ahead);
      await first(before);
      const during = bulk(id, [2, 3, 4, 5, 6, 7], ahead);

      await fixture.devices.call('disassociateDevice', { deviceId: id }, 'northside', round % 2);
      const attributedBefore = await countAttributed(id);

      expect(await codes([...before, ...during, ...bulk(id, [8, 9], ahead)])).toEqual(
        new Array(1_000).fill('RECORDED'),
      );
      expect(await countAttributed(id)).toBe(attributedBefore);
      expect(attributedBefore).toBeGreaterThanOrEqual(100);
    }
  });

  it('each reading is attributed to the holder when it was taken, while the device changes hands', async () => {
    const { ann, bob } = fixture.devices.patients;
    const { id } = await fixture.devices.freeDevice();
    for (let round = 0; round < rounds; round += 1) {
      const patientId = round % 2 === 0 ? ann : bob;
      const unheld = volley(id);
      const begun = await fixture.devices.call('associateDevice', { deviceId: id, patientId }, 'northside', round % 2);
      await clockPasses(begun.association!.startedAt);
      const held = volley(id);
      await first(held);
      const ending = volley(id);

      const { association } = await fixture.devices.call(
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
      expect(await fixture.sql(WRONGLY_ATTRIBUTED, [id])).toEqual([]);
    }
    expect(await count(id)).toBe(rounds * 4 * SAMPLES.length);
  });

  it('concurrent readings and changes of status and holder cause no errors, and only the changes raise the version', async () => {
    const { ann } = fixture.devices.patients;
    const { id } = await fixture.devices.freeDevice();
    const calls = [
      ['associateDevice', { deviceId: id, patientId: ann }],
      ['disableDeviceReadings', { deviceId: id }],
      ['enableDeviceReadings', { deviceId: id }],
      ['disassociateDevice', { deviceId: id }],
    ] as const;
    let changes = 0;
    let recorded = 0;
    for (let round = 0; round < rounds; round += 1) {
      const [responses, ...readings] = await Promise.all([
        Promise.all(
          calls.map(([operation, input], index) => fixture.devices.call(operation, input, 'northside', index % 2)),
        ),
        ...volley(id),
      ]);
      changes += responses.filter(({ statusChange }) => statusChange !== null).length;
      recorded += readings.filter((response) => response.recorded === 1).length;
    }

    expect((await fixture.devices.row(id)).version).toBe(1 + changes);
    expect(await count(id)).toBe(recorded);
    expect(await fixture.sql(WRONGLY_ATTRIBUTED, [id])).toEqual([]);
  });
}
