import { ReadingFixture } from '../reading/reading-fixture.harness';
import { RestClient } from '../support/rest-client';
import type { ReadingBody } from './reading-samples.harness';

let fixture: ReadingFixture;
let rest: RestClient;
beforeAll(async () => {
  fixture = await ReadingFixture.start({ clock: { now: () => new Date('2026-12-01T00:00:00Z') } });
  rest = new RestClient(fixture.app);
});
afterAll(() => fixture.stop());

const readingTimestamp = '2026-11-30T10:00:00Z';
const PRESSURE = '/blood-pressure-reading';
const pressure = { readingTimestamp, systolic: 120, diastolic: 80 };

const refused = (path: string, request: object, options = {}) =>
  fixture.expectNothingWritten(async () => (await rest.post<ReadingBody>(path, request, options)).body);

/** The offset of a patient in New York at a time. */
async function offsetAt(instant: string): Promise<unknown> {
  const patientId = Number(await fixture.devices.patient());
  await fixture.sql(`update patient set time_zone = 'America/New_York' where id = $1`, [patientId]);
  const { body } = await rest.post<ReadingBody>(PRESSURE, {
    ...pressure,
    patientId,
    manual: true,
    readingTimestamp: instant,
  });
  return body.patientTimeZoneOffset;
}

it("the patient's offset is that of the instant, to the second around a change of clocks", async () => {
  expect(await offsetAt('2026-03-08T06:59:59Z')).toBe(-18_000);
  expect(await offsetAt('2026-03-08T07:00:00Z')).toBe(-14_400);
  expect(await offsetAt('2026-11-01T05:59:59Z')).toBe(-14_400);
  expect(await offsetAt('2026-11-01T06:00:00Z')).toBe(-18_000);
});

it('a reading belongs to the patient who held the device then', async () => {
  const [former, current] = [await fixture.devices.patient(), await fixture.devices.patient()];
  const device = await fixture.device(
    { patientId: former, from: '2026-01-01T00:00:00Z', to: '2026-06-01T00:00:00Z' },
    { patientId: current, from: '2026-07-01T00:00:00Z' },
  );
  const sent = async (at: string) =>
    (await rest.post<ReadingBody>(PRESSURE, { ...pressure, deviceId: Number(device.id), readingTimestamp: at })).body;
  const [before, between, after] = [
    await sent('2026-05-01T00:00:00Z'),
    await sent('2026-06-15T00:00:00Z'),
    await sent('2026-08-01T00:00:00Z'),
  ];
  expect(before.patient!.id).toBe(Number(former));
  expect(before.device!.currentPatient!.id).toBe(Number(current));
  expect([between.patient, between.attribution]).toEqual([null, 'unattributed']);
  expect(after.patient!.id).toBe(Number(current));
});

it('a manual reading names a patient and no device, by either reference', async () => {
  const patientId = Number(await fixture.devices.patient());
  await fixture.sql(`update patient set external_identifier = 'by-hand' where id = $1`, [patientId]);
  for (const reference of [{ patientId }, { patientExternalIdentifier: 'by-hand' }]) {
    const { body } = await rest.post<ReadingBody>('/weight-reading', {
      ...reference,
      readingTimestamp,
      manual: true,
      weight: 180,
    });
    expect(body).toMatchObject({
      manual: true,
      device: null,
      item: null,
      attribution: 'named',
      patient: { id: patientId },
    });
  }
  expect(await refused(PRESSURE, { ...pressure, patientId })).toMatchObject({
    status: 422,
    code: 'REFERENCE_MISSING',
    field: 'deviceId',
  });
});

it('a number may be sent in another unit of its kind, and is returned in that of the platform', async () => {
  const { id: deviceId } = await fixture.heldDevice();
  const device = { deviceId: Number(deviceId), readingTimestamp };
  const glucose = await rest.post<ReadingBody>('/blood-glucose-reading', {
    ...device,
    glucose: 5.4,
    glucoseUnit: 'mmoll',
    comparator: 'lessThan',
    mealTiming: 'afterMeal',
  });
  expect(glucose.body).toMatchObject({
    glucose: 97.3,
    glucoseUnit: 'mgdl',
    comparator: 'lessThan',
    mealTiming: 'afterMeal',
  });
  const weight = await rest.post<ReadingBody>('/weight-reading', { ...device, weight: 80, weightUnit: 'kg' });
  expect(weight.body).toMatchObject({ weight: 176.37, weightUnit: 'lbs' });
  const temperature = await rest.post<ReadingBody>('/temperature-reading', {
    ...device,
    temperature: 37.2,
    temperatureUnit: 'celsius',
  });
  expect(temperature.body).toMatchObject({ temperature: 98.96, temperatureUnit: 'fahrenheit' });
  const composition = await rest.post<ReadingBody>('/body-composition-reading', {
    ...device,
    bodyFat: 20,
    bodyFatUnit: 'percent',
    muscleMass: 50,
    muscleMassUnit: 'kg',
  });
  expect(composition.body).toMatchObject({ bodyFat: 20, muscleMass: 110.23, muscleMassUnit: 'lbs' });
  expect(await rest.post<ReadingBody>('/weight-reading', { ...device, weight: 176.37 })).toMatchObject({ status: 200 });
  expect(await refused('/weight-reading', { ...device, weight: 80, weightUnit: 'stone' })).toMatchObject({
    status: 400,
    field: 'weightUnit',
    detail: 'weightUnit must be one of lbs, kg.',
  });
});

it('a value that was not measured may be null or left out', async () => {
  const { id } = await fixture.heldDevice();
  const request = { ...pressure, deviceId: Number(id), deviceTimeZoneOffset: null, sourceId: null, manual: null };
  const { status, body } = await rest.post<ReadingBody>(PRESSURE, { ...request, heartRate: null });
  expect(status).toBe(201);
  expect(body).toMatchObject({ heartRate: null, heartRateUnit: null, deviceTimeZoneOffset: null, manual: false });
  expect((await rest.post<ReadingBody>(PRESSURE, request)).status).toBe(200);
});

it('two readings of one minute are both recorded with the numbers of the device', async () => {
  const { id } = await fixture.heldDevice();
  const request = { ...pressure, deviceId: Number(id) };
  const first = await rest.post<ReadingBody>(PRESSURE, { ...request, sourceId: '17' });
  const second = await rest.post<ReadingBody>(PRESSURE, { ...request, sourceId: '18', systolic: 121 });
  expect([first.status, second.status]).toEqual([201, 201]);
  expect([first.body.sourceId, second.body.sourceId]).toEqual(['17', '18']);
});

it('readings of a disabled device are refused, and recorded once it is enabled', async () => {
  const { id } = await fixture.heldDevice();
  const request = { ...pressure, deviceId: Number(id) };
  expect((await rest.patch('/device/disable-readings', { deviceId: Number(id) })).status).toBe(200);
  expect(await refused(PRESSURE, request)).toMatchObject({ status: 409, code: 'READINGS_DISABLED', field: null });
  await fixture.app.data(
    'northside',
    'mutation ($id: ID!) { enableDeviceReadings(input: { deviceId: $id }) { userErrors { code } } }',
    { id },
  );
  expect((await rest.post<ReadingBody>(PRESSURE, request)).status).toBe(201);
});

it('refusals name the members of the request', async () => {
  const { id, serial } = await fixture.heldDevice();
  const deviceId = Number(id);
  const cases: [request: object, status: number, code: string, field: string | null, detail?: string][] = [
    [{ ...pressure }, 422, 'REFERENCE_MISSING', 'deviceId'],
    [{ ...pressure, deviceId: 999_999 }, 404, 'DEVICE_NOT_FOUND', 'deviceId'],
    [{ ...pressure, deviceIdentifier: 'none' }, 404, 'DEVICE_NOT_FOUND', 'deviceIdentifier'],
    [{ ...pressure, deviceId: 1, deviceIdentifier: serial }, 422, 'REFERENCE_MISMATCH', 'deviceIdentifier'],
    [{ ...pressure, deviceId, systolic: 70 }, 422, 'INVALID_READING', 'systolic', 'systolic must be above diastolic.'],
    [
      { ...pressure, deviceId, readingTimestamp: '1999-12-31T00:00:00Z' },
      422,
      'INVALID_READING',
      'readingTimestamp',
      'readingTimestamp must not be before 2000.',
    ],
    [{ ...pressure, deviceId, readingTimestamp: 'yesterday' }, 422, 'INVALID_INPUT', 'readingTimestamp'],
    [{ ...pressure, deviceId, deviceTimeZoneOffset: 99_999 }, 422, 'INVALID_READING', 'deviceTimeZoneOffset'],
    [{ ...pressure, deviceId, systolic: 120.5 }, 400, 'BAD_USER_INPUT', 'systolic'],
    [{ ...pressure, deviceId, systolic: '120' }, 400, 'BAD_USER_INPUT', 'systolic'],
    [{ readingTimestamp, deviceId, systolic: 120 }, 400, 'BAD_USER_INPUT', 'diastolic', 'diastolic is required.'],
    [{ deviceId, systolic: 120, diastolic: 80 }, 400, 'BAD_USER_INPUT', 'readingTimestamp'],
    [[pressure], 400, 'BAD_USER_INPUT', null],
  ];
  for (const [request, status, code, field, detail] of cases)
    expect(await refused(PRESSURE, request)).toMatchObject({ status, code, field, ...(detail && { detail }) });
  const glucose = { deviceId, readingTimestamp, glucose: 5, glucoseUnit: 'mgdl' };
  expect(await refused('/blood-glucose-reading', glucose)).toMatchObject({ code: 'INVALID_READING', field: 'glucose' });
});

it('several broken rules are all named', async () => {
  const { id } = await fixture.heldDevice();
  const { errors } = await refused(PRESSURE, { ...pressure, deviceId: Number(id), systolic: 900, heartRate: 1 });
  expect(errors.map(({ field }) => field)).toEqual(['systolic', 'heartRate']);
});

it("another customer's device is not found, and READ_ONLY may not record", async () => {
  const { id } = await fixture.heldDevice();
  const request = { ...pressure, deviceId: Number(id) };
  expect(await refused(PRESSURE, request, { caller: 'lakeview' })).toMatchObject({ code: 'DEVICE_NOT_FOUND' });
  expect(await refused(PRESSURE, request, { caller: 'readOnly' })).toMatchObject({ status: 403, code: 'FORBIDDEN' });
});

it('a call with an idempotency key is repeated with its first status and reading', async () => {
  const { id } = await fixture.heldDevice();
  const request = { ...pressure, deviceId: Number(id) };
  const options = { headers: { 'idempotency-key': 'reading of a relay' } };
  const first = await rest.post<ReadingBody>(PRESSURE, request, options);
  const again = await rest.post<ReadingBody>(PRESSURE, request, options);
  expect([first.status, again.status]).toEqual([201, 201]);
  expect(again.body).toEqual(first.body);
  expect(again.headers.get('location')).toBe(first.headers.get('location'));
  expect((await rest.post<ReadingBody>(PRESSURE, { ...request, systolic: 130 }, options)).body).toMatchObject({
    status: 422,
    code: 'IDEMPOTENCY_KEY_REUSED',
    field: 'Idempotency-Key',
  });
});

it('ids that are none are refused, whatever they look like', async () => {
  for (const id of ['12345678901234567890', '9999999999999999999', '-1', '1.5', 'abc', '%00'])
    expect((await rest.get<ReadingBody>(`${PRESSURE}/${id}`)).body).toMatchObject({
      status: 400,
      code: 'BAD_USER_INPUT',
    });
  expect((await rest.get<ReadingBody>(`${PRESSURE}/0`)).status).toBe(404);
});
