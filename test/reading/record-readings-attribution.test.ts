import { hoursFromNow, NOW, ReadingFixture, type Period, type ReadingInput } from './reading-fixture.harness';

let fixture: ReadingFixture;
beforeAll(async () => {
  // Associations made by the API start at the real time, other readings are relative to NOW. Neither is ahead of this clock.
  const now = () => new Date(Math.max(Date.now(), NOW.getTime()));
  fixture = await ReadingFixture.start({ clock: { now } });
});
afterAll(() => fixture.stop());

const at = (instant: string, ms = 0): string => new Date(new Date(instant).getTime() + ms).toISOString();
const weightOf = (deviceId: string, takenAt: string): ReadingInput => ({
  deviceId,
  takenAt,
  weight: { value: 180, unit: 'POUND' },
});

/** A fixed order that is not chronological. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  let state = 42;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  return items
    .map((item) => ({ item, place: random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);
}

/** Patient of each stored reading of a device, by time. */
async function patientsByTime(deviceId: string): Promise<Record<string, string | null>> {
  const rows = await fixture.stored(deviceId);
  return Object.fromEntries(rows.map((row) => [(row.taken_at as Date).toISOString(), row.patient_id as string | null]));
}

describe('the attribution', () => {
  it('is ASSOCIATION for the holder at that time, also when the reading was entered by hand', async () => {
    const { ann } = fixture.devices.patients;
    const { id } = await fixture.heldDevice();

    const { results } = await fixture.record([
      weightOf(id, hoursFromNow(-2)),
      { ...weightOf(id, hoursFromNow(-1)), manual: true },
    ]);

    expect(results).toMatchObject([
      {
        reading: {
          attribution: 'ASSOCIATION',
          manual: false,
          device: { databaseId: id },
          patient: { databaseId: ann },
        },
      },
      {
        reading: { attribution: 'ASSOCIATION', manual: true, device: { databaseId: id }, patient: { databaseId: ann } },
      },
    ]);
  });

  it('is UNATTRIBUTED while the device had no holder', async () => {
    const { id } = await fixture.device();

    const { results } = await fixture.record([weightOf(id, hoursFromNow(-1))]);

    expect(results).toMatchObject([
      {
        outcome: 'RECORDED',
        reading: {
          attribution: 'UNATTRIBUTED',
          device: { databaseId: id },
          patient: null,
          patientTimeZoneOffset: null,
        },
      },
    ]);
  });

  it('is NAMED for a patient without a device', async () => {
    const { ann } = fixture.devices.patients;

    const { results } = await fixture.record([
      { patientId: ann, manual: true, takenAt: hoursFromNow(-1), weight: { value: 180, unit: 'POUND' } },
    ]);

    expect(results).toMatchObject([
      {
        outcome: 'RECORDED',
        reading: { attribution: 'NAMED', manual: true, device: null, patient: { databaseId: ann } },
      },
    ]);
  });
});

describe('a device with three successive holders', () => {
  it('attributes each reading to the holder at that millisecond, however late and in whatever order readings arrive', async () => {
    const [one, two, three] = [
      await fixture.devices.patient(),
      await fixture.devices.patient(),
      await fixture.devices.patient(),
    ];
    const periods: Required<Period>[] = [
      { patientId: one, from: '2026-03-02T09:30:00.250Z', to: '2026-03-16T16:00:00.125Z' },
      { patientId: two, from: '2026-03-20T10:00:00.000Z', to: '2026-04-10T11:59:59.999Z' },
      // Without a gap: the handover is at this instant.
      { patientId: three, from: '2026-04-10T11:59:59.999Z', to: '2026-05-01T08:00:00.001Z' },
    ];
    const { id } = await fixture.device(...periods);
    const everyTwoHours = Array.from({ length: 800 }, (_, index) => at('2026-03-01T00:00:00Z', index * 7_200_000));
    const boundaries = periods.flatMap(({ from, to }) =>
      [from, to].flatMap((instant) => [at(instant, -1), at(instant), at(instant, 1)]),
    );
    const times = [...new Set([...everyTwoHours, ...boundaries])];

    const late = shuffled(times);
    for (let from = 0; from < late.length; from += 137)
      expect((await fixture.record(late.slice(from, from + 137).map((time) => weightOf(id, time)))).recorded).toBe(
        Math.min(137, late.length - from),
      );

    const stored = await patientsByTime(id);
    // All times have the same format, so that strings compare like times.
    const expected = times.map((time) => [
      time,
      periods.find(({ from, to }) => at(from) <= time && time < at(to))?.patientId ?? null,
    ]);
    expect(stored).toEqual(Object.fromEntries(expected));
    expect(stored).toMatchObject({
      '2026-03-02T09:30:00.249Z': null,
      '2026-03-02T09:30:00.250Z': one,
      '2026-03-16T16:00:00.124Z': one,
      '2026-03-16T16:00:00.125Z': null,
      '2026-03-18T12:00:00.000Z': null,
      '2026-03-20T09:59:59.999Z': null,
      '2026-03-20T10:00:00.000Z': two,
      '2026-04-10T11:59:59.998Z': two,
      '2026-04-10T11:59:59.999Z': three,
      '2026-05-01T08:00:00.000Z': three,
      '2026-05-01T08:00:00.001Z': null,
    });
  });

  it('does the same for associations made by the API', async () => {
    const { id } = await fixture.devices.freeDevice();
    const periods: Required<Period>[] = [];
    for (let count = 0; count < 3; count += 1) {
      const patientId = await fixture.devices.patient();
      await fixture.devices.call('associateDevice', { deviceId: id, patientId });
      const { association } = await fixture.devices.call('disassociateDevice', { deviceId: id });
      periods.push({ patientId, from: association!.startedAt, to: association!.endedAt! });
    }
    const expected = new Map<string, string | null>();
    for (const { to } of periods) expected.set(to, null);
    expected.set(at(periods[0]!.from, -1), null);
    for (const { patientId, from, to } of periods) expected.set(from, patientId).set(at(to, -1), patientId);

    const { refused } = await fixture.record(shuffled([...expected.keys()]).map((time) => weightOf(id, time)));

    expect(refused).toBe(0);
    expect(await patientsByTime(id)).toEqual(Object.fromEntries(expected));
    expect(expected.size).toBeGreaterThanOrEqual(7);
  });

  it('attributes every reading to the current holder if there was no other', async () => {
    const { ann, bob } = fixture.devices.patients;
    const { id } = await fixture.device(
      { patientId: ann, from: '2026-02-01T00:00:00Z', to: '2026-03-01T00:00:00Z' },
      { patientId: bob, from: '2026-04-01T00:00:00Z' },
    );
    const expected = {
      '2026-01-31T23:59:59.999Z': null,
      '2026-02-28T23:59:59.999Z': ann,
      '2026-03-01T00:00:00.000Z': null,
      '2026-03-31T23:59:59.999Z': null,
      '2026-04-01T00:00:00.000Z': bob,
      [hoursFromNow(0)]: bob,
    };

    await fixture.record(shuffled(Object.keys(expected)).map((time) => weightOf(id, time)));

    expect(await patientsByTime(id)).toEqual(expected);
  });
});
