import { ROUTES } from '../../src/features';
import { generateApiKey, hashApiKey } from '../../src/platform/access/access.service';
import type { RestRoute } from '../../src/platform/rest/route';
import { rowsFor, validValues } from '../isolation/rest-probe.harness';
import {
  createOwnRows,
  fingerprintOf,
  LAKEVIEW_ID,
  NORTHSIDE_ID,
  startTwoCustomers,
  type OwnRows,
} from '../isolation/two-customers.harness';
import { RestClient, type RestAnswer } from '../support/rest-client';
import { requestOf } from '../support/rest-walk';
import { KEYS, type TestApp } from '../support/test-app';
import { AUDIENCE, ISSUER, startIssuer, type TestIssuer } from './issuer.harness';

let issuer: TestIssuer;
let app: TestApp;
let rest: RestClient;
let rows: OwnRows;
const keys = { revoked: generateApiKey(), expired: generateApiKey(), deactivated: generateApiKey() };

beforeAll(async () => {
  issuer = await startIssuer(() => new Date());
  app = await startTwoCustomers({
    env: { JWKS_URL: issuer.jwksUrl.toString(), JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE },
  });
  rest = new RestClient(app);
  rows = await createOwnRows(app, 'northside', NORTHSIDE_ID, '99950');
  await app.admin.query(
    `with gone as (insert into customer (name, deactivated_at) values ('Gone', now()) returning id)
     insert into api_key (customer_id, name, role, secret_hash, created_at, expires_at, revoked_at)
     values (1, 'Revoked', 'ADMIN', $1, now() - interval '2 days', null, now()),
            (1, 'Expired', 'ADMIN', $2, now() - interval '2 days', now() - interval '1 day', null),
            ((select id from gone), 'Deactivated', 'ADMIN', $3, now(), null, null)`,
    [keys.revoked, keys.expired, keys.deactivated].map(hashApiKey),
  );
});
afterAll(async () => {
  await app.stop();
  await issuer.close();
});

/** The client sends a key of its own unless the header is set. */
function send(route: RestRoute, headers: Record<string, string>): Promise<RestAnswer<object>> {
  const { method, path, body } = requestOf(route, validValues({ foreign: rows, own: rowsFor(route, rows) }, route));
  return rest.send<object>(method, path, { caller: null, headers, body });
}

const now = (): number => Math.floor(Date.now() / 1000);
const CREDENTIALS: readonly [string, () => Promise<Record<string, string>>][] = [
  ['without a credential', () => Promise.resolve({})],
  ['with an unknown key', () => Promise.resolve({ authorization: `Bearer ${generateApiKey()}` })],
  ['with a malformed key', () => Promise.resolve({ 'impilo-api-key': 'no key at all' })],
  ['with another scheme', () => Promise.resolve({ authorization: `Basic ${btoa(`user:${KEYS.northside}`)}` })],
  ['with a revoked key', () => Promise.resolve({ 'impilo-api-key': keys.revoked })],
  ['with an expired key', () => Promise.resolve({ 'impilo-api-key': keys.expired })],
  ['with a key of a deactivated customer', () => Promise.resolve({ authorization: `Bearer ${keys.deactivated}` })],
  [
    'with an expired token',
    async () => ({ authorization: `Bearer ${await issuer.sign({ iat: now() - 7200, exp: now() - 3600 })}` }),
  ],
  ['with a token for others', async () => ({ authorization: `Bearer ${await issuer.sign({ aud: 'another' })}` })],
  [
    'with two different keys',
    () => Promise.resolve({ authorization: `Bearer ${KEYS.northside}`, 'impilo-api-key': KEYS.lakeview }),
  ],
  ['with two keys in one header', () => Promise.resolve({ 'impilo-api-key': `${KEYS.northside}, ${KEYS.lakeview}` })],
];

describe.each(CREDENTIALS)('%s', (_what, headersOf) => {
  it.each(ROUTES)('$method $path is UNAUTHENTICATED, and nothing is read or written', async (route) => {
    const before = await fingerprintOf(app, NORTHSIDE_ID);
    const sent = app.statements.length;
    const { status, headers, body } = await send(route, await headersOf());
    expect({ status, body }).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED', field: null } });
    expect(headers.get('www-authenticate')).toBe('Bearer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(app.statements.slice(sent).filter(({ scope }) => scope.kind !== 'system')).toEqual([]);
    expect(await fingerprintOf(app, NORTHSIDE_ID)).toBe(before);
  });
});

const VALID: readonly [string, () => Promise<Record<string, string>>][] = [
  ['Impilo-API-Key', () => Promise.resolve({ 'Impilo-API-Key': KEYS.northside })],
  ['Authorization: Bearer', () => Promise.resolve({ Authorization: `Bearer ${KEYS.northside}` })],
  ['Authorization with a token', async () => ({ Authorization: `Bearer ${await issuer.sign({ role: 'ADMIN' })}` })],
  [
    'the same key twice',
    () => Promise.resolve({ 'Impilo-API-Key': KEYS.northside, Authorization: `Bearer ${KEYS.northside}` }),
  ],
];
const READS = ROUTES.filter(({ method }) => method === 'GET');

it.each(VALID)('%s is a credential for each read', async (_what, headersOf) => {
  for (const route of READS) {
    const answer = await send(route, await headersOf());
    expect({ path: route.path, status: answer.status }).toEqual({ path: route.path, status: 200 });
  }
});

it("a token acts for its customer and with its role only: another customer's rows are not found", async () => {
  const headers = { authorization: `Bearer ${await issuer.sign({ customer_id: LAKEVIEW_ID })}` };
  expect(await rest.get(`/device/${rows.ids.Device}`, { caller: null, headers })).toMatchObject({ status: 404 });
  const reader = { authorization: `Bearer ${await issuer.sign({ role: 'READ_ONLY' })}` };
  expect(await rest.get(`/device/${rows.ids.Device}`, { caller: null, headers: reader })).toMatchObject({
    status: 200,
  });
  const body = { deviceId: Number(rows.ids.Device) };
  expect(await rest.patch('/device/disable-readings', body, { caller: null, headers: reader })).toMatchObject({
    status: 403,
    body: { code: 'FORBIDDEN' },
  });
});
