import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { OperationTrace } from '../../src/platform/base/channels';
import { eventually } from '../support/eventually';
import { RawSocket, type SocketResult } from '../support/raw-socket';
import { KEYS, TestApp, type CallerName } from '../support/test-app';

/** A value in the variables, and one in the results. */
const SECRETS = ['secret-value', 'AVAILABLE_AT_SITE'];
const END = 'tracing:gateway:operation:asyncEnd';
/** Figures of the work, see the tests of Work. */
const WORK = {
  documentHash: expect.stringMatching(/^[\da-f]{64}$/) as string,
  statements: expect.any(Number) as number,
  bytes: expect.any(Number) as number,
};
const CHANGES = 'subscription Changes { deviceStatusChanged { cursor } }';

let app: TestApp;
let traces: OperationTrace[] = [];
const listener = (trace: unknown): void => void traces.push(trace as OperationTrace);

beforeAll(async () => {
  app = await TestApp.start();
  subscribe(END, listener);
});
beforeEach(() => {
  traces = [];
});
afterAll(async () => {
  unsubscribe(END, listener);
  await app.stop();
});

interface Operation {
  query: string;
  variables?: Record<string, unknown>;
}

async function overHttp(caller: CallerName, operation: Operation): Promise<SocketResult> {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEYS[caller]}`, 'content-type': 'application/json' },
    body: JSON.stringify(operation),
  });
  return (await response.json()) as SocketResult;
}

async function overSocket(caller: CallerName, operation: Operation): Promise<SocketResult> {
  const socket = await RawSocket.connect(app.url, KEYS[caller]);
  const result = await socket.execute(operation);
  await socket.close();
  return result;
}

const CASES: [string, CallerName, Operation, object][] = [
  [
    'a query',
    'northside',
    {
      query: 'query Two($first: Int) { devices(first: $first) { nodes { currentStatus } } }',
      variables: { first: 2 },
    },
    { role: 'ADMIN', customerId: '1', type: 'query', name: 'Two', cost: 4, codes: [] },
  ],
  [
    'a mutation of an operator with userErrors',
    'operator',
    {
      query:
        'mutation ($note: String) { updateDeviceStatus(input: { deviceId: 987654, status: LOST, note: $note }) { userErrors { code } } }',
      variables: { note: SECRETS[0] },
    },
    { role: 'OPERATOR', customerId: null, type: 'mutation', name: undefined, cost: 12, codes: [] },
  ],
  [
    'a refused document',
    'readOnly',
    { query: '{ nothing neither }' },
    {
      role: 'READ_ONLY',
      customerId: '1',
      codes: ['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_VALIDATION_FAILED'],
    },
  ],
  [
    'refused variables',
    'northside',
    { query: 'query Wrong($id: ID!) { device(id: $id) { id } }', variables: { id: [SECRETS[0]] } },
    { role: 'ADMIN', customerId: '1', type: 'query', name: 'Wrong', cost: 2, codes: ['BAD_USER_INPUT'] },
  ],
  [
    'an operation that costs too much',
    'northside',
    {
      query:
        'query Dear { devices(first: 100) { nodes { associations(first: 100) { nodes { patient { associations(first: 100) { nodes { id } } } } } } } }',
    },
    { role: 'ADMIN', customerId: '1', type: 'query', name: 'Dear', cost: 1_130_201, codes: ['OPERATION_TOO_COMPLEX'] },
  ],
  [
    'a forbidden field',
    'ingest',
    { query: '{ device(id: 1) { id } viewer { role } }' },
    { role: 'INGEST', customerId: '1', type: 'query', name: undefined, cost: 3, codes: ['FORBIDDEN'] },
  ],
];

describe.each([
  ['http', overHttp],
  ['websocket', overSocket],
] as const)('over %s', (transport, send) => {
  it.each(CASES)('%s is traced once, without variables and results', async (_what, caller, operation, expected) => {
    await send(caller, operation);
    expect(traces).toEqual([{ transport, isDocumentCached: expect.any(Boolean) as boolean, ...WORK, ...expected }]);
    for (const secret of SECRETS) expect(JSON.stringify(traces)).not.toContain(secret);
  });
});

it('a subscription is traced when its stream begins, and over HTTP when it is refused', async () => {
  await overHttp('northside', { query: CHANGES });
  const socket = await RawSocket.connect(app.url, KEYS.northside);
  socket.subscribe({ query: CHANGES });
  await eventually(() => traces.length === 2);
  const caller = { role: 'ADMIN', customerId: '1', type: 'subscription', name: 'Changes', ...WORK };
  expect(traces).toEqual([
    { transport: 'http', isDocumentCached: false, ...caller, codes: ['BAD_USER_INPUT'] },
    // A document that was refused is not kept.
    { transport: 'websocket', isDocumentCached: false, ...caller, cost: 2, codes: [] },
  ]);
  await socket.close();
});

it('the position in the event stream is read first, and only if the operation selects it', async () => {
  const cursor = (selected: boolean): string =>
    `query ($selected: Boolean! = ${selected}) { device(id: 1) { currentStatus } ...Cursor } fragment Cursor on Query { at: streamCursor @include(if: $selected) }`;
  const statementsOf = async (query: string, send: typeof overHttp): Promise<string[]> => {
    const statements = await app.statementsOf(async () => {
      expect((await send('northside', { query })).errors).toBeUndefined();
    });
    return statements.map(({ text }) => /^\/\* (\S+) \*\//.exec(text)![1]!);
  };
  for (const send of [overHttp, overSocket]) {
    const [first, ...others] = await statementsOf(cursor(true), send);
    expect(first).toBe('outbox_state');
    expect(others).not.toContain('outbox_state');
    expect(await statementsOf(cursor(false), send)).toEqual(others);
  }
});

describe('documents are cached', () => {
  const cached = (): (boolean | undefined)[] => traces.map(({ isDocumentCached }) => isDocumentCached);

  it('for all transports and all callers', async () => {
    const query = '{ viewer { role } } # for all';
    await overHttp('northside', { query });
    await overSocket('operator', { query });
    await overHttp('ingest', { query });
    expect(cached()).toEqual([false, true, true]);
  });

  it('unless they are refused', async () => {
    const query = '{ nothing }';
    await overSocket('northside', { query });
    await overHttp('northside', { query });
    expect(cached()).toEqual([false, false]);
  });

  it('only for authenticated callers', async () => {
    const query = '{ viewer { role } } # unauthenticated';
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { authorization: 'Bearer unknown', 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    expect(response.status).toBe(401);
    const socket = await RawSocket.open(app.url);
    socket.subscribe({ query });
    expect((await socket.untilClosed()).code).toBe(4401);
    expect(traces).toEqual([]);

    await overHttp('northside', { query });
    expect(cached()).toEqual([false]);
  });
});
