import { LineBudget } from '../../src/platform/base/line-budget';
import { eventually } from '../support/eventually';
import { RawSocket } from '../support/raw-socket';
import { KEYS, TestApp } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ strangers: { each: 40, all: 60 } });
});
afterAll(() => app.stop());

type Line = Record<string, unknown> & { msg: string; level: string };
const ENDS = [
  'request completed',
  'operation completed',
  'subscription opened',
  'subscription closed',
  'socket refused',
];

/** The lines of operations and faults that were written while `work` ran, when there are `count` of them. */
async function linesOf(count: number, work: () => Promise<unknown>): Promise<Line[]> {
  const from = app.log.length;
  const lines = () =>
    app.log
      .slice(from)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line)
      .filter(({ msg }) => ENDS.includes(msg) || msg === 'operation failed');
  await work();
  await eventually(() => lines().length >= count);
  expect(lines()).toHaveLength(count);
  return lines();
}

const post = (body: object, headers: Record<string, string> = {}) =>
  fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEYS.northside}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

const CALLER = { role: 'ADMIN', customerId: '1', key: 'Northside demo key', keyId: null };
const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/;

test('an operation over HTTP, WebSocket and REST has one line with the same facts', async () => {
  const query = 'query Two { devices(first: 2) { nodes { currentStatus } } }';
  const socket = await RawSocket.connect(app.url, KEYS.northside);
  const lines = await linesOf(3, async () => {
    await (await post({ query }, { 'x-request-id': 'from-the-client.1' })).text();
    await socket.execute({ query });
    const headers = { 'impilo-api-key': KEYS.northside };
    await (await fetch(`${app.url}/api/v3/device/1`, { headers })).text();
  });
  await socket.close();
  const operation = { type: 'query', name: 'Two', hash: expect.stringMatching(/^[\da-f]{64}$/) as string };
  const common = { level: 'info', outcome: 'OK', address: '127.0.0.1', caller: CALLER };
  expect(lines).toMatchObject([
    { ...common, operation, requestId: 'from-the-client.1', res: { status: 200 }, req: { path: '/graphql' } },
    { ...common, operation, transport: 'websocket', requestId: expect.stringMatching(/-1$/) as string },
    { ...common, operation: { type: 'query', name: 'getDevice' }, req: { method: 'GET', path: '/api/v3/device/:id' } },
  ]);
  expect(lines[0]!.operation).toEqual(lines[1]!.operation);
  for (const { ms } of lines) expect(typeof ms).toBe('number');
  // Of REST: ten points, and one for each 400 bytes.
  const bytes = lines[2]!.bytes as number;
  expect(bytes).toBeGreaterThan(400);
  expect(lines.map(({ cost }) => cost)).toEqual([4, 4, 10 + Math.ceil(bytes / 400)]);
});

test.each([
  ['x-request-id', 'A.b_c-9', 'A.b_c-9'],
  ['x-request-id', 'two words', UUID],
  ['x-request-id', 'x'.repeat(65), UUID],
  ['x-request-id', 'ruth@example.com', UUID],
  ['x-request-id', '{"level":"error"}', UUID],
  ['traceparent', `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`, 'ab'.repeat(16)],
  ['traceparent', `cc-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01-later`, 'ab'.repeat(16)],
  ['traceparent', `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01-later`, UUID],
  ['traceparent', `ff-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`, UUID],
  ['traceparent', `00-${'00'.repeat(16)}-${'cd'.repeat(8)}-01`, UUID],
])('the id of a request with %s: %s', async (name, value, expected) => {
  const response = await fetch(`${app.url}/livez`, { headers: { [name]: value } });
  expect(response.headers.get('x-request-id')).toEqual(
    typeof expected === 'string' ? expected : expect.stringMatching(expected),
  );
});

test('every response has the id of its request', async () => {
  const socket = await RawSocket.open(app.url);
  const statuses: [number, boolean][] = [];
  for (const [path, init] of [
    ['/graphql', { method: 'POST', body: '{' }],
    ['/graphql', { headers: { authorization: 'Bearer unknown' } }],
    ['/nothing', {}],
    ['/api/v3/device/%zz', {}],
    ['/graphql', { method: 'DELETE' }],
  ] as const) {
    const response = await fetch(`${app.url}${path}`, init);
    statuses.push([response.status, response.headers.has('x-request-id')]);
  }
  await socket.close();
  expect(statuses).toEqual([
    [401, true],
    [401, true],
    [404, true],
    [400, true],
    [405, true],
  ]);
});

test('a subscription has a line when it opens and one when it closes, with its events and the reason', async () => {
  const query = 'subscription Changes { deviceStatusChanged { cursor } }';
  const socket = await RawSocket.connect(app.url, KEYS.northside);
  const lines = await linesOf(5, async () => {
    const id = socket.subscribe({ query });
    await eventually(() => app.subscribers === 1);
    socket.send({ type: 'complete', id });
    await eventually(() => app.subscribers === 0);
    socket.subscribe({ query });
    await eventually(() => app.subscribers === 1);
    await socket.close();
    await eventually(() => app.subscribers === 0);
    const late = await RawSocket.connect(app.url, KEYS.northside);
    await late.execute({ query: 'subscription { deviceStatusChanged(after: "no cursor") { cursor } }' });
    await late.close();
  });
  const operation = { type: 'subscription', name: 'Changes' };
  expect(lines).toMatchObject([
    { msg: 'subscription opened', operation },
    { msg: 'subscription closed', operation, events: 0, reason: 'completed by the client' },
    { msg: 'subscription opened', operation },
    {
      msg: 'subscription closed',
      operation,
      events: 0,
      reason: expect.stringMatching(/^socket closed with 1\d{3}$/) as string,
    },
    { msg: 'operation completed', outcome: 'CURSOR_INVALID' },
  ]);
  expect(lines[1]!.requestId).toBe(lines[0]!.requestId);
});

test('the id of a fault leads to the request and its operation', async () => {
  await app.admin.query('alter table site rename to lost_site');
  let errorId = '';
  const lines = await linesOf(2, async () => {
    const response = await post({ query: 'query Broken { sites(first: 1) { nodes { name } } }' });
    const { errors } = (await response.json()) as { errors: { extensions: { errorId: string } }[] };
    errorId = errors[0]!.extensions.errorId;
  }).finally(() => app.admin.query('alter table lost_site rename to site'));
  const [fault, line] = lines;
  expect(fault).toMatchObject({ msg: 'operation failed', errorId, level: 'error' });
  expect(line).toMatchObject({
    errorIds: [errorId],
    requestId: fault!.requestId,
    operation: { name: 'Broken' },
    outcome: 'INTERNAL_SERVER_ERROR',
  });
});

test('a slow operation and a slow statement are warnings', async () => {
  const slow = await TestApp.start({ env: { SLOW_OPERATION_MS: '1', SLOW_STATEMENT_MS: '1' } });
  await slow.admin.query(
    `create function pause() returns trigger language plpgsql as $$ begin perform pg_sleep(0.01); return new; end $$`,
  );
  await slow.admin.query(
    'create trigger pause before insert on device_status_change for each row execute function pause()',
  );
  const change = 'mutation Slow { updateDeviceStatus(input: { deviceId: 1, status: LOST }) { userErrors { code } } }';
  expect(await slow.data('operator', change)).toEqual({ updateDeviceStatus: { userErrors: [] } });
  await eventually(() => slow.log.includes('"name":"Slow"'));
  const lines = slow.log.split('\n').filter((line) => line.includes('"level":"warn"'));
  await slow.stop();
  expect(lines.some((line) => line.includes('"slow":true') && line.includes('"name":"Slow"'))).toBe(true);
  expect(lines.some((line) => line.includes('"msg":"slow statement"') && line.includes('"statement":'))).toBe(true);
});

test('refused credentials are logged with address and reason, and a flood of them is not', async () => {
  const [refused] = await linesOf(1, async () => (await post({}, { authorization: 'Bearer not-a-key' })).text());
  expect(refused).toMatchObject({
    address: '127.0.0.1',
    refusal: 'This API key is unknown.',
    outcome: 'UNAUTHENTICATED',
    res: { status: 401 },
  });
  const from = app.log.length;
  for (let sent = 0; sent < 100; sent += 1)
    await (await post({}, { authorization: `Bearer not-a-key-${sent}` })).text();
  expect(app.log.slice(from)).not.toContain('not-a-key');
  const written = app.log
    .slice(from)
    .split('\n')
    .filter((line) => line.includes('"request completed"'));
  expect(written.length).toBeLessThan(41);
  // Callers are logged nevertheless.
  await linesOf(1, async () => (await post({ query: '{ viewer { role } }' })).text());
});

test('the number of lines is bounded for each origin and in all, and what is left out is reported', () => {
  const omitted: number[] = [];
  const budget = new LineBudget({ each: 2, all: 3, windowMs: 3_600_000, onOmitted: (lines) => omitted.push(lines) });
  expect(['a', 'a', 'a', 'b', 'b', 'c'].map((origin) => budget.allows(origin))).toEqual([
    true,
    true,
    false,
    true,
    false,
    false,
  ]);
  budget.end();
  budget.end();
  expect(omitted).toEqual([3]);
  expect(budget.allows('a')).toBe(true);
  budget.end();
  expect(omitted).toEqual([3]);
});
