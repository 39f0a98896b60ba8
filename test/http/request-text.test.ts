import { KEYS, TestApp, type GraphqlError } from '../support/test-app';
import { RawSocket } from '../support/raw-socket';
import { rawRequest } from '../support/raw-request';

const QUERY = '{ __typename }';
const CREATE = `mutation ($input: CreatePatientInput!) {
  createPatient(input: $input) { patient { externalIdentifier } userErrors { code message path } }
}`;

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

interface Answer {
  status: number;
  data?: Record<string, unknown>;
  errors?: GraphqlError[];
}

async function post(body: Buffer | string, contentType = 'application/json'): Promise<Answer> {
  const headers = { 'impilo-api-key': KEYS.northside, 'content-type': contentType };
  const response = await fetch(`${app.url}/graphql`, { method: 'POST', headers, body: body as string });
  return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) };
}

const refused = (status: number, message: string): Answer => ({
  status,
  errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }],
});

const createBody = (externalIdentifier: string): string =>
  JSON.stringify({ query: CREATE, variables: { input: { firstName: 'A', lastName: 'B', externalIdentifier } } });

async function storedIdentifiers(): Promise<unknown[]> {
  const { rows } = await app.admin.query<{ external_identifier: string }>(
    `select external_identifier from patient where external_identifier like 'EXT-%'`,
  );
  return rows.map((row) => row.external_identifier);
}

describe('a body', () => {
  const NOT_UTF8 = refused(400, 'The body contains bytes that are not valid UTF-8.');

  it('in ISO-8859-1 is refused, whether it says so or not, and stores nothing', async () => {
    const body = Buffer.from(createBody('EXT-é-1'), 'latin1');
    expect(await post(body)).toEqual(NOT_UTF8);
    expect(await post(body, 'application/json; charset=utf-8')).toEqual(NOT_UTF8);
    expect(await post(body, 'application/json; charset=iso-8859-1')).toEqual(
      refused(415, 'The charset must be UTF-8.'),
    );
    expect(await storedIdentifiers()).toEqual([]);
  });

  it('does not record a reading for the patient whose identifier has another letter', async () => {
    const { data } = await post(createBody('EXT-é-1'));
    expect(data).toMatchObject({ createPatient: { patient: { externalIdentifier: 'EXT-é-1' } } });
    const query = `mutation { recordReadings(input: { readings: [{ patientExternalIdentifier: "EXT-ñ-1",
      takenAt: "2026-01-01T00:00:00Z", heartRate: 60 }] }) { recorded userErrors { code } } }`;
    expect(await post(Buffer.from(JSON.stringify({ query }), 'latin1'))).toEqual(NOT_UTF8);
  });

  it.each([
    ['a cut sequence', [0xc3]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
  ])('with %s is refused', async (_what, bytes) => {
    const [before, after] = createBody('EXT-|').split('|');
    expect(await post(Buffer.concat([Buffer.from(before!), Buffer.from(bytes), Buffer.from(after!)]))).toEqual(
      NOT_UTF8,
    );
  });

  it.each(['utf-8', 'UTF-8', 'utf8', '"utf-8"', 'utf-8; charset=latin1', ''])(
    'of charset=%s is accepted',
    async (charset) => {
      const { status, data } = await post(
        JSON.stringify({
          query: 'query ($q: String) { patients(search: $q) { totalCount } }',
          variables: { q: 'é😀' },
        }),
        `application/json;charset=${charset}`,
      );
      expect([status, data]).toEqual([200, { patients: { totalCount: 0 } }]);
    },
  );

  it.each(['iso-8859-1', 'windows-1252', 'utf-16', 'us-ascii', 'klingon'])('of charset=%s is 415', async (charset) => {
    expect(await post(JSON.stringify({ query: QUERY }), `application/json; charset=${charset}`)).toEqual(
      refused(415, 'The charset must be UTF-8.'),
    );
  });

  it('may begin with a byte order mark', async () => {
    expect(await post(`\ufeff${JSON.stringify({ query: QUERY })}`)).toEqual({
      status: 200,
      data: { __typename: 'Query' },
    });
  });
});

describe('a URL', () => {
  const MALFORMED = refused(400, 'The URL is malformed. Percent-encode the UTF-8 bytes of its text.');
  const HEADERS = `Impilo-API-Key: ${KEYS.northside}\r\n`;
  const get = async (path: string): Promise<Answer> => {
    const { status, body } = await rawRequest(app.url, `GET ${path} HTTP/1.1\r\nHost: x\r\n${HEADERS}\r\n`);
    return { status, ...(JSON.parse(body) as Omit<Answer, 'status'>) };
  };
  const QUERY_BY_ID = 'query ($q: String!) { patients(filter: { externalIdentifiers: [$q] }) { totalCount } }';
  const search = (text: string): string =>
    `/graphql?query=${encodeURIComponent(QUERY_BY_ID)}&variables=%7B%22q%22:%22${text}%22%7D`;

  it('with percent-encoded UTF-8 is read as such', async () => {
    await post(createBody('EXT-é-2'));
    expect(await get(search('EXT-%C3%A9-2'))).toEqual({ status: 200, data: { patients: { totalCount: 1 } } });
    expect(await get(search('EXT-%C3%B1-2'))).toEqual({ status: 200, data: { patients: { totalCount: 0 } } });
  });

  it.each([
    ['a byte of ISO-8859-1', search('%E9')],
    ['an overlong slash', search('%C0%AF')],
    ['a surrogate', search('%ED%A0%80')],
    ['a percent sign alone', search('100%')],
    ['a byte that is not percent-encoded', search('\xe9')],
    ['UTF-8 that is not percent-encoded', search('\xc3\xa9')],
    ['such a byte in the path', '/docs/%E9'],
    ['a percent sign at the end of the path', '/graphql%'],
    ['such a byte in a path that does not exist', '/nothing/%E9'],
  ])('with %s is refused', async (_what, path) => {
    expect(await get(path)).toEqual(MALFORMED);
  });
});

describe('a header', () => {
  const post = (header: string) =>
    rawRequest(
      app.url,
      `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 26\r\n${header}\r\n\r\n{"query":"{ __typename }"}`,
    );

  it.each(['Impilo-API-Key', 'Authorization', 'Accept', 'Origin'])('%s that is not UTF-8 is refused', async (name) => {
    const { status, body } = await post(`${name}: Bearer demo-\xe9`);
    expect({ status, ...(JSON.parse(body) as object) }).toEqual(
      refused(400, `The header ${name.toLowerCase()} contains bytes that are not valid UTF-8.`),
    );
  });

  it('that the gateway does not read may have any bytes', async () => {
    expect((await post(`Impilo-API-Key: ${KEYS.northside}\r\nX-Client-DN: CN=Ren\xe9`)).status).toBe(200);
  });
});

describe('a message of a WebSocket', () => {
  const operation = (id: string): Buffer =>
    Buffer.from(JSON.stringify({ id, type: 'subscribe', payload: { query: `{ __typename } # é` } }));

  it('may be binary UTF-8', async () => {
    const socket = await RawSocket.connect(app.url, KEYS.northside);
    socket.webSocket.send(operation('binary'), { binary: true });
    expect(await socket.message(({ id }) => id === 'binary')).toMatchObject({
      payload: { data: { __typename: 'Query' } },
    });
    await socket.close();
  });

  it.each([true, false])('that is not UTF-8 closes the socket with 1007 (binary: %s)', async (binary) => {
    const socket = await RawSocket.connect(app.url, KEYS.northside);
    socket.webSocket.send(Buffer.from(operation('1').toString(), 'latin1'), { binary });
    expect((await socket.untilClosed()).code).toBe(1007);
  });
});

describe('what is not HTTP', () => {
  it.each([
    ['no HTTP at all', 'SSH-2.0-client\r\n\r\n', 400, 'The request is not valid HTTP.'],
    [
      'headers of 20 KB',
      `GET / HTTP/1.1\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'The headers are larger than 16 KB.',
    ],
  ])('%s is refused in the shape of all errors', async (_what, request, status, message) => {
    const response = await rawRequest(app.url, request);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect({ status: response.status, ...(JSON.parse(response.body) as object) }).toEqual(refused(status, message));
  });
});
