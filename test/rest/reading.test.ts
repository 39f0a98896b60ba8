import { KINDS } from '../../src/features/kind/reading-kind';
import { ReadingFixture } from '../reading/reading-fixture.harness';
import { RestClient } from '../support/rest-client';
import { REST_SAMPLES, type ReadingBody } from './reading-samples.harness';

let fixture: ReadingFixture;
let rest: RestClient;
beforeAll(async () => {
  fixture = await ReadingFixture.start();
  rest = new RestClient(fixture.app);
});
afterAll(() => fixture.stop());

const readingTimestamp = '2026-06-15T11:15:30.123Z';
const NOT_FOUND = { status: 404, code: 'READING_NOT_FOUND', field: 'id', detail: 'There is no reading with this id.' };

/** A patient in New York who has held a device for years. */
async function holder() {
  const patientId = await fixture.devices.patient();
  await fixture.sql(`update patient set time_zone = 'America/New_York' where id = $1`, [patientId]);
  const device = await fixture.device({ patientId, from: '2020-01-01T00:00:00Z' });
  return { patientId, deviceId: Number(device.id), serial: device.serial };
}

it('the samples have every kind', () => {
  expect(REST_SAMPLES.map(({ kind }) => kind)).toEqual(KINDS.map(({ kind }) => kind));
});

describe.each(REST_SAMPLES)('$path', ({ path, kind, values, returned, altered, wrong }) => {
  it('records a reading with all its values, and returns it by its id', async () => {
    const { patientId, deviceId } = await holder();
    const { status, headers, body } = await rest.post<ReadingBody>(path, {
      deviceId,
      readingTimestamp: '2026-06-15T05:15:30.123-06:00',
      deviceTimeZoneOffset: -21_600,
      ...values,
    });
    expect(status).toBe(201);
    const { id } = body;
    expect(id).toMatch(/^\d{18}$/);
    expect(headers.get('location')).toBe(`/api/v3${path}/${id}`);
    const device = await rest.get<{ item: object }>(`/device/${deviceId}`);
    const patient = await rest.get<object>(`/patient/${patientId}`);
    expect(body).toEqual({
      id,
      readingTimestamp,
      manual: false,
      deviceTimeZoneOffset: -21_600,
      patientTimeZoneOffset: -14_400,
      patient: patient.body,
      item: device.body.item,
      device: device.body,
      ...returned,
      receivedAt: '2026-06-15T12:00:00.000Z',
      clockAhead: false,
      sourceId: null,
      attribution: 'association',
    });
    expect(await rest.get<ReadingBody>(`${path}/${id}`)).toMatchObject({ status: 200, body });
    const stored = await fixture.sql<{ id: string; kind: number }>(
      'select id, kind from reading where device_id = $1',
      [deviceId],
    );
    expect(stored).toEqual([{ id, kind: KINDS.find((one) => one.kind === kind)!.number }]);
  });

  it('returns the stored reading with 200 when it is sent again, and 409 with other values', async () => {
    const { deviceId } = await holder();
    const first = await rest.post<ReadingBody>(path, { deviceId, readingTimestamp, ...values });
    await fixture.expectNothingWritten(async () => {
      const again = await rest.post<ReadingBody>(path, { deviceId, readingTimestamp, ...values });
      expect(again).toMatchObject({ status: 200, body: first.body });
      expect(again.headers.get('location')).toBeNull();
      const { body } = await rest.post<ReadingBody>(path, { deviceId, readingTimestamp, ...values, ...altered });
      expect(body).toMatchObject({ status: 409, code: 'READING_CONFLICT', field: null });
    });
  });

  it('refuses a value beyond its bounds, and names the member of the request', async () => {
    const { deviceId } = await holder();
    const [member, value, rule] = wrong;
    const { body } = await fixture.expectNothingWritten(() =>
      rest.post<ReadingBody>(path, { deviceId, readingTimestamp, ...values, [member]: value }),
    );
    expect(body).toMatchObject({ status: 422, code: 'INVALID_READING', field: member, detail: `${member} ${rule}` });
  });

  it('refuses the members of another kind, and names them', async () => {
    const { deviceId } = await holder();
    const other = { ...(path === '/weight-reading' ? { temperature: 98.6 } : { weight: 180, weightUnit: 'lbs' }) };
    const { body } = await fixture.expectNothingWritten(() =>
      rest.post<ReadingBody>(path, { deviceId, readingTimestamp, ...values, ...other }),
    );
    expect(body).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
    expect(body.errors).toEqual(
      Object.keys(other).map((field) => ({ code: 'BAD_USER_INPUT', field, detail: `${field} is not known here.` })),
    );
  });

  it('does not find a reading of another kind or customer, or none', async () => {
    const { deviceId } = await holder();
    const { id } = (await rest.post<ReadingBody>(path, { deviceId, readingTimestamp, ...values })).body;
    const other = path === '/weight-reading' ? '/temperature-reading' : '/weight-reading';
    expect((await rest.get<ReadingBody>(`${other}/${id}`)).body).toMatchObject(NOT_FOUND);
    expect((await rest.get<ReadingBody>(`${path}/${id}`, { caller: 'lakeview' })).body).toMatchObject(NOT_FOUND);
    expect((await rest.get<ReadingBody>(`${path}/${BigInt(id) + 1n}`)).body).toMatchObject(NOT_FOUND);
    expect((await rest.get<ReadingBody>(`${path}/${id}`, { caller: 'operator' })).status).toBe(200);
  });

  it('is recorded by a key with the role INGEST, which sees its own values only', async () => {
    const { deviceId, serial } = await holder();
    const request = { deviceIdentifier: serial, readingTimestamp, ...values };
    const { status, body } = await rest.post<ReadingBody>(path, request, { caller: 'ingest' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ ...returned, patient: null, item: null, device: null, attribution: 'association' });
    expect((await rest.get<ReadingBody>(`${path}/${body.id}`)).body.device).toMatchObject({ id: deviceId });
    expect((await rest.get<ReadingBody>(`${path}/${body.id}`, { caller: 'ingest' })).body).toMatchObject({
      status: 403,
      code: 'FORBIDDEN',
    });
    expect(await rest.post<ReadingBody>(path, request, { caller: 'ingest' })).toMatchObject({ status: 200, body });
  });
});
