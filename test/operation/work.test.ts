import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { OperationTrace } from '../../src/platform/base/channels';
import { eventually } from '../support/eventually';
import { RawSocket } from '../support/raw-socket';
import { RestClient } from '../support/rest-client';
import { KEYS, TestApp } from '../support/test-app';

const END = 'tracing:gateway:operation:asyncEnd';

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

/** Without those that begin and end transactions and set the customer. */
const named = (statements: readonly { text: string }[]) => statements.filter(({ text }) => text.startsWith('/*'));

const DEVICES = '{ devices(first: 3) { nodes { id site { name } patient { firstName } } } }';
const LOST = 'mutation { updateDeviceStatus(input: { deviceId: 1, status: LOST }) { userErrors { code } } }';

describe('the statements of an operation are counted', () => {
  const overHttp = (query: string) => app.query('northside', query);
  const overSocket = async (query: string) => {
    const socket = await RawSocket.connect(app.url, KEYS.northside);
    await socket.execute({ query });
    await socket.close();
  };
  const rest = (path: string) => new RestClient(app).send('GET', path, { caller: 'northside' });

  it.each([
    ['a query over HTTP', () => overHttp(DEVICES)],
    ['a query over WebSocket', () => overSocket(DEVICES)],
    ['a mutation', () => overHttp(LOST)],
    ['a page in REST', () => rest('/device')],
  ])('%s', async (_what, send) => {
    await overHttp('{ viewer { role } }'); // the caller is known from now on
    traces = [];
    const sent = named(await app.statementsOf(send));
    await eventually(() => traces.length === 1);
    expect(sent.length).toBeGreaterThan(0);
    expect(traces).toMatchObject([{ statements: sent.length }]);
  });
});
