import { VALUES } from '../../src/features/kind/reading-kind';
import { globalId } from '../support/global-id';
import { SAMPLES, type ReadingSample } from './reading-samples.harness';
import { hoursFromNow, NOW, ReadingProgramme, WHOLE, type AnsweredReading } from './reading-programme.harness';

let programme: ReadingProgramme;
beforeAll(async () => {
  programme = await ReadingProgramme.start();
});
afterAll(() => programme.stop());

/** What the columns of quantities hold when the kind has none of them. */
const NO_QUANTITIES = Object.fromEntries(VALUES.map(({ column }) => [column, null]));
const NO_ACTIVITY = Object.fromEntries(SAMPLES.map(({ activityColumn }) => [activityColumn, null]));

const camelCase = (column: string) => column.replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase());

async function node(id: string, caller: 'northside' | 'lakeview' | 'operator' = 'northside') {
  const { node } = await programme.app.data<{ node: AnsweredReading | null }>(
    caller,
    `query ($id: ID!) { node(id: $id) { __typename ... on Reading { ${WHOLE} } } }`,
    { id },
  );
  return node;
}

/** A patient in New York who has had a device for years. */
async function holder() {
  const patientId = await programme.devices.patient();
  await programme.sql(`update patient set time_zone = 'America/New_York' where id = $1`, [patientId]);
  return { patientId, device: await programme.device({ patientId, from: '2020-01-01T00:00:00Z' }) };
}

describe.each(SAMPLES)('a reading of the kind $kind', (sample: ReadingSample) => {
  it('is answered, stored, noted and told with all that it holds', async () => {
    const { patientId, device } = await holder();
    const eventId = await programme.lastEventId();

    const answer = await programme.record([
      { deviceId: device.id, takenAt: '2026-06-15T05:15:30.123-06:00', deviceTimeZoneOffset: -21_600, ...sample.input },
    ]);

    const reading = answer.results[0]!.reading!;
    expect(answer).toEqual({
      results: [{ outcome: 'RECORDED', reading, userErrors: [] }],
      recorded: 1,
      duplicates: 0,
      conflicts: 0,
      refused: 0,
    });
    expect(reading).toEqual({
      __typename: sample.typeName,
      id: globalId('Reading', reading.databaseId),
      databaseId: expect.stringMatching(/^[0-9]{18}$/) as string,
      kind: sample.kind,
      takenAt: '2026-06-15T11:15:30.123Z',
      receivedAt: '2026-06-15T12:00:00.000Z',
      attribution: 'ASSOCIATION',
      manual: false,
      deviceTimeZoneOffset: -21_600,
      patientTimeZoneOffset: -14_400,
      measurements: sample.measurements,
      device: { databaseId: device.id },
      patient: { databaseId: patientId },
      ...sample.members,
    });

    const row = {
      ...NO_QUANTITIES,
      ...sample.columns,
      customer_id: '1',
      id: reading.databaseId,
      taken_at: new Date('2026-06-15T11:15:30.123Z'),
      received_at: NOW,
      device_id: device.id,
      patient_id: patientId,
      device_time_zone_offset: -21_600,
      patient_time_zone_offset: -14_400,
      kind: sample.number,
      manual: false,
      sent_unit: null,
    };
    expect(await programme.stored(device.id)).toEqual([row]);
    const activity = {
      ...NO_ACTIVITY,
      customer_id: '1',
      last_reading_at: row.taken_at,
      [sample.activityColumn]: row.taken_at,
    };
    expect(await programme.sql('select * from device_activity where device_id = $1', [device.id])).toEqual([
      { ...activity, device_id: device.id },
    ]);
    expect(await programme.sql('select * from patient_activity where patient_id = $1', [patientId])).toEqual([
      { ...activity, patient_id: patientId },
    ]);

    const { kind, ...told } = Object.fromEntries(
      Object.entries(row).map(([column, value]) => [camelCase(column), value instanceof Date ? value.toJSON() : value]),
    );
    expect(await programme.told(eventId)).toEqual([
      [{ ...told, kindNumber: kind, siteIds: [programme.devices.sites.clinic] }],
    ]);
    expect(await programme.devices.row(device.id)).toMatchObject({ status: 'WITH_PATIENT', version: 1 });
  });

  it('is found by its id, of its own customer only', async () => {
    const { device } = await holder();
    const input = { deviceId: device.id, takenAt: hoursFromNow(-1), ...sample.input };
    const reading = (await programme.record([input])).results[0]!.reading!;

    expect(await node(reading.id)).toEqual(reading);
    expect(await node(reading.id, 'operator')).toEqual(reading);
    expect(await node(reading.id, 'lakeview')).toBeNull();
    // The ids of all kinds hold the interface, so that a kind may change its name.
    const ofKind = Buffer.from(`${sample.typeName}:${reading.databaseId}`).toString('base64url');
    expect(await node(ofKind)).toBeNull();
    expect(await node(globalId('Reading', String(BigInt(reading.databaseId) + 1n)))).toBeNull();
  });
});

it.each<[string, Record<string, Record<string, unknown>>, Record<string, unknown>, string[]]>([
  [
    'a blood pressure without a heart rate',
    { bloodPressure: { systolic: 128, diastolic: 81 } },
    { systolic: 128, diastolic: 81, heartRate: null },
    ['SYSTOLIC', 'DIASTOLIC'],
  ],
  [
    'a blood pressure with no heart rate',
    { bloodPressure: { systolic: 128, diastolic: 81, heartRate: null } },
    { systolic: 128, diastolic: 81, heartRate: null },
    ['SYSTOLIC', 'DIASTOLIC'],
  ],
  [
    'a blood glucose without meals',
    { bloodGlucose: { glucose: { value: 104, unit: 'MILLIGRAM_PER_DECILITER' } } },
    { glucose: 104, comparator: null, mealTiming: null },
    ['GLUCOSE'],
  ],
  [
    'a blood oxygen without a heart rate',
    { bloodOxygen: { bloodOxygen: 97 } },
    { bloodOxygen: 97, heartRate: null },
    ['BLOOD_OXYGEN'],
  ],
  [
    'a peak flow without a volume',
    { peakFlow: { peakExpiratoryFlow: 412.5 } },
    { peakExpiratoryFlow: 412.5, forcedExpiratoryVolumeInOneSecond: null },
    ['PEAK_EXPIRATORY_FLOW'],
  ],
  [
    'a body composition without a muscle mass',
    { bodyComposition: { bodyFat: 23.7 } },
    { bodyFat: 23.7, muscleMass: null },
    ['BODY_FAT'],
  ],
])('%s leaves out what was not measured', async (_name, input, members, measurements) => {
  const { id } = await programme.heldDevice();

  const { results } = await programme.record([{ deviceId: id, takenAt: hoursFromNow(-1), ...input }]);

  expect(results[0]).toMatchObject({ outcome: 'RECORDED', reading: members });
  expect((results[0]!.reading!.measurements as { name: string }[]).map(({ name }) => name)).toEqual(measurements);
});

it('keeps numbers as they are', async () => {
  const { id } = await programme.heldDevice();
  const weights = [183.4, 0.1 + 182, 1 / 3 + 100, 99.99999999999999, 1500];

  await programme.record(
    weights.map((weight, index) => ({
      deviceId: id,
      takenAt: hoursFromNow(-1, index),
      weight: { value: weight, unit: 'POUND' },
    })),
  );

  expect((await programme.stored(id)).map(({ weight }) => weight)).toEqual(weights);
});
