import { altered, SAMPLES, type ReadingSample } from './reading-samples.harness';
import {
  hoursFromNow,
  NOW,
  outcomesOf,
  ReadingProgramme,
  type ReadingInput,
  type Result,
} from './reading-programme.harness';

let programme: ReadingProgramme;
/** What the gateway's clock shows; a test that lets time pass puts it back. */
let now = NOW;
beforeAll(async () => {
  programme = await ReadingProgramme.start({ clock: { now: () => now } });
});
afterAll(() => programme.stop());

const weightOf = (deviceId: string, hours: number, weight = 180): ReadingInput => ({
  deviceId,
  takenAt: hoursFromNow(hours),
  weight: { value: weight, unit: 'POUND' },
});

const conflictAt = (index: number, reading: Result['reading']): Result => ({
  outcome: 'CONFLICT',
  reading,
  userErrors: [
    {
      code: 'READING_CONFLICT',
      message: 'This reading is already stored with other values. The stored reading is kept.',
      path: ['input', 'readings', String(index)],
    },
  ],
});
const duplicateOf = (reading: Result['reading']): Result => ({ outcome: 'DUPLICATE', reading, userErrors: [] });

it('answers each reading of a mixed batch in its place, and counts them', async () => {
  const { id } = await programme.heldDevice();
  const before = (await programme.record([weightOf(id, -1), weightOf(id, -2)])).results.map(({ reading }) => reading);

  const answer = await programme.record([
    weightOf('99999', -1),
    weightOf(id, -2),
    weightOf(id, -3),
    weightOf(id, -1, 181),
    weightOf(id, -4, 0),
    weightOf(id, -1),
    weightOf(id, -2, 190),
    weightOf(id, -5),
    weightOf(id, 25),
  ]);

  expect(outcomesOf(answer)).toEqual([
    'REFUSED',
    'DUPLICATE',
    'RECORDED',
    'CONFLICT',
    'REFUSED',
    'DUPLICATE',
    'CONFLICT',
    'RECORDED',
    'REFUSED',
  ]);
  expect(answer).toMatchObject({ recorded: 2, duplicates: 2, conflicts: 2, refused: 3 });
  expect(answer.results[1]).toEqual(duplicateOf(before[1]!));
  expect(answer.results[3]).toEqual(conflictAt(3, before[0]!));
  expect(answer.results[5]).toEqual(duplicateOf(before[0]!));
  expect(answer.results[6]).toEqual(conflictAt(6, before[1]!));
  expect(answer.results.map(({ userErrors }) => userErrors.map(({ code, path }) => [code, ...path].join('.')))).toEqual(
    [
      ['DEVICE_NOT_FOUND.input.readings.0.deviceId'],
      [],
      [],
      ['READING_CONFLICT.input.readings.3'],
      ['INVALID_READING.input.readings.4.weight.value'],
      [],
      ['READING_CONFLICT.input.readings.6'],
      [],
      ['INVALID_READING.input.readings.8.takenAt'],
    ],
  );
  expect(answer.results.filter(({ outcome }) => outcome === 'REFUSED').map(({ reading }) => reading)).toEqual([
    null,
    null,
    null,
  ]);
  const stored = await programme.stored(id);
  expect(stored.map(({ taken_at, weight }) => [(taken_at as Date).toISOString(), weight])).toEqual(
    [-5, -3, -2, -1].map((hours) => [hoursFromNow(hours), 180]),
  );
});

describe('the same reading twice in one batch', () => {
  it('is recorded once, and is a duplicate of itself', async () => {
    const { id, serial } = await programme.heldDevice();

    const { results } = await programme.record([
      weightOf(id, -1),
      {
        deviceIdentifier: serial,
        takenAt: hoursFromNow(-1).replace('Z', '+00:00'),
        weight: { value: 180.0, unit: 'POUND' },
      },
    ]);

    expect(results[0]).toMatchObject({ outcome: 'RECORDED', reading: { weight: 180 } });
    expect(results[1]).toEqual(duplicateOf(results[0]!.reading));
    expect(await programme.stored(id)).toHaveLength(1);
  });

  it('with other values: the first stays', async () => {
    const { id } = await programme.heldDevice();

    const { results } = await programme.record([weightOf(id, -1, 180), weightOf(id, -1, 170), weightOf(id, -1, 180)]);

    expect(results[0]).toMatchObject({ outcome: 'RECORDED', reading: { weight: 180 } });
    expect(results[1]).toEqual(conflictAt(1, results[0]!.reading));
    expect(results[2]).toEqual(duplicateOf(results[0]!.reading));
    expect((await programme.stored(id)).map(({ weight }) => weight)).toEqual([180]);
  });

  it('without a device is that of the patient', async () => {
    const { ann, bob } = programme.devices.patients;
    const manual = (patientId: string, weight: number) => ({
      patientId,
      manual: true,
      takenAt: hoursFromNow(-6),
      weight: { value: weight, unit: 'POUND' },
    });

    const answer = await programme.record([manual(ann, 150), manual(bob, 150), manual(ann, 150), manual(bob, 151)]);

    expect(outcomesOf(answer)).toEqual(['RECORDED', 'RECORDED', 'DUPLICATE', 'CONFLICT']);
    expect(answer.results[2]!.reading).toEqual(answer.results[0]!.reading);
    expect(answer.results[3]!.reading).toEqual(answer.results[1]!.reading);
    expect(outcomesOf(await programme.record([manual(bob, 151), manual(ann, 150)]))).toEqual(['CONFLICT', 'DUPLICATE']);
  });
});

it.each<[string, (id: string) => ReadingInput[]]>([
  ['another kind', (id) => SAMPLES.map(({ input }) => ({ deviceId: id, takenAt: hoursFromNow(-1), ...input }))],
  ['a millisecond later', (id) => [weightOf(id, -1), { ...weightOf(id, -1), takenAt: hoursFromNow(-1, 1) }]],
  [
    'a manual one of its holder, without the device',
    (id) => {
      const patientId = programme.devices.patients.ann;
      return [
        weightOf(id, -1),
        { patientId, manual: true, takenAt: hoursFromNow(-1), weight: { value: 180, unit: 'POUND' } },
      ];
    },
  ],
])('%s is another reading', async (_name, readingsOf) => {
  const { id } = await programme.heldDevice();
  const readings = readingsOf(id);

  expect(await programme.record(readings)).toMatchObject({ recorded: readings.length });
  expect(await programme.record(readings)).toMatchObject({ duplicates: readings.length });
});

describe.each(SAMPLES)('a stored reading of the kind $kind', ({ input }: ReadingSample) => {
  const [member, values] = Object.entries(input)[0]!;

  it('sent again is a duplicate, which writes and emits nothing', async () => {
    const { id } = await programme.heldDevice();
    const reading = { deviceId: id, takenAt: hoursFromNow(-1), ...input };
    const { results } = await programme.record([{ ...reading, deviceTimeZoneOffset: 3_600 }]);

    now = new Date(NOW.getTime() + 60_000);
    const again = await programme.expectNothingWritten(() => programme.record([reading, reading]));
    now = NOW;

    expect(again).toEqual({
      results: [duplicateOf(results[0]!.reading), duplicateOf(results[0]!.reading)],
      recorded: 0,
      duplicates: 2,
      conflicts: 0,
      refused: 0,
    });
    expect(again.results[0]!.reading).toMatchObject({ receivedAt: NOW.toISOString(), deviceTimeZoneOffset: 3_600 });
  });

  it.each(Object.keys(values).filter((name) => name !== 'unit'))(
    'with another %s is in conflict, which writes and emits nothing',
    async (name) => {
      const { id } = await programme.heldDevice();
      const reading = { deviceId: id, takenAt: hoursFromNow(-1), ...input };
      const { results } = await programme.record([reading]);

      const other = { ...reading, [member]: { ...values, [name]: altered(values[name]) } };
      const again = await programme.expectNothingWritten(() => programme.record([other]));

      expect(again).toEqual({
        results: [conflictAt(0, results[0]!.reading)],
        recorded: 0,
        duplicates: 0,
        conflicts: 1,
        refused: 0,
      });
    },
  );
});

it('a reading that gains or loses what was not measured is in conflict', async () => {
  const { id } = await programme.heldDevice();
  const pressure = (hours: number, heartRate?: number): ReadingInput => ({
    deviceId: id,
    takenAt: hoursFromNow(hours),
    bloodPressure: { systolic: 120, diastolic: 80, ...(heartRate && { heartRate }) },
  });
  await programme.record([pressure(-1), pressure(-2, 60)]);

  const answer = await programme.expectNothingWritten(() => programme.record([pressure(-1, 60), pressure(-2)]));

  expect(outcomesOf(answer)).toEqual(['CONFLICT', 'CONFLICT']);
  expect(answer.results.map(({ reading }) => reading!.heartRate)).toEqual([null, 60]);
});

it('a stored reading is the same after the device has moved to another patient', async () => {
  const { ann, bob } = programme.devices.patients;
  const { id } = await programme.device({ patientId: ann, from: hoursFromNow(-10) });
  const { results } = await programme.record([weightOf(id, -5)]);
  await programme.sql(`update device_association set started_at = $2 where device_id = $1`, [id, hoursFromNow(-4)]);
  await programme.sql(
    `insert into device_association (customer_id, device_id, patient_id, started_at, started_by_kind, started_by_label,
       ended_at, ended_by_kind, ended_by_label) values (1, $1, $2, $3, 'SYSTEM', 'test', $4, 'SYSTEM', 'test')`,
    [id, bob, hoursFromNow(-10), hoursFromNow(-4)],
  );

  const again = await programme.expectNothingWritten(() => programme.record([weightOf(id, -5)]));

  expect(again.results).toEqual([duplicateOf(results[0]!.reading)]);
  expect(results[0]!.reading).toMatchObject({ patient: { databaseId: ann } });
});
