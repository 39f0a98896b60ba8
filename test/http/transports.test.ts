import { generateKeyPair, UnsecuredJWT, type JWTPayload } from 'jose';
import { generateApiKey } from '../../src/platform/access/access.service';
import { AUDIENCE, ISSUER, startIssuer, type TestIssuer } from '../access/issuer.harness';
import { createKey } from '../support/api-key';
import { eventually } from '../support/eventually';
import { rawRequest } from '../support/raw-request';
import { RawSocket } from '../support/raw-socket';
import { TcpProxy } from '../support/tcp-proxy';
import { KEYS, TestApp, type GraphqlResponse } from '../support/test-app';

const VIEWER = '{ viewer { role customer { databaseId } actor { __typename } } }';
const NORTHSIDE = { viewer: { role: 'ADMIN', customer: { databaseId: '1' }, actor: { __typename: 'ApiKeyActor' } } };

let app: TestApp;
let issuer: TestIssuer;
let proxy: TcpProxy;

beforeAll(async () => {
  issuer = await startIssuer(() => new Date());
  const env = { JWKS_URL: issuer.jwksUrl.toString(), JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE };
  app = await TestApp.start({ env });
  proxy = await TcpProxy.start(app.database.url);
  await app.startInstance({ ...env, DATABASE_URL: proxy.url });
});
afterAll(async () => {
  await app.stop();
  await proxy.stop();
  await issuer.close();
});

type ViewerResponse = Omit<GraphqlResponse, 'status'> & { status: number; authenticate: string | null };

async function queryViewer(headers: Record<string, string>, path = '/graphql', url = app.url): Promise<ViewerResponse> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: VIEWER }),
  });
  const body = (await response.json()) as Omit<GraphqlResponse, 'status'>;
  return { status: response.status, authenticate: response.headers.get('www-authenticate'), ...body };
}

/** The viewer of a socket with this payload, or how the gateway closes it. */
async function connect(payload: unknown, path = '/graphql', url = app.url): Promise<unknown> {
  const socket = await RawSocket.open(url, { path });
  socket.send({ type: 'connection_init', ...(payload !== undefined && { payload }) });
  const acknowledged = await Promise.race([
    socket.untilClosed().then(() => false),
    socket.message(({ type }) => type === 'connection_ack').catch(() => false),
  ]);
  if (!acknowledged) return socket.closed;
  const { data, errors } = await socket.execute({ query: VIEWER });
  await socket.close();
  return errors ?? data;
}

/** How the gateway closes a socket without a valid credential. */
const forbidden = (reason: string): unknown => ({ code: 4403, reason });
const WAY_OUT = 'Send { "authorization": "Bearer <key or JWT>" } in connection_init.';

describe('a valid key', () => {
  it.each([
    ['authorization: Bearer', { authorization: `Bearer ${KEYS.northside}` }],
    ['authorization: bearer', { authorization: `bearer ${KEYS.northside}` }],
    ['impilo-api-key', { 'impilo-api-key': KEYS.northside }],
    ['both headers with the same key', { authorization: `Bearer ${KEYS.northside}`, 'impilo-api-key': KEYS.northside }],
  ])('is accepted over HTTP in %s', async (_where, headers) => {
    expect(await queryViewer(headers)).toEqual({ status: 200, authenticate: null, data: NORTHSIDE });
  });

  it.each([
    ['authorization', { authorization: `Bearer ${KEYS.northside}` }],
    ['Authorization', { Authorization: `Bearer ${KEYS.northside}` }],
    ['apiKey', { apiKey: KEYS.northside }],
    ['headers.Authorization', { headers: { Authorization: `Bearer ${KEYS.northside}` } }],
    ['authorization, without its scheme', { authorization: KEYS.northside }],
  ])('is accepted over WebSocket in connectionParams.%s', async (_where, payload) => {
    expect(await connect(payload)).toEqual(NORTHSIDE);
  });

  it.each<Record<string, string>>([
    { authorization: `Bearer ${KEYS.northside}` },
    { 'impilo-api-key': KEYS.northside },
  ])('is accepted over WebSocket in the headers of the upgrade: %j', async (headers) => {
    const socket = await RawSocket.open(app.url, { headers });
    socket.send({ type: 'connection_init' });
    await socket.message(({ type }) => type === 'connection_ack');
    expect((await socket.execute({ query: VIEWER })).data).toEqual(NORTHSIDE);
    await socket.close();
  });

  it('beside another one in a second header of the same name is refused', async () => {
    const { status, body } = await rawRequest(
      app.url,
      `GET /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${KEYS.northside}\r\nAuthorization: Bearer ${KEYS.lakeview}\r\n\r\n`,
    );
    expect([status, body]).toEqual([401, expect.stringContaining('Two different credentials were sent.')]);
  });

  it.each<Record<string, string | string[]>>([
    { authorization: [`Bearer ${KEYS.northside}`, `Bearer ${KEYS.lakeview}`] },
    { 'impilo-api-key': [KEYS.northside, KEYS.lakeview] },
    { authorization: `Bearer ${KEYS.northside}`, 'impilo-api-key': KEYS.lakeview },
  ])('beside another one in the headers of an upgrade is refused: %j', async (headers) => {
    const socket = await RawSocket.open(app.url, { headers: headers as Record<string, string> });
    socket.send({ type: 'connection_init' });
    const reason = expect.stringMatching(/^Two different credentials were sent\. Send one\./) as string;
    expect(await socket.untilClosed()).toEqual({ code: 4403, reason });
  });

  it('is never accepted in a URL', async () => {
    for (const path of [
      `/graphql?apiKey=${KEYS.northside}`,
      `/graphql?authorization=Bearer%20${KEYS.northside}`,
      `/graphql?access_token=${KEYS.northside}`,
    ]) {
      expect(await queryViewer({}, path)).toMatchObject({
        status: 401,
        errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
      });
      expect(await connect(undefined, path)).toEqual(forbidden(`No credential was sent. ${WAY_OUT}`));
    }
  });

  it('of the database is accepted by every instance', async () => {
    const key = await createKey(app, { role: 'MEMBER', customerId: '2' });
    const expected = {
      viewer: { role: 'MEMBER', customer: { databaseId: '2' }, actor: { __typename: 'ApiKeyActor' } },
    };
    for (const url of app.urls) {
      expect(await queryViewer({ authorization: `Bearer ${key}` }, '/graphql', url)).toMatchObject({
        status: 200,
        data: expected,
      });
      expect(await connect({ apiKey: key }, '/graphql', url)).toEqual(expected);
    }
  });
});

describe('missing and invalid keys', () => {
  const SEND = 'Send "Authorization: Bearer <API key or JWT>" or "Impilo-API-Key: <API key>" with the request.';
  /** Headers are always text. */
  const NOT_TEXT = `The credential is not a string. ${SEND}`;
  const cases: [string, Record<string, string>, unknown, string][] = [
    ['nothing', {}, undefined, `No credential was sent. ${SEND}`],
    ['an empty object', {}, {}, `No credential was sent. ${SEND}`],
    ['an empty key', { authorization: 'Bearer ' }, { authorization: 'Bearer ' }, `The credential is empty. ${SEND}`],
    [
      'another scheme',
      { authorization: `Basic ${KEYS.northside}` },
      { authorization: `Basic ${KEYS.northside}` },
      `The authorization scheme is not Bearer. ${SEND}`,
    ],
    [
      'an unknown key',
      { 'impilo-api-key': generateApiKey() },
      { apiKey: generateApiKey() },
      'This API key is unknown.',
    ],
    ['a malformed key', { 'impilo-api-key': 'demo-unknown' }, { apiKey: 'demo-unknown' }, 'This API key is unknown.'],
    [
      'two different keys',
      { authorization: `Bearer ${KEYS.northside}`, 'impilo-api-key': KEYS.lakeview },
      { authorization: `Bearer ${KEYS.northside}`, apiKey: KEYS.lakeview },
      `Two different credentials were sent. Send one. ${SEND}`,
    ],
    [
      'a key that is not a string',
      { 'impilo-api-key': '[object Object]' },
      { apiKey: { key: KEYS.northside } },
      `The credential has characters that no key or token has. ${SEND}`,
    ],
  ];

  it.each(cases)('%s: 401 over HTTP with an instruction', async (_what, headers, _payload, message) => {
    const { status, authenticate, data, errors } = await queryViewer(headers);
    expect([status, authenticate, data]).toEqual([401, 'Bearer', undefined]);
    expect(errors).toEqual([{ message, extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  it.each(cases)('%s: 4403 over WebSocket with the reason', async (_what, _headers, payload, message) => {
    const reason = typeof payload === 'object' && message.startsWith('The credential has') ? NOT_TEXT : message;
    expect(await connect(payload)).toEqual(forbidden(reason.replace(SEND, WAY_OUT)));
  });

  it('are rejected before the body is read', async () => {
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: 'not JSON',
    });
    expect(response.status).toBe(401);
  });
});

describe('tokens of browsers', () => {
  const invalid: [string, () => Promise<string>][] = [
    ['of another issuer', () => issuer.sign({ iss: 'https://other.example.com/' })],
    ['for another audience', () => issuer.sign({ aud: 'other' })],
    ['without a customer', () => issuer.sign({ customer_id: undefined })],
    ['of a customer that does not exist', () => issuer.sign({ customer_id: '987654' })],
    ['of Impilo', () => issuer.sign({ customer_id: '0' })],
    ['without a role', () => issuer.sign({ role: undefined })],
    ['without a subject', () => issuer.sign({ sub: undefined })],
    ['with alg none', async () => new UnsecuredJWT({ ...claims(), role: 'ADMIN', customer_id: '1' }).encode()],
    ['that has expired', () => issuer.sign({ iat: now() - 7_200, exp: now() - 3_600 })],
    ['signed with an unknown key', async () => issuer.sign({}, {}, (await generateKeyPair('ES256')).privateKey)],
    [
      'signed with the public key as a secret',
      () => issuer.sign({}, { alg: 'HS256' }, new TextEncoder().encode(JSON.stringify(issuer.publicJwk))),
    ],
  ];
  const now = () => Math.floor(Date.now() / 1000);
  const claims = (): JWTPayload => ({ iss: ISSUER, aud: AUDIENCE, sub: 'user-7', iat: now(), exp: now() + 600 });

  it('are accepted on both transports', async () => {
    const token = await issuer.sign({ role: 'READ_ONLY' });
    const expected = {
      viewer: { role: 'READ_ONLY', customer: { databaseId: '1' }, actor: { __typename: 'UserActor' } },
    };
    expect(await queryViewer({ authorization: `Bearer ${token}` })).toEqual({
      status: 200,
      authenticate: null,
      data: expected,
    });
    expect(await connect({ authorization: `Bearer ${token}` })).toEqual(expected);
  });

  it.each(invalid)('%s: 401 and 4403 with the same reason', async (_what, sign) => {
    const token = await sign();
    const { status, errors } = await queryViewer({ authorization: `Bearer ${token}` });
    expect([status, errors]).toEqual([
      401,
      [{ message: expect.stringMatching(/^The token is not/) as string, extensions: { code: 'UNAUTHENTICATED' } }],
    ]);
    expect(await connect({ authorization: `Bearer ${token}` })).toEqual(forbidden(errors![0]!.message));
  });
});

describe('while the database is down', () => {
  afterEach(() => proxy.up());

  it('valid and unknown credentials get SERVICE_UNAVAILABLE', async () => {
    const url = app.urls[1]!;
    const key = await createKey(app);
    // The gateway has not cached this customer.
    const { rows } = await app.admin.query<{ id: string }>(`insert into customer (name) values ('New') returning id`);
    const token = await issuer.sign({ customer_id: rows[0]!.id });
    proxy.down();
    for (const credential of [key, token]) {
      const { status, authenticate, errors } = await queryViewer(
        { authorization: `Bearer ${credential}` },
        '/graphql',
        url,
      );
      expect([status, authenticate]).toEqual([503, null]);
      expect(errors).toEqual([
        { message: expect.stringMatching(/try again/i) as string, extensions: { code: 'SERVICE_UNAVAILABLE' } },
      ]);
      expect(await connect({ authorization: `Bearer ${credential}` }, '/graphql', url)).toEqual({
        code: 1013,
        reason: 'SERVICE_UNAVAILABLE',
      });
    }
    expect((await queryViewer({ 'impilo-api-key': 'not a key' }, '/graphql', url)).status).toBe(401);

    proxy.up();
    const data = await eventually(
      async () => (await queryViewer({ authorization: `Bearer ${key}` }, '/graphql', url)).data,
    );
    expect(data).toEqual(NORTHSIDE);
  });
});
