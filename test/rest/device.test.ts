import { DeviceFixture } from '../support/device-fixture';
import { RestClient } from '../support/rest-client';
import { namesOf } from '../support/statement-names';

let fixture: DeviceFixture;
let rest: RestClient;
beforeAll(async () => {
  fixture = await DeviceFixture.start();
  rest = new RestClient(fixture.app);
});
afterAll(() => fixture.stop());

interface Validation {
  valid: boolean;
  device: { id: number; deviceIdentifiers: object[] };
}

interface Held {
  currentPatient: { id: number };
}

const withAnn = async () =>
  fixture.device({ status: 'WITH_PATIENT', holderId: fixture.patients.ann, siteId: fixture.sites.clinic });

describe('GET /device/{id}', () => {
  it('returns the device with its item, site, holder and identifiers', async () => {
    const { id, serial } = await withAnn();
    const [row] = await fixture.sql<Record<string, Date>>('select * from device where id = $1', [id]);
    const { status, headers, body } = await rest.get(`/device/${id}`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(body).toEqual({
      id: Number(id),
      currentStatus: 'withPatient',
      disabledReadings: false,
      placement: 'patient',
      deviceIdentifiers: [{ type: 'serial', value: serial }],
      item: expect.objectContaining({ id: Number(fixture.itemId), name: 'Cuff' }) as object,
      site: expect.objectContaining({ id: Number(fixture.sites.clinic), active: true }) as object,
      currentPatient: expect.objectContaining({
        id: Number(fixture.patients.ann),
        externalIdentifier: 'ann',
      }) as object,
      version: 1,
      statusChangedAt: row!.status_changed_at!.toISOString(),
      createdAt: row!.created_at!.toISOString(),
      updatedAt: row!.updated_at!.toISOString(),
    });
  });

  it('has null for a site and a holder that are not there', async () => {
    const { id } = await fixture.device({ status: 'RETURNING' });
    const { body } = await rest.get(`/device/${id}`);
    expect(body).toMatchObject({
      currentStatus: 'returning',
      placement: 'returning',
      site: null,
      currentPatient: null,
    });
  });

  it("is 404 for another customer's device as for one that does not exist", async () => {
    const { id } = await fixture.freeDevice();
    const other = await rest.get(`/device/${id}`, { caller: 'lakeview' });
    const none = await rest.get('/device/999999');
    expect(none.body).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      code: 'DEVICE_NOT_FOUND',
      detail: 'There is no device with this id.',
      field: 'id',
      errors: [{ code: 'DEVICE_NOT_FOUND', detail: 'There is no device with this id.', field: 'id' }],
    });
    expect([other.status, other.body]).toEqual([none.status, none.body]);
    expect((await rest.get(`/device/${id}`, { caller: 'operator' })).status).toBe(200);
  });

  it.each([
    ['a text', 'one'],
    ['a negative number', '-1'],
    ['a number with decimals', '1.5'],
    ['20 digits', '12345678901234567890'],
    ['a NUL character', '%00'],
    ['a path upwards', '..%2f1'],
  ])('is 400 for an id that is %s', async (_what, id) => {
    const { status, body } = await rest.get(`/device/${id}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'BAD_USER_INPUT', field: 'id' });
  });
});

describe('GET /device/validate/{deviceIdentifier}', () => {
  beforeAll(async () => {
    const { id } = await fixture.freeDevice();
    const longest = `L${'7'.repeat(62)}é`;
    const identifiers = [
      ['MAC_ADDRESS', '00:1B:44:11:3A:B7', '001B44113AB7'],
      ['SIM_CARD_NUMBER', '+1 555 010 1234', '15550101234'],
      ['IMEI', '35-209900-176148-1', '352099001761481'],
    ];
    await fixture.sql(`update device_identifier set value = $2, normalized = upper($2) where device_id = $1`, [
      id,
      longest,
    ]);
    for (const [type, value, normalized] of identifiers)
      await fixture.sql(
        'insert into device_identifier (customer_id, device_id, type, value, normalized) values (1, $1, $2, $3, $4)',
        [id, type, value, normalized],
      );
  });

  it.each([
    ['a serial number of 64 characters', `L${'7'.repeat(62)}é`],
    ['the same with spaces and in small letters', ` l ${'7 '.repeat(62)}é `],
    ['a MAC address with colons', '00:1b:44:11:3a:b7'],
    ['a MAC address with hyphens', '00-1B-44-11-3A-B7'],
    ['a phone number with punctuation', '+1 (555) 010-1234'],
    ['an IMEI with slashes', '35/209900/176148/1'],
  ])('returns the device for %s', async (_what, identifier) => {
    const { status, body } = await rest.get<Validation>(`/device/validate/${encodeURIComponent(identifier)}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ valid: true, device: { currentStatus: 'availableAtSite' } });
    expect(body.device.deviceIdentifiers).toHaveLength(4);
    expect((await rest.get(`/device/${body.device.id}`)).body).toEqual(body.device);
  });

  it.each([
    ['an unknown identifier', 'UNKNOWN', 'northside'],
    ["another customer's identifier", '352099001761481', 'lakeview'],
    ['an identifier of 8,000 characters', 'A'.repeat(8_000), 'northside'],
    ['spaces', '%20', 'northside'],
    ['a word of the routes', 'validate', 'northside'],
  ] as const)('says that %s is not valid', async (_what, identifier, caller) => {
    const { status, body } = await rest.get(`/device/validate/${identifier}`, { caller });
    expect([status, body]).toEqual([200, { valid: false, device: null }]);
  });

  it('is 400 for a text that no identifier has', async () => {
    const { status, body } = await rest.get('/device/validate/A%00');
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'BAD_USER_INPUT', field: 'deviceIdentifier' });
  });
});

describe('PATCH /device/associate-patient', () => {
  it('gives the device to the patient, and changes nothing when it is repeated', async () => {
    const { id, serial } = await fixture.freeDevice();
    const request = { deviceIdentifier: serial.toLowerCase(), patientExternalIdentifier: 'ann', note: 'At the clinic' };
    const { status, body } = await rest.patch('/device/associate-patient', request);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: Number(id),
      currentStatus: 'withPatient',
      placement: 'patient',
      version: 2,
      site: { id: Number(fixture.sites.clinic) },
      currentPatient: { externalIdentifier: 'ann' },
    });
    expect((await fixture.changes(id)).at(-1)).toMatchObject({ reason: 'ASSOCIATED', note: 'At the clinic' });
    const written = await fixture.written();
    expect((await rest.patch('/device/associate-patient', request)).body).toEqual(body);
    expect(await fixture.written()).toEqual(written);
    expect((await rest.get(`/device/${id}`)).body).toEqual(body);
  });

  it('accepts both references to the same device and patient, and null for what is not given', async () => {
    const { id, serial } = await fixture.freeDevice();
    const { bob } = fixture.patients;
    const both = { deviceId: Number(id), deviceIdentifier: serial, patientId: Number(bob), note: null };
    const { status, body } = await rest.patch<Held>('/device/associate-patient', {
      ...both,
      patientExternalIdentifier: 'bob',
      expectedVersion: 1,
    });
    expect([status, body.currentPatient.id]).toEqual([200, Number(bob)]);
    expect((await fixture.changes(id)).at(-1)).toMatchObject({ note: null });
  });
});

describe('PATCH /device/disassociate-patient', () => {
  it('takes the device from its patient, whoever has it', async () => {
    const { id } = await withAnn();
    const { status, body } = await rest.patch('/device/disassociate-patient', { deviceId: Number(id) });
    expect(status).toBe(200);
    expect(body).toMatchObject({ currentStatus: 'availableAtSite', currentPatient: null, version: 2 });
  });

  it('takes the device from the patient that is named, to the site that is named', async () => {
    const { id } = await withAnn();
    const { status, body } = await rest.patch('/device/disassociate-patient', {
      deviceId: Number(id),
      patientExternalIdentifier: 'ann',
      siteId: Number(fixture.sites.office),
      note: 'Brought back',
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ currentPatient: null, site: { id: Number(fixture.sites.office) }, placement: 'site' });
    expect((await fixture.changes(id)).at(-1)).toMatchObject({ reason: 'DISASSOCIATED', note: 'Brought back' });
  });
});

describe('PATCH /device/disable-readings and /device/enable-readings', () => {
  it('block a device where it is, and unblock it', async () => {
    const { id, serial } = await withAnn();
    const device = { deviceId: Number(id), deviceIdentifier: serial };
    const disabled = await rest.patch('/device/disable-readings', { ...device, note: 'Leaks', expectedVersion: 1 });
    expect(disabled.status).toBe(200);
    expect(disabled.body).toMatchObject({
      currentStatus: 'decommissioned',
      disabledReadings: true,
      placement: 'patient',
      version: 2,
    });
    expect((await fixture.changes(id)).at(-1)).toMatchObject({ reason: 'READINGS_DISABLED', note: 'Leaks' });
    expect((await rest.patch('/device/disable-readings', device)).body).toEqual(disabled.body);

    const enabled = await rest.patch('/device/enable-readings', { deviceIdentifier: serial, expectedVersion: 2 });
    expect(enabled.status).toBe(200);
    expect(enabled.body).toMatchObject({ currentStatus: 'withPatient', disabledReadings: false, version: 3 });
    expect((await rest.patch('/device/enable-readings', device)).body).toEqual(enabled.body);
  });
});

describe('PATCH /device/{id}', () => {
  it.each([
    ['lost', 'LOST', 'lost'],
    ['decommissioned', 'DECOMMISSIONED', 'site'],
  ])('sets the status %s, with a note', async (status, stored, placement) => {
    const { id } = await fixture.freeDevice();
    const answer = await rest.patch(`/device/${id}`, { status, note: 'By hand', expectedVersion: 1 });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ id: Number(id), currentStatus: status, placement, version: 2 });
    expect((await fixture.changes(id)).at(-1)).toMatchObject({
      status: stored,
      reason: 'STATUS_OVERRIDE',
      note: 'By hand',
    });
  });

  it('sets a status of several words', async () => {
    const { id } = await fixture.device({ status: 'LOST', siteId: fixture.sites.clinic });
    const { body } = await rest.patch(`/device/${id}`, { status: 'availableAtSite' });
    expect(body).toMatchObject({ currentStatus: 'availableAtSite', version: 2 });
  });

  it('makes a device in a warehouse available, for operators only', async () => {
    const { id } = await fixture.device({ status: 'LOST', siteId: fixture.sites.warehouse });
    const refused = await rest.patch(`/device/${id}`, { status: 'available' });
    expect([refused.status, refused.body.code]).toEqual([403, 'FORBIDDEN']);
    const { status, body } = await rest.patch(`/device/${id}`, { status: 'available' }, { caller: 'operator' });
    expect([status, body.currentStatus]).toEqual([200, 'available']);
  });
});

it('a write with an idempotency key is carried out once, and its repetition returns the first answer', async () => {
  const { id } = await withAnn();
  const headers = { 'idempotency-key': 'take-back-1' };
  const first = await rest.patch('/device/disassociate-patient', { deviceId: Number(id) }, { headers });
  expect(first.status).toBe(200);
  const again = await rest.patch('/device/disassociate-patient', { deviceId: Number(id) }, { headers });
  expect([again.status, again.body]).toEqual([200, first.body]);
  const other = await rest.patch('/device/disassociate-patient', { deviceId: 999 }, { headers });
  expect(other.status).toBe(422);
  expect(other.body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', field: 'Idempotency-Key' });
  expect(await fixture.row(id)).toMatchObject({ version: 2 });
});

it('a device is read by one statement for each of its parts', async () => {
  const { id } = await withAnn();
  const one = await fixture.app.statementsOf(() => rest.get(`/device/${id}`));
  expect(namesOf(one)).toEqual(['device_by_id', 'identifiers_by_device', 'item_by_id', 'patient_by_id', 'site_by_id']);
});
