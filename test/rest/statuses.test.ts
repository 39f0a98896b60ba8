import { STATUS_CODES } from 'node:http';
import { ROUTES } from '../../src/features';
import type { RequestErrorCode } from '../../src/platform/base/errors';
import { RequestError } from '../../src/platform/base/errors';
import { UserErrorCode } from '../../src/platform/base/user-error-code';
import { RootFields } from '../../src/platform/operation/root-fields';
import { isRestCode, REST_ONLY_CODES, STATUSES, type GraphqlOnlyCode } from '../../src/platform/rest/statuses';
import { markdown } from '../support/markdown';
import { rawRequest, type RawResponse } from '../support/raw-request';
import { RestClient, type OpenApiDocument } from '../support/rest-client';
import { KEYS, TestApp } from '../support/test-app';

const SECTION = markdown('docs/api.md').section('### A request of REST was refused');
const [, ...ROWS] = SECTION.table;
const codesIn = (text: string) => [...text.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code!);

/** A code that is missing here does not compile. */
const OF_REQUESTS: Record<RequestErrorCode, true> = {
  UNAUTHENTICATED: true,
  FORBIDDEN: true,
  BAD_USER_INPUT: true,
  OPERATION_TOO_COMPLEX: true,
  OPERATION_TOO_LARGE: true,
  OPERATION_TIMEOUT: true,
  RATE_LIMITED: true,
  CURSOR_INVALID: true,
  CURSOR_EXPIRED: true,
  SERVICE_UNAVAILABLE: true,
  OUTCOME_UNKNOWN: true,
};
const OF_GRAPHQL_ALONE: Record<GraphqlOnlyCode, true> = {
  OPERATION_TOO_COMPLEX: true,
  CURSOR_INVALID: true,
  CURSOR_EXPIRED: true,
};

let app: TestApp;
let rest: RestClient;
let document: OpenApiDocument;
beforeAll(async () => {
  app = await TestApp.start();
  rest = new RestClient(app);
  document = await rest.openApi();
});
afterAll(() => app.stop());
afterEach(() => jest.restoreAllMocks());

describe('the table of statuses', () => {
  it('has each code that exists, but those of GraphQL alone', () => {
    const existing = [
      ...Object.values(UserErrorCode),
      ...Object.keys(OF_REQUESTS),
      ...Object.keys(REST_ONLY_CODES),
      'INTERNAL_SERVER_ERROR',
    ];
    const alone = Object.keys(OF_GRAPHQL_ALONE);
    expect(Object.keys(STATUSES).sort()).toEqual(existing.filter((code) => !alone.includes(code)).sort());
  });

  it('is the one of the documentation', () => {
    const documented = ROWS.flatMap(([status, , codes]) => codesIn(codes!).map((code) => [code, Number(status)]));
    const ofCodes = documented.filter(([code, status]) => code !== 'BAD_USER_INPUT' || status === 400);
    expect(Object.fromEntries(ofCodes)).toEqual(STATUSES);
    expect(ofCodes).toHaveLength(Object.keys(STATUSES).length);
    const text = SECTION.text.split('\n').filter((line) => !line.startsWith('|')).join('\n'); // prettier-ignore
    expect(codesIn(text).sort()).toEqual(Object.keys(OF_GRAPHQL_ALONE).sort());
  });

  it('documents exactly the statuses that the OpenAPI document has', () => {
    const used = Object.values(document.paths)
      .flatMap((operations) => Object.values(operations))
      .flatMap(({ responses }) => Object.keys(responses))
      .filter((status) => status >= '400');
    // A path that does not allow a method has no operation.
    expect([...new Set([...used, '405'])].sort()).toEqual(ROWS.map(([status]) => status).sort());
    for (const [status] of ROWS) expect(STATUS_CODES[Number(status)]).toBeDefined();
  });
});

interface Documented {
  $ref?: string;
  description?: string;
}

describe.each(ROUTES)('$operationId', (route) => {
  const responses = (): Record<string, Documented> =>
    document.paths[route.path]![route.method.toLowerCase()]!.responses;

  it('documents its status, those of every operation, and those of its codes', () => {
    const always = [400, 401, 403, 406, 422, 429, 431, 500, 503];
    const withBody = route.body ? [408, 413, 415] : [];
    const ofCodes = route.codes.map((code) => STATUSES[code]);
    const existing = route.existing === undefined ? [] : [200];
    const expected = new Set([route.response.status, ...existing, ...always, ...withBody, ...ofCodes]);
    expect(Object.keys(responses()).map(Number).sort()).toEqual([...expected].sort());
  });

  it('names each code at its status, and nowhere else', () => {
    const named = Object.entries(responses()).flatMap(([status, { description }]) =>
      [...(description ?? '').matchAll(/^- `([A-Z_]+)`/gm)].map(([, code]) => `${status} ${code}`),
    );
    expect(named.sort()).toEqual(route.codes.map((code) => `${STATUSES[code]} ${code}`).sort());
  });
});

describe('a code without a status', () => {
  it.each(Object.keys(OF_GRAPHQL_ALONE) as GraphqlOnlyCode[])('%s becomes a logged fault', async (code) => {
    expect(isRestCode(code)).toBe(false);
    jest.spyOn(RootFields.prototype, 'query').mockRejectedValue(new RequestError(code, 'Only in GraphQL.'));
    const answer = await rest.get<object>('/device/1');
    expect(answer).toMatchObject({ status: 500, body: { status: 500, code: 'INTERNAL_SERVER_ERROR', field: null } });
    expect(JSON.stringify(answer.body)).not.toContain('Only in GraphQL');
    expect(app.log).toContain(`${code} has no status in REST.`);
  });

  it.each(['constructor', 'toString', '', undefined, 500])('%s is no code', (code) => {
    expect(isRestCode(code)).toBe(false);
  });
});

const AUTHORIZED = `Host: x\r\nImpilo-API-Key: ${KEYS.northside}\r\n`;
const JSON_BODY = 'Content-Type: application/json\r\n';
const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\n${AUTHORIZED}${more}\r\n`;
const patch = (path: string, headers: string, body = ''): string =>
  `PATCH ${path} HTTP/1.1\r\n${AUTHORIZED}Content-Length: ${body.length}\r\n${headers}\r\n${body}`;

/** Refusals before a route runs: by the gateway, by fastify and by Node. */
const REFUSED: [what: string, status: number, request: (base: string) => string][] = [
  ['a path that does not exist', 404, (base) => get(`${base}/nothing`)],
  ['a malformed percent sign', 400, (base) => get(`${base}/device/%zz`)],
  ['a byte that is not percent-encoded', 400, (base) => get(`${base}/device/\xe9`)],
  ['a line end in the URL', 400, (base) => `GET ${base}/device\x01 HTTP/1.1\r\n${AUTHORIZED}\r\n`],
  ['no Host', 400, (base) => `GET ${base}/device/1 HTTP/1.1\r\nImpilo-API-Key: x\r\n\r\n`],
  ['headers that are too large', 431, (base) => get(`${base}/device/1`, `X-Large: ${'x'.repeat(20_000)}\r\n`)],
  ['a URL that is too large', 431, (base) => get(`${base}/device/${'x'.repeat(20_000)}`)],
  ['a method that is not one of HTTP', 400, (base) => `BREW ${base}/device/1 HTTP/1.1\r\n${AUTHORIZED}\r\n`],
  ['two lengths', 400, (base) => get(`${base}/device/1`, 'Content-Length: 1\r\nContent-Length: 2\r\n')],
  [
    'an upgrade to a WebSocket',
    404,
    (base) => get(`${base}/device/1`, 'Connection: Upgrade\r\nUpgrade: websocket\r\n'),
  ],
];

function shapeOf({ headers, body }: RawResponse): string {
  const type = headers.get('content-type');
  const members = Object.keys(JSON.parse(body) as object).join();
  return `${type?.split(';')[0]} ${members}`;
}
const PROBLEM = 'application/problem+json type,title,status,code,detail,field,errors';

it.each(REFUSED)(
  '%s is refused with %i: a problem below /api/v3, the shape of GraphQL elsewhere',
  async (_what, status, request) => {
    const inRest = await rawRequest(app.url, request('/api/v3'));
    expect([inRest.status, shapeOf(inRest)]).toEqual([status, PROBLEM]);
    expect(JSON.parse(inRest.body)).toMatchObject({ status, code: 'BAD_USER_INPUT', title: STATUS_CODES[status] });
    const elsewhere = await rawRequest(app.url, request('/api'));
    expect([elsewhere.status, shapeOf(elsewhere)]).toEqual([status, 'application/json errors']);
  },
);

it.each<[what: string, status: number, request: string]>([
  ['another method', 405, `DELETE /api/v3/device/1 HTTP/1.1\r\n${AUTHORIZED}\r\n`],
  ['an Accept without JSON', 406, get('/api/v3/device/1', 'Accept: application/xml\r\n')],
  ['an id that is too long', 400, get(`/api/v3/device/${'1'.repeat(5_000)}`)],
  ['no content type', 415, patch('/api/v3/device/associate-patient', '', '{}')],
  [
    'an unknown compression',
    415,
    patch('/api/v3/device/associate-patient', `${JSON_BODY}Content-Encoding: zstd\r\n`, '{}'),
  ],
  ['a body that is too large', 413, patch('/api/v3/device/associate-patient', JSON_BODY, `"${'x'.repeat(1_100_000)}"`)],
  ['a body that is no JSON', 400, patch('/api/v3/device/associate-patient', JSON_BODY, '{')],
  ['no credential', 401, 'GET /api/v3/device/1 HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['the path of the interface alone', 404, get('/api/v3')],
  ['the same with a slash', 404, get('/api/v3/')],
  ['an unknown path with an encoded prefix', 404, get('/%61pi/v%33/nothing')],
  ['an unknown id with an encoded prefix', 404, get('/api/v%33/device/999999')],
  ['an unknown path in a whole URL', 404, get('http://localhost/api/v3/nothing')],
])('%s is refused with a problem: %i', async (_what, status, request) => {
  const answer = await rawRequest(app.url, request);
  expect([answer.status, shapeOf(answer)]).toEqual([status, PROBLEM]);
  expect(JSON.parse(answer.body)).toMatchObject({ status, title: STATUS_CODES[status] });
});
