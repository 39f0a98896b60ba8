import { WebSocket } from 'ws';
import { eventually } from '../support/eventually';
import {
  changesOf,
  registerDevice,
  setStatus,
  settle,
  subscribe,
  type ChangeSubscriber,
} from '../support/live-programme';
import { RawSocket } from '../support/raw-socket';
import { KEYS, TestApp } from '../support/test-app';
import { stickNextSocket } from './server-sockets.harness';

const MAX_QUEUED = 300;
const NOTE_LENGTH = 2_000;
const NOTES = `deviceStatusChanged { change { ${Array.from({ length: 30 }, (_, index) => `note${index}: note`).join(' ')} } }`;
/** As large as one event can be made: the note 30 times, 60 kB. */
const LARGE = `subscription { ${NOTES} }`;
const CLOSED = 'socket closed: client does not read its events';

let app: TestApp;
let deviceId: string;

beforeAll(async () => {
  app = await TestApp.start({ maxQueuedEvents: MAX_QUEUED });
});
afterAll(() => app.stop());
beforeEach(async () => {
  app.log = '';
  deviceId = await registerDevice(app);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await eventually(() => app.subscribers === 0);
});

/** One that takes everything, and has been told of all that was written until now: what subscribes now begins behind that. */
async function goodReader(): Promise<ChangeSubscriber> {
  await settle(app);
  const { streamCursor: after } = await app.data('northside', '{ streamCursor }');
  const reader = subscribe(app, 0, 'readOnly', { after });
  await setStatus(app, deviceId, 'LOST', { note: 'x'.repeat(NOTE_LENGTH) });
  await reader.count(1);
  await setStatus(app, deviceId, 'AVAILABLE_AT_SITE', { note: 'x'.repeat(NOTE_LENGTH) });
  await reader.count(2);
  return reader;
}

/** Many events at once, each with the payload of the device's last change. */
async function copyLastEvent(count: number): Promise<void> {
  await app.admin.query(
    `insert into event (customer_id, type, payload)
     select e.customer_id, e.type, e.payload from (
       select * from event where type = 'device.statusChanged' and payload ->> 'deviceId' = $1 order by id desc limit 1) e, generate_series(1, $2)`,
    [deviceId, count],
  );
}

it('is closed when one event more waits than its queue may hold; the others get everything', async () => {
  const other = await goodReader();
  const told = other.received.length;
  const stuck = stickNextSocket(0);
  const slow = await RawSocket.connect(app.url, KEYS.northside);
  slow.subscribe({ query: LARGE });
  await eventually(() => app.subscribers === 2);

  // One is under way, the others fill the queue.
  await copyLastEvent(1);
  await eventually(async () => (await stuck).waiting === 1);
  await copyLastEvent(MAX_QUEUED);
  await other.count(told + 1 + MAX_QUEUED);
  expect(app.log).not.toContain(CLOSED);
  expect(app.subscribers).toBe(2);

  await copyLastEvent(1);
  expect(await slow.untilClosed()).toEqual({ code: 1013, reason: 'SUBSCRIBER_TOO_SLOW' });
  expect(app.log).toContain(CLOSED);
  // The gateway waits for each message until the network has it: it never gave it a second one.
  expect((await stuck).waiting).toBe(1);
  expect(slow.messages.filter(({ type }) => type === 'next')).toEqual([]);

  const last = await setStatus(app, deviceId, 'LOST', { note: 'last' });
  const written = 1 + MAX_QUEUED + 1 + 1;
  await other.count(told + written);
  expect(changesOf(other).at(-1)).toMatchObject({ note: 'last', deviceVersion: last!.deviceVersion });
  expect(other.received).toHaveLength(told + written);
  expect(other.closed).toBeUndefined();
  await other.stop();
});

it('is closed when it does not read, and the gateway holds one of its messages at the most', async () => {
  // It cannot answer pings, by which a gateway on a slow machine would lose it first.
  jest.spyOn(WebSocket.prototype, 'ping').mockImplementation(() => undefined);
  const held: number[] = [];
  const send = Reflect.get(WebSocket.prototype, 'send') as (...message: unknown[]) => void;
  jest.spyOn(WebSocket.prototype, 'send').mockImplementation(function (this: WebSocket, ...message: unknown[]) {
    // What the process itself holds for this socket, as the operating system has not taken it.
    held.push(this.bufferedAmount);
    send.apply(this, message);
  });
  const other = await goodReader();
  const slow = await RawSocket.connect(app.url, KEYS.northside);
  slow.subscribe({ query: LARGE });
  await eventually(() => app.subscribers === 2);
  slow.webSocket.pause();

  // How many events fit into what the two ends of a connection hold differs from machine to machine: a hundred or so here.
  let told = other.received.length;
  while (!app.log.includes(CLOSED)) {
    await copyLastEvent(100);
    told += 100;
    await other.count(told);
  }
  // A message is sent when the one before it is in the operating system's hands.
  expect(Math.max(...held)).toBe(0);
  slow.webSocket.terminate();
  await slow.untilClosed();
  expect(other.closed).toBeUndefined();
  await other.stop();
});
