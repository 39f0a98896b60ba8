import { altered, SAMPLES, type ReadingSample } from './reading-samples.harness';
import {
  hoursFromNow,
  NOW,
  outcomesOf,
  ReadingFixture,
  type ReadingInput,
  type Result,
} from './reading-fixture.harness';

let fixture: ReadingFixture;
/** Time of the gateway's clock. A test that changes it resets it. */
let now = NOW;
beforeAll(async () => {
  fixture = await ReadingFixture.start({ clock: { now: () => now } });
});
afterAll(() => fixture.stop());

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
      message:
        'This reading is already stored with other values. The stored reading is kept. If both were measured at this time, send this one with a sourceId: the number that the device gave it.',
      path: ['input', 'readings', String(index)],
    },
  ],
});
const duplicateOf = (reading: Result['reading']): Result => ({ outcome: 'DUPLICATE', reading, userErrors: [] });

it('a mixed batch has a result for each reading, in order, and counts of the outcomes', async () => {
  const { id } = await fixture.heldDevice();
  const before = (await fixture.record([weightOf(id, -1), weightOf(id, -2)])).results.map(({ reading }) => reading);

  const response = await fixture.record([
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

  expect(outcomesOf(response)).toEqual([
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
  expect(response).toMatchObject({ recorded: 2, duplicates: 2, conflicts: 2, refused: 3 });
  expect(response.results[1]).toEqual(duplicateOf(before[1]!));
  expect(response.results[3]).toEqual(conflictAt(3, before[0]!));
  expect(response.results[5]).toEqual(duplicateOf(before[0]!));
  expect(response.results[6]).toEqual(conflictAt(6, before[1]!));
  expect(
    response.results.map(({ userErrors }) => userErrors.map(({ code, path }) => [code, ...path].join('.'))),
  ).toEqual([
    ['DEVICE_NOT_FOUND.input.readings.0.deviceId'],
    [],
    [],
    ['READING_CONFLICT.input.readings.3'],
    ['INVALID_READING.input.readings.4.weight.value'],
    [],
    ['READING_CONFLICT.input.readings.6'],
    [],
    ['INVALID_READING.input.readings.8.takenAt'],
  ]);
  expect(response.results.filter(({ outcome }) => outcome === 'REFUSED').map(({ reading }) => reading)).toEqual([
    null,
    null,
    null,
  ]);
  const stored = await fixture.stored(id);
  expect(stored.map(({ taken_at, weight }) => [(taken_at as Date).toISOString(), weight])).toEqual(
    [-5, -3, -2, -1].map((hours) => [hoursFromNow(hours), 180]),
  );
});

describe('the same reading twice in one batch', () => {
  it('is recorded once, and the second one is a duplicate', async () => {
    const { id, serial } = await fixture.heldDevice();

    const { results } = await fixture.record([
      weightOf(id, -1),
      {
        deviceIdentifier: serial,
        takenAt: hoursFromNow(-1).replace('Z', '+00:00'),
        weight: { value: 180.0, unit: 'POUND' },
      },
    ]);

    expect(results[0]).toMatchObject({ outcome: 'RECORDED', reading: { weight: 180 } });
    expect(results[1]).toEqual(duplicateOf(results[0]!.reading));
    expect(await fixture.stored(id)).toHaveLength(1);
  });

  it('with other values keeps the first', async () => {
    const { id } = await fixture.heldDevice();

    const { results } = await fixture.record([weightOf(id, -1, 180), weightOf(id, -1, 170), weightOf(id, -1, 180)]);

    expect(results[0]).toMatchObject({ outcome: 'RECORDED', reading: { weight: 180 } });
    expect(results[1]).toEqual(conflictAt(1, results[0]!.reading));
    expect(results[2]).toEqual(duplicateOf(results[0]!.reading));
    expect((await fixture.stored(id)).map(({ weight }) => weight)).toEqual([180]);
  });

  it('without a device is identified by the patient', async () => {
    const { ann, bob } = fixture.devices.patients;
    const manual = (patientId: string, weight: number) => ({
      patientId,
      manual: true,
      takenAt: hoursFromNow(-6),
      weight: { value: weight, unit: 'POUND' },
    });

    const response = await fixture.record([manual(ann, 150), manual(bob, 150), manual(ann, 150), manual(bob, 151)]);

    expect(outcomesOf(response)).toEqual(['RECORDED', 'RECORDED', 'DUPLICATE', 'CONFLICT']);
    expect(response.results[2]!.reading).toEqual(response.results[0]!.reading);
    expect(response.results[3]!.reading).toEqual(response.results[1]!.reading);
    expect(outcomesOf(await fixture.record([manual(bob, 151), manual(ann, 150)]))).toEqual(['CONFLICT', 'DUPLICATE']);
  });
});

it.each<[string, (id: string) => ReadingInput[]]>([
  ['another kind', (id) => SAMPLES.map(({ input }) => ({ deviceId: id, takenAt: hoursFromNow(-1), ...input }))],
  ['a millisecond later', (id) => [weightOf(id, -1), { ...weightOf(id, -1), takenAt: hoursFromNow(-1, 1) }]],
  [
    'a manual reading of the holder without the device',
    (id) => {
      const patientId = fixture.devices.patients.ann;
      return [
        weightOf(id, -1),
        { patientId, manual: true, takenAt: hoursFromNow(-1), weight: { value: 180, unit: 'POUND' } },
      ];
    },
  ],
])('%s is a different reading', async (_name, readingsOf) => {
  const { id } = await fixture.heldDevice();
  const readings = readingsOf(id);

  expect(await fixture.record(readings)).toMatchObject({ recorded: readings.length });
  expect(await fixture.record(readings)).toMatchObject({ duplicates: readings.length });
});

describe.each(SAMPLES)('a stored reading of the kind $kind', ({ input }: ReadingSample) => {
  const [member, values] = Object.entries(input)[0]!;

  it('that is sent again is a duplicate, which writes and emits nothing', async () => {
    const { id } = await fixture.heldDevice();
    const reading = { deviceId: id, takenAt: hoursFromNow(-1), ...input };
    const { results } = await fixture.record([{ ...reading, deviceTimeZoneOffset: 3_600 }]);

    now = new Date(NOW.getTime() + 60_000);
    const again = await fixture.expectNothingWritten(() => fixture.record([reading, reading]));
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
    'that is sent with another %s is a conflict, which writes and emits nothing',
    async (name) => {
      const { id } = await fixture.heldDevice();
      const reading = { deviceId: id, takenAt: hoursFromNow(-1), ...input };
      const { results } = await fixture.record([reading]);

      const other = { ...reading, [member]: { ...values, [name]: altered(values[name]) } };
      const again = await fixture.expectNothingWritten(() => fixture.record([other]));

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

it('a reading sent again with one value more or less is a conflict', async () => {
  const { id } = await fixture.heldDevice();
  const pressure = (hours: number, heartRate?: number): ReadingInput => ({
    deviceId: id,
    takenAt: hoursFromNow(hours),
    bloodPressure: { systolic: 120, diastolic: 80, ...(heartRate && { heartRate }) },
  });
  await fixture.record([pressure(-1), pressure(-2, 60)]);

  const response = await fixture.expectNothingWritten(() => fixture.record([pressure(-1, 60), pressure(-2)]));

  expect(outcomesOf(response)).toEqual(['CONFLICT', 'CONFLICT']);
  expect(response.results.map(({ reading }) => reading!.heartRate)).toEqual([null, 60]);
});

it('a stored reading is still a duplicate after its association was changed to another patient', async () => {
  const { ann, bob } = fixture.devices.patients;
  const { id } = await fixture.device({ patientId: ann, from: hoursFromNow(-10) });
  const { results } = await fixture.record([weightOf(id, -5)]);
  await fixture.sql(`update device_association set started_at = $2 where device_id = $1`, [id, hoursFromNow(-4)]);
  await fixture.sql(
    `insert into device_association (customer_id, device_id, patient_id, started_at, started_by_kind, started_by_label,
       ended_at, ended_by_kind, ended_by_label) values (1, $1, $2, $3, 'SYSTEM', 'test', $4, 'SYSTEM', 'test')`,
    [id, bob, hoursFromNow(-10), hoursFromNow(-4)],
  );

  const again = await fixture.expectNothingWritten(() => fixture.record([weightOf(id, -5)]));

  expect(again.results).toEqual([duplicateOf(results[0]!.reading)]);
  expect(results[0]!.reading).toMatchObject({ patient: { databaseId: ann } });
});
