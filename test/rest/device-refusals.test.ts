import { DeviceFixture, type Situation } from '../support/device-fixture';
import { RestClient, type RestRequest } from '../support/rest-client';

let fixture: DeviceFixture;
let rest: RestClient;
beforeAll(async () => {
  fixture = await DeviceFixture.start();
  rest = new RestClient(fixture.app);
});
afterAll(() => fixture.stop());

interface Refused {
  /** Default: free at a site of the customer. */
  situation?: () => Situation;
  path: string | ((deviceId: string) => string);
  body: (deviceId: number) => unknown;
  request?: RestRequest;
}

const free = (): Situation => ({ status: 'AVAILABLE_AT_SITE', siteId: fixture.sites.clinic });
const withAnn = (): Situation => ({
  status: 'WITH_PATIENT',
  holderId: fixture.patients.ann,
  siteId: fixture.sites.clinic,
});
const ASSOCIATE = '/device/associate-patient';
const DISASSOCIATE = '/device/disassociate-patient';
const DISABLE = '/device/disable-readings';
const ENABLE = '/device/enable-readings';
const byId = (deviceId: string) => `/device/${deviceId}`;

/** A request that associates a device with a patient who is not archived. */
const toAnn = (deviceId: number) => ({ deviceId, patientExternalIdentifier: 'ann' });

it.each<[status: number, code: string, field: string | null, refused: Refused]>([
  [404, 'DEVICE_NOT_FOUND', 'deviceId', { path: ASSOCIATE, body: () => toAnn(999_999) }],
  [
    404,
    'DEVICE_NOT_FOUND',
    'deviceIdentifier',
    { path: DISABLE, body: (deviceId) => ({ deviceId, deviceIdentifier: 'UNKNOWN' }) },
  ],
  [404, 'DEVICE_NOT_FOUND', 'deviceId', { path: ENABLE, body: toDevice, request: { caller: 'lakeview' } }],
  [404, 'DEVICE_NOT_FOUND', 'id', { path: '/device/999999', body: () => ({ status: 'lost' }) }],
  [
    404,
    'PATIENT_NOT_FOUND',
    'patientExternalIdentifier',
    { path: ASSOCIATE, body: (deviceId) => ({ deviceId, patientExternalIdentifier: 'unknown' }) },
  ],
  [
    404,
    'PATIENT_NOT_FOUND',
    'patientId',
    { path: ASSOCIATE, body: (deviceId) => ({ deviceId, patientId: Number(fixture.patients.lakeview) }) },
  ],
  [
    404,
    'SITE_NOT_FOUND',
    'siteId',
    {
      situation: withAnn,
      path: DISASSOCIATE,
      body: (deviceId) => ({ deviceId, siteId: Number(fixture.sites.lakeview) }),
    },
  ],
  [
    409,
    'PATIENT_ARCHIVED',
    'patientExternalIdentifier',
    { path: ASSOCIATE, body: (deviceId) => ({ deviceId, patientExternalIdentifier: 'archived' }) },
  ],
  [
    409,
    'DEVICE_ASSOCIATED',
    'deviceId',
    { situation: withAnn, path: ASSOCIATE, body: (deviceId) => ({ deviceId, patientExternalIdentifier: 'bob' }) },
  ],
  [
    409,
    'DEVICE_IN_TRANSIT',
    'deviceId',
    { situation: () => ({ status: 'IN_TRANSIT', inOrder: true }), path: ASSOCIATE, body: toAnn },
  ],
  [
    409,
    'DEVICE_AT_IMPILO_SITE',
    'deviceId',
    { situation: () => ({ status: 'AVAILABLE', siteId: fixture.sites.warehouse }), path: ASSOCIATE, body: toAnn },
  ],
  [409, 'DEVICE_WITHOUT_SITE', 'deviceId', { situation: () => ({ status: 'LOST' }), path: ASSOCIATE, body: toAnn }],
  [
    409,
    'DEVICE_NOT_AVAILABLE_AT_SITE',
    'deviceId',
    { situation: () => ({ ...free(), status: 'DECOMMISSIONED' }), path: ASSOCIATE, body: toAnn },
  ],
  [409, 'DEVICE_NOT_ASSOCIATED', 'deviceId', { path: DISASSOCIATE, body: toDevice }],
  [
    409,
    'DEVICE_ASSOCIATED_ELSEWHERE',
    'patientExternalIdentifier',
    { situation: withAnn, path: DISASSOCIATE, body: (deviceId) => ({ deviceId, patientExternalIdentifier: 'bob' }) },
  ],
  [
    409,
    'SITE_OPERATED_BY_IMPILO',
    'siteId',
    {
      situation: withAnn,
      path: DISASSOCIATE,
      body: (deviceId) => ({ deviceId, siteId: Number(fixture.sites.warehouse) }),
    },
  ],
  [
    409,
    'SITE_INACTIVE',
    'siteId',
    {
      situation: withAnn,
      path: DISASSOCIATE,
      body: (deviceId) => ({ deviceId, siteId: Number(fixture.sites.closed) }),
    },
  ],
  [409, 'STALE_VERSION', 'expectedVersion', { path: DISABLE, body: (deviceId) => ({ deviceId, expectedVersion: 7 }) }],
  [409, 'STALE_VERSION', 'expectedVersion', { path: byId, body: () => ({ status: 'lost', expectedVersion: 7 }) }],
  [409, 'DEVICE_NOT_ASSOCIATED', 'id', { path: byId, body: () => ({ status: 'withPatient' }) }],
  [
    409,
    'DEVICE_NOT_AT_IMPILO_SITE',
    'id',
    {
      situation: () => ({ ...free(), status: 'LOST' }),
      path: byId,
      body: () => ({ status: 'available' }),
      request: { caller: 'operator' },
    },
  ],
  [422, 'REFERENCE_MISSING', 'deviceId', { path: ASSOCIATE, body: () => ({ patientExternalIdentifier: 'ann' }) }],
  [422, 'REFERENCE_MISSING', 'patientId', { path: ASSOCIATE, body: toDevice }],
  [
    422,
    'REFERENCE_MISMATCH',
    'patientExternalIdentifier',
    { path: ASSOCIATE, body: (deviceId) => ({ ...toAnn(deviceId), patientId: Number(fixture.patients.bob) }) },
  ],
  [422, 'INVALID_INPUT', 'note', { path: DISABLE, body: (deviceId) => ({ deviceId, note: 'x'.repeat(2_001) }) }],
  [422, 'INVALID_INPUT', 'deviceIdentifier', { path: DISABLE, body: () => ({ deviceIdentifier: 'A\0' }) }],
  [403, 'FORBIDDEN', null, { path: ASSOCIATE, body: toAnn, request: { caller: 'readOnly' } }],
  [403, 'FORBIDDEN', null, { path: byId, body: () => ({ status: 'lost' }), request: { caller: 'ingest' } }],
  [401, 'UNAUTHENTICATED', null, { path: DISABLE, body: toDevice, request: { caller: { key: 'not-a-key' } } }],
])('%i %s at %s', async (status, code, field, { situation = free, path, body, request }) => {
  const { id } = await fixture.device(situation());
  const before = await fixture.written();
  const answer = await rest.patch(typeof path === 'string' ? path : path(id), body(Number(id)), request);
  expect(answer.body).toMatchObject({ status, code, field });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(await fixture.written()).toEqual(before);
});

it('422 REFERENCE_MISMATCH for an id and an identifier of two devices', async () => {
  const [one, other] = [await fixture.freeDevice(), await fixture.freeDevice()];
  const { status, body } = await rest.patch(DISABLE, { deviceId: Number(one.id), deviceIdentifier: other.serial });
  expect(status).toBe(422);
  expect(body).toMatchObject({
    code: 'REFERENCE_MISMATCH',
    field: 'deviceIdentifier',
    detail: 'deviceId and deviceIdentifier name different devices.',
  });
});

it.each<[what: string, path: string, body: unknown, field: string | null, detail: string]>([
  ['a body that is an array', ASSOCIATE, [], null, 'The body must be an object.'],
  ['a body that is a text', ASSOCIATE, 'ABC123', null, 'The body must be an object.'],
  ['an unknown member', DISABLE, { deviceId: 1, reason: 'x' }, 'reason', 'reason is not known here.'],
  ['an id that is a text', DISABLE, { deviceId: '1' }, 'deviceId', 'deviceId must be a number.'],
  ['an id beyond 2^53', DISABLE, { deviceId: 2 ** 60 }, 'deviceId', `deviceId must be at most ${2 ** 53 - 1}.`],
  [
    'a version beyond 2^31',
    DISABLE,
    { deviceId: 1, expectedVersion: 2 ** 31 },
    'expectedVersion',
    `expectedVersion must be at most ${2 ** 31 - 1}.`,
  ],
  ['a missing status', '/device/1', { note: 'x' }, 'status', 'status is required.'],
  [
    'a status that is set by orders only',
    '/device/1',
    { status: 'inTransit' },
    'status',
    'status must be one of available, availableAtSite, withPatient, decommissioned, lost.',
  ],
  [
    'a device in the body of its own path',
    '/device/1',
    { deviceId: 2, status: 'lost' },
    'deviceId',
    'deviceId is not known here.',
  ],
])('400 BAD_USER_INPUT for %s', async (_what, path, body, field, detail) => {
  const before = await fixture.written();
  const answer = await rest.patch(path, body);
  expect(answer.body).toMatchObject({ code: 'BAD_USER_INPUT', field, detail });
  expect(answer.status).toBe(400);
  expect(await fixture.written()).toEqual(before);
});

function toDevice(deviceId: number): { deviceId: number } {
  return { deviceId };
}
