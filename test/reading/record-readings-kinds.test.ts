import { VALUES } from '../../src/features/kind/reading-kind';
import { globalId } from '../support/global-id';
import { SAMPLES, type ReadingSample } from './reading-samples.harness';
import { hoursFromNow, NOW, ReadingFixture, WHOLE, type ReturnedReading } from './reading-fixture.harness';

let fixture: ReadingFixture;
beforeAll(async () => {
  fixture = await ReadingFixture.start();
});
afterAll(() => fixture.stop());

/** Columns of quantities that the kind does not have. */
const NO_QUANTITIES = Object.fromEntries(VALUES.map(({ column }) => [column, null]));
const NO_ACTIVITY = Object.fromEntries(SAMPLES.map(({ activityColumn }) => [activityColumn, null]));

const camelCase = (column: string) => column.replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase());

async function node(id: string, caller: 'northside' | 'lakeview' | 'operator' = 'northside') {
  const { node } = await fixture.app.data<{ node: ReturnedReading | null }>(
    caller,
    `query ($id: ID!) { node(id: $id) { __typename ... on Reading { ${WHOLE} } } }`,
    { id },
  );
  return node;
}

/** A patient in New York who has held a device for years. */
async function holder() {
  const patientId = await fixture.devices.patient();
  await fixture.sql(`update patient set time_zone = 'America/New_York' where id = $1`, [patientId]);
  return { patientId, device: await fixture.device({ patientId, from: '2020-01-01T00:00:00Z' }) };
}

describe.each(SAMPLES)('a reading of the kind $kind', (sample: ReadingSample) => {
  it('is returned, stored and emitted with all its values, and updates activity', async () => {
    const { patientId, device } = await holder();
    const eventId = await fixture.lastEventId();

    const response = await fixture.record([
      { deviceId: device.id, takenAt: '2026-06-15T05:15:30.123-06:00', deviceTimeZoneOffset: -21_600, ...sample.input },
    ]);

    const reading = response.results[0]!.reading!;
    expect(response).toEqual({
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
      clockAhead: false,
      sourceId: null,
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
      source_id: '',
    };
    expect(await fixture.stored(device.id)).toEqual([row]);
    const activity = {
      ...NO_ACTIVITY,
      customer_id: '1',
      last_reading_at: row.taken_at,
      [sample.activityColumn]: row.taken_at,
    };
    expect(await fixture.sql('select * from device_activity where device_id = $1', [device.id])).toEqual([
      { ...activity, device_id: device.id },
    ]);
    expect(await fixture.sql('select * from patient_activity where patient_id = $1', [patientId])).toEqual([
      { ...activity, patient_id: patientId },
    ]);

    const { kind, ...emitted } = Object.fromEntries(
      Object.entries(row).map(([column, value]) => [camelCase(column), value instanceof Date ? value.toJSON() : value]),
    );
    expect(await fixture.eventReadings(eventId)).toEqual([
      [{ ...emitted, kindNumber: kind, siteIds: [fixture.devices.sites.clinic] }],
    ]);
    expect(await fixture.devices.row(device.id)).toMatchObject({ status: 'WITH_PATIENT', version: 1 });
  });

  it('is found by its id, only by its own customer', async () => {
    const { device } = await holder();
    const input = { deviceId: device.id, takenAt: hoursFromNow(-1), ...sample.input };
    const reading = (await fixture.record([input])).results[0]!.reading!;

    expect(await node(reading.id)).toEqual(reading);
    expect(await node(reading.id, 'operator')).toEqual(reading);
    expect(await node(reading.id, 'lakeview')).toBeNull();
    // Global ids contain the name of the interface, so that a kind could be renamed.
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
])('%s omits what was not measured', async (_name, input, members, measurements) => {
  const { id } = await fixture.heldDevice();

  const { results } = await fixture.record([{ deviceId: id, takenAt: hoursFromNow(-1), ...input }]);

  expect(results[0]).toMatchObject({ outcome: 'RECORDED', reading: members });
  expect((results[0]!.reading!.measurements as { name: string }[]).map(({ name }) => name)).toEqual(measurements);
});

it('numbers are stored unchanged', async () => {
  const { id } = await fixture.heldDevice();
  const weights = [183.4, 0.1 + 182, 1 / 3 + 100, 99.99999999999999, 1500];

  await fixture.record(
    weights.map((weight, index) => ({
      deviceId: id,
      takenAt: hoursFromNow(-1, index),
      weight: { value: weight, unit: 'POUND' },
    })),
  );

  expect((await fixture.stored(id)).map(({ weight }) => weight)).toEqual(weights);
});
