import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { OperationTrace, StatementTrace, UseCaseTrace } from '../../src/platform/base/channels';
import { RestClient } from '../support/rest-client';
import { KEYS, TestApp, type CallerName } from '../support/test-app';

const WORK = {
  statements: expect.any(Number) as number,
  bytes: expect.any(Number) as number,
  cost: expect.any(Number) as number,
};
const SECRETS = ['ABC123', 'secret-value', 'availableAtSite', 'AVAILABLE_AT_SITE'];
const BLOCK = '/device/disable-readings';

let app: TestApp;
let rest: RestClient;
let operations: OperationTrace[] = [];
let useCases: UseCaseTrace[] = [];
let statements: StatementTrace[] = [];
const LISTENERS: [string, (trace: unknown) => void][] = [
  ['tracing:gateway:operation:asyncEnd', (trace) => void operations.push(trace as OperationTrace)],
  ['tracing:gateway:use-case:asyncEnd', (trace) => void useCases.push(trace as UseCaseTrace)],
  ['tracing:gateway:statement:asyncEnd', (trace) => void statements.push(trace as StatementTrace)],
];

beforeAll(async () => {
  app = await TestApp.start();
  rest = new RestClient(app);
  for (const [channel, listener] of LISTENERS) subscribe(channel, listener);
});
beforeEach(() => {
  [operations, useCases, statements] = [[], [], []];
});
afterAll(async () => {
  for (const [channel, listener] of LISTENERS) unsubscribe(channel, listener);
  await app.stop();
});

type Sent = readonly [method: string, path: string, body?: object];

const CASES: [string, CallerName, Sent, Partial<OperationTrace>][] = [
  ['a read', 'northside', ['GET', '/device/1'], { type: 'query', name: 'getDevice', codes: [] }],
  ['a list', 'readOnly', ['GET', '/device?status=lost'], { type: 'query', name: 'listDevices', codes: [] }],
  [
    'a write of an operator',
    'operator',
    ['PATCH', BLOCK, { deviceIdentifier: 'ABC123' }],
    { type: 'mutation', name: 'disableDeviceReadings', codes: [] },
  ],
  [
    'a row that is not found',
    'northside',
    ['GET', '/device/999999'],
    { type: 'query', name: 'getDevice', codes: ['DEVICE_NOT_FOUND'] },
  ],
  [
    'a refusal by a rule',
    'northside',
    ['PATCH', BLOCK, { deviceIdentifier: 'secret-value' }],
    { type: 'mutation', name: 'disableDeviceReadings', codes: ['DEVICE_NOT_FOUND'] },
  ],
  [
    'a malformed body',
    'northside',
    ['PATCH', BLOCK, { deviceId: 'secret-value', unknown: 1 }],
    { type: 'mutation', name: 'disableDeviceReadings', codes: ['BAD_USER_INPUT', 'BAD_USER_INPUT'] },
  ],
  [
    'a malformed parameter',
    'northside',
    ['GET', '/device/secret-value'],
    { type: 'query', name: 'getDevice', codes: ['BAD_USER_INPUT'] },
  ],
  ['a forbidden request', 'ingest', ['GET', '/device/1'], { type: 'query', name: 'getDevice', codes: ['FORBIDDEN'] }],
];

const CALLERS: Readonly<Partial<Record<CallerName, Partial<OperationTrace>>>> = {
  northside: { role: 'ADMIN', customerId: '1' },
  readOnly: { role: 'READ_ONLY', customerId: '1' },
  ingest: { role: 'INGEST', customerId: '1' },
  operator: { role: 'OPERATOR', customerId: null },
};

it.each(CASES)('%s is traced once, without values', async (_what, caller, [method, path, body], expected) => {
  await rest.send(method, path, { caller, body });
  expect(operations).toEqual([{ transport: 'rest', ...CALLERS[caller], ...WORK, ...expected }]);
  for (const secret of SECRETS) expect(JSON.stringify([operations, useCases, statements])).not.toContain(secret);
});

it('HEAD is traced as the read that it is', async () => {
  const head = await fetch(`${app.url}/api/v3/device/1`, {
    method: 'HEAD',
    headers: { 'impilo-api-key': KEYS.northside },
  });
  expect(head.status).toBe(200);
  expect(operations).toEqual([
    { transport: 'rest', role: 'ADMIN', customerId: '1', type: 'query', name: 'getDevice', codes: [], ...WORK },
  ]);
});

it('what no caller sent, or is no request of a route, is not traced', async () => {
  const send = (path: string, init: RequestInit = {}) =>
    fetch(`${app.url}/api/v3${path}`, init).then(({ status }) => status);
  const key = { 'impilo-api-key': KEYS.northside };
  expect([
    await send('/device/1'),
    await send('/device/1', { headers: { 'impilo-api-key': 'unknown' } }),
    await send('/nothing', { headers: key }),
    await send('/device/1', { method: 'DELETE', headers: key }),
    await send('/device/1', { headers: { ...key, accept: 'text/html' } }),
    await send(BLOCK, { method: 'PATCH', headers: { ...key, 'content-type': 'application/json' }, body: '{' }),
    await send('/openapi.json'),
  ]).toEqual([401, 401, 404, 405, 406, 400, 200]);
  expect(operations).toEqual([]);
});

it('its use cases and statements are traced as those of GraphQL', async () => {
  const traces = async (work: () => Promise<unknown>) => {
    [useCases, statements] = [[], []];
    await work();
    return [useCases, statements.filter(({ scope }) => scope !== 'system').map(({ name }) => name)] as const;
  };
  const [cases, names] = await traces(() => rest.patch(BLOCK, { deviceId: 3 }));
  expect(cases).toEqual([
    { name: 'disableDeviceReadings', action: 'device:override', role: 'ADMIN', customerId: '1', codes: [] },
  ]);
  expect(names.length).toBeGreaterThan(2);
  expect(names.filter((name) => !/^(\w+|START TRANSACTION)$/.test(name))).toEqual([]);
  const [refused] = await traces(() => rest.patch(BLOCK, { deviceId: 999_999 }));
  expect(refused).toMatchObject([{ name: 'disableDeviceReadings', codes: ['DEVICE_NOT_FOUND'] }]);

  const headers = { 'Idempotency-Key': 'traced' };
  await rest.patch(BLOCK, { deviceId: 4 }, { headers });
  const [again] = await traces(() => rest.patch(BLOCK, { deviceId: 4 }, { headers }));
  expect(again).toMatchObject([{ name: 'disableDeviceReadings', codes: [], replayed: true }]);
});
