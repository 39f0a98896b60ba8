import { ROUTES } from '../../src/features';
import type { RestRoute } from '../../src/platform/rest/route';
import { rowsFor, validValues } from '../isolation/rest-probe.harness';
import {
  createOwnRows,
  fingerprintOf,
  NORTHSIDE_ID,
  startTwoCustomers,
  type OwnRows,
} from '../isolation/two-customers.harness';
import { rawRequest } from '../support/raw-request';
import { RestClient, type RestAnswer } from '../support/rest-client';
import { requestOf, type RestSample } from '../support/rest-walk';
import { KEYS, type TestApp } from '../support/test-app';

const WRITES = ROUTES.filter(({ method }) => method !== 'GET');
const BLOCK = '/device/disable-readings';

let app: TestApp;
let rest: RestClient;
let sets = 0;

beforeAll(async () => {
  app = await startTwoCustomers({ instances: 2 });
  rest = new RestClient(app);
});
afterAll(() => app.stop());

const ownRows = (): Promise<OwnRows> => {
  sets += 1;
  return createOwnRows(app, 'northside', NORTHSIDE_ID, '99950', `set${sets}`);
};

const sampleOf = (route: RestRoute, rows: OwnRows): RestSample =>
  requestOf(route, validValues({ foreign: rows, own: rowsFor(route, rows) }, route));

const send = ({ method, path, body }: RestSample, key: string, instance = 0): Promise<RestAnswer<object>> =>
  rest.send<object>(method, path, { body, instance, headers: { 'Idempotency-Key': key } });

/** Another valid request of the route: about other rows or, where it names none, with another text. */
async function otherSample(route: RestRoute, sample: RestSample): Promise<RestSample> {
  const rows = await ownRows();
  const values = validValues({ foreign: rows, own: rowsFor(route, rows) }, route);
  const other = requestOf(route, values);
  if (JSON.stringify(other) !== JSON.stringify(sample)) return other;
  const [text] = [...values.keys()].filter(({ type, values: words }) => type === 'string' && words.length === 0);
  return requestOf(route, values.set(text!, `${String(values.get(text!))}2`));
}

/** The secret of a webhook is returned once, and not kept. */
const withoutSecret = ({ body }: RestAnswer<object>): object => ({ ...body, secret: undefined });

/** A text that changes when a row of the customer changes. Workers plan and send deliveries to webhooks at the same time. */
async function writtenRows(): Promise<string> {
  const rows = await fingerprintOf(app, NORTHSIDE_ID);
  return rows.replaceAll(/^webhook_(?:event|delivery|attempt) .*\n?/gm, '');
}

/** A header value as bytes of UTF-8, one character each. */
const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

async function keysStored(): Promise<number> {
  const { rows } = await app.admin.query<{ count: number }>('select count(*)::int as count from idempotency_key');
  return rows[0]!.count;
}

describe.each(WRITES)('$method $path', (route) => {
  it('a repeated request returns the first result and status, and writes nothing', async () => {
    const sample = sampleOf(route, await ownRows());
    const first = await send(sample, `repeat ${route.operationId}`);
    expect(first.status).toBe(route.response.status);
    const written = await writtenRows();
    for (const instance of [0, 1]) {
      const again = await send(sample, `repeat ${route.operationId}`, instance);
      expect([again.status, withoutSecret(again)]).toEqual([first.status, withoutSecret(first)]);
      expect((again.body as { secret?: unknown }).secret ?? null).toBeNull();
      expect(again.headers.get('location')).toBe(first.headers.get('location'));
    }
    expect(await writtenRows()).toBe(written);
  });

  it('two requests at once on two instances write once', async () => {
    const sample = sampleOf(route, await ownRows());
    const before = await keysStored();
    const answers = await Promise.all([0, 1].map((instance) => send(sample, `twice ${route.operationId}`, instance)));
    expect(answers.map(({ status }) => status)).toEqual([route.response.status, route.response.status]);
    expect(withoutSecret(answers[0]!)).toEqual(withoutSecret(answers[1]!));
    expect(await keysStored()).toBe(before + 1);
  });

  it('the same key with another request is refused, and writes nothing', async () => {
    const sample = sampleOf(route, await ownRows());
    const other = await otherSample(route, sample);
    const key = `other ${route.operationId}`;
    expect((await send(sample, key)).status).toBe(route.response.status);
    const written = await writtenRows();
    expect(await send(other, key)).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED', field: 'Idempotency-Key' },
    });
    expect(await writtenRows()).toBe(written);
  });
});

it('a refusal is kept, too', async () => {
  const sample = { method: 'PATCH', path: BLOCK, body: { deviceIdentifier: 'NOT-YET' } };
  const first = await send(sample, 'refused');
  expect(first).toMatchObject({ status: 404, body: { code: 'DEVICE_NOT_FOUND' } });
  expect((await send(sample, 'refused', 1)).body).toEqual(first.body);
});

describe('the same key over GraphQL', () => {
  const DISABLE = `mutation ($input: DisableDeviceReadingsInput!) {
    disableDeviceReadings(input: $input) { device { databaseId } statusChange { databaseId } userErrors { code path } } }`;
  const overGraphql = async (input: object) =>
    (await app.data<{ disableDeviceReadings: object }>('northside', DISABLE, { input })).disableDeviceReadings;

  it('and the same input is the same call, in both directions', async () => {
    const [one, other] = [await ownRows(), await ownRows()];
    await send({ method: 'PATCH', path: BLOCK, body: { deviceId: Number(one.ids.Device) } }, utf8('shared é'));
    const written = await writtenRows();
    const { deviceId, ...result } = { deviceId: one.ids.Device, userErrors: [] };
    expect(await overGraphql({ deviceId, idempotencyKey: 'shared é' })).toMatchObject({
      ...result,
      device: { databaseId: deviceId },
      statusChange: { databaseId: expect.any(String) as string },
    });
    expect(await writtenRows()).toBe(written);

    await overGraphql({ deviceId: other.ids.Device, idempotencyKey: 'shared back' });
    const before = await keysStored();
    const body = { deviceId: Number(other.ids.Device) };
    expect(await send({ method: 'PATCH', path: BLOCK, body }, 'shared back')).toMatchObject({
      status: 200,
      body: { id: body.deviceId, currentStatus: 'decommissioned' },
    });
    expect(await keysStored()).toBe(before);
  });

  it('and another input is refused', async () => {
    const rows = await ownRows();
    await send({ method: 'PATCH', path: BLOCK, body: { deviceId: Number(rows.ids.Device) } }, 'another input');
    expect(await overGraphql({ deviceId: rows.freeDeviceId, idempotencyKey: 'another input' })).toMatchObject({
      userErrors: [{ code: 'IDEMPOTENCY_KEY_REUSED' }],
    });
  });
});

it("another caller's key is another key", async () => {
  const rows = await ownRows();
  const sample = { method: 'PATCH', path: BLOCK, body: { deviceId: Number(rows.ids.Device) } };
  await send(sample, 'of one caller');
  const headers = { 'Idempotency-Key': 'of one caller' };
  expect(await rest.patch(BLOCK, { deviceId: 1 }, { caller: 'lakeview', headers })).toMatchObject({ status: 404 });
});

it.each([
  ['empty', '', 'must have 1 to 255 printable characters'],
  ['longer than 255 characters', 'x'.repeat(256), 'must have 1 to 255 printable characters'],
  ['with a tab', 'a\tb', 'must have 1 to 255 printable characters'],
])('a key that is %s is refused by the rule of keys', async (_what, key, rule) => {
  const { status, body } = await raw([key]);
  expect(status).toBe(422);
  expect(JSON.parse(body)).toMatchObject({
    code: 'INVALID_INPUT',
    detail: `Idempotency-Key ${rule}.`,
    field: 'Idempotency-Key',
  });
});

it.each([
  ['two keys', ['a', 'b'], 'must be sent only once'],
  ['a key twice', ['a', 'a'], 'must be sent only once'],
  ['a key that is not UTF-8', ['\xff'], 'contains bytes that are not valid UTF-8'],
])('%s: the header is refused', async (_what, keys, rule) => {
  const before = await keysStored();
  const { status, body } = await raw(keys);
  expect(status).toBe(400);
  expect(JSON.parse(body)).toMatchObject({
    code: 'BAD_USER_INPUT',
    detail: `The header Idempotency-Key ${rule}.`,
    field: 'Idempotency-Key',
  });
  expect(await keysStored()).toBe(before);
});

it('a read ignores the key', async () => {
  const { ids } = await ownRows();
  const before = await keysStored();
  const headers = { 'Idempotency-Key': 'of a read' };
  expect((await rest.get(`/device/${ids.Device}`, { headers })).status).toBe(200);
  expect((await rest.get(`/patient/${ids.Patient}`, { headers })).status).toBe(200);
  expect(await keysStored()).toBe(before);
});

/** Sends the headers as they are. */
function raw(keys: readonly string[]): Promise<{ status: number; body: string }> {
  const body = '{"deviceIdentifier":"NONE"}';
  const lines = [
    `PATCH /api/v3${BLOCK} HTTP/1.1`,
    'Host: localhost',
    `Impilo-API-Key: ${KEYS.northside}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    ...keys.map((key) => `Idempotency-Key: ${key}`),
  ];
  return rawRequest(app.url, `${lines.join('\r\n')}\r\n\r\n${body}`);
}
