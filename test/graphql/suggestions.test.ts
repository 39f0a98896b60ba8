import { RawSocket, type SocketResult } from '../support/raw-socket';
import { KEYS, TestApp } from '../support/test-app';

let app: TestApp;
let sockets: RawSocket[];
beforeAll(async () => {
  app = await TestApp.start({ env: { INTROSPECTION: 'off' } });
  await app.startInstance({ INTROSPECTION: 'on' });
  sockets = await Promise.all(app.urls.map((url) => RawSocket.connect(url, KEYS.northside)));
});
afterAll(async () => {
  await Promise.all(sockets.map((socket) => socket.close()));
  await app.stop();
});

const [CLOSED, OPEN] = [0, 1];
const STATUS =
  'mutation ($input: UpdateDeviceStatusInput!) { updateDeviceStatus(input: $input) { userErrors { code } } }';
const BULK = 'mutation ($input: UpdateDeviceStatusesInput!) { updateDeviceStatuses(input: $input) { refused } }';
const FILTER = 'query ($f: DeviceFilter) { devices(filter: $f) { totalCount } }';

const CASES: [string, string, Record<string, unknown>?][] = [
  ['a field', '{ viewr { role } }'],
  ['a field of a type', '{ node(id: 1) { currentStatus } }'],
  ['an argument', '{ devices(frist: 1) { totalCount } }'],
  ['an argument of a directive', '{ version @include(iff: true) }'],
  ['a type', '{ node(id: 1) { ... on Devise { id } } }'],
  ['a type of a variable', 'query ($f: DeviceFilterr) { devices(filter: $f) { totalCount } }'],
  ['a directive', '{ version @skp(if: true) }'],
  ['a value of an enum', '{ devices(filter: { statuses: [LOSTT] }) { totalCount } }'],
  ['a text instead of a value of an enum', '{ devices(filter: { statuses: ["LOST"] }) { totalCount } }'],
  ['a member', '{ devices(filter: { status: [LOST] }) { totalCount } }'],
  ['a default value', 'query ($f: DeviceFilter = { status: [LOST] }) { devices(filter: $f) { totalCount } }'],
  ['a member in variables', FILTER, { f: { status: ['LOST'] } }],
  ['a value of an enum in variables', FILTER, { f: { statuses: ['LOSTT'] } }],
  ['a member in the input of a mutation', STATUS, { input: { deviceI: 1, status: 'LOST' } }],
  ['a value of an enum in the input of a mutation', STATUS, { input: { deviceId: 1, status: 'LOSTT' } }],
  ['a member of an entry', BULK, { input: { devices: [{ deviceI: 1, status: 'LOST' }] } }],
];

const overHttp = (instance: number, query: string, variables?: Record<string, unknown>): Promise<SocketResult> =>
  app.query('northside', query, variables, instance);
const overSocket = (instance: number, query: string, variables?: Record<string, unknown>): Promise<SocketResult> =>
  sockets[instance]!.execute({ query, ...(variables && { variables }) });

describe.each([
  ['HTTP', overHttp],
  ['WebSocket', overSocket],
] as const)('over %s', (_transport, send) => {
  it.each(CASES)('a wrong name of %s is refused without a suggestion', async (_what, query, ...[variables]) => {
    const { message } = (await send(CLOSED, query, variables)).errors![0]!;
    expect(message).not.toContain('Did you mean');
    expect(message).toMatch(/[.!"]$/);
  });
});

it('a value with the words of a suggestion hides none', async () => {
  const { message } = (await overHttp(CLOSED, FILTER, { f: { status: 'Did you mean ?' } })).errors![0]!;
  expect(message).toMatch(/"Did you mean \?".* is not defined by type "DeviceFilter"\.$/);
});

it('with introspection, most have one', async () => {
  const messages = await Promise.all(
    CASES.map(async ([, query, variables]) => (await overHttp(OPEN, query, variables)).errors![0]!.message),
  );
  expect(messages.filter((message) => message.includes('Did you mean')).length).toBeGreaterThan(10);
});

it('in REST no message has one', async () => {
  const headers = { 'impilo-api-key': KEYS.northside, 'content-type': 'application/json' };
  const send = async (path: string, init: RequestInit = {}) =>
    (await fetch(`${app.urls[OPEN]}/api/v3${path}`, { headers, ...init })).text();
  const body = JSON.stringify({ deviceI: 1 });
  expect(await send('/device?status=lostt')).not.toContain('Did you mean');
  expect(await send('/device?statuss=lost')).not.toContain('Did you mean');
  expect(await send('/device/disable-readings', { method: 'PATCH', body })).not.toContain('Did you mean');
});
