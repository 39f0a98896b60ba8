import { WebSocket } from 'ws';
import { eventually } from '../support/eventually';
import {
  changesOf,
  registerDevice,
  setStatus,
  settle,
  subscribe,
  type ChangeSubscriber,
} from '../support/live-fixture';
import { RawSocket } from '../support/raw-socket';
import { KEYS, TestApp } from '../support/test-app';
import { stickNextSocket } from './server-sockets.harness';

const MAX_QUEUED = 300;
const NOTE_LENGTH = 2_000;
const NOTES = `deviceStatusChanged { change { ${Array.from({ length: 30 }, (_, index) => `note${index}: note`).join(' ')} } }`;
/** The largest possible event: the note 30 times, 60 kB. */
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

/** A subscriber that has received all existing events, so that a later subscription starts after them. */
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

/** Inserts many events at once, each with the payload of the device's last change. */
async function copyLastEvent(count: number): Promise<void> {
  await app.admin.query(
    `insert into event (customer_id, type, payload)
     select e.customer_id, e.type, e.payload from (
       select * from event where type = 'device.statusChanged' and payload ->> 'deviceId' = $1 order by id desc limit 1) e, generate_series(1, $2)`,
    [deviceId, count],
  );
}

it('a socket is closed when the queue of its subscription overflows; others receive everything', async () => {
  const other = await goodReader();
  const before = other.received.length;
  const stuck = stickNextSocket(0);
  const slow = await RawSocket.connect(app.url, KEYS.northside);
  slow.subscribe({ query: LARGE });
  await eventually(() => app.subscribers === 2);

  // One event is in flight, the others fill the queue.
  await copyLastEvent(1);
  await eventually(async () => (await stuck).waiting === 1);
  await copyLastEvent(MAX_QUEUED);
  await other.count(before + 1 + MAX_QUEUED);
  expect(app.log).not.toContain(CLOSED);
  expect(app.subscribers).toBe(2);

  await copyLastEvent(1);
  expect(await slow.untilClosed()).toEqual({ code: 1013, reason: 'SUBSCRIBER_TOO_SLOW' });
  expect(app.log).toContain(CLOSED);
  // The gateway waits until the network has accepted a message, so it never sent a second one.
  expect((await stuck).waiting).toBe(1);
  expect(slow.messages.filter(({ type }) => type === 'next')).toEqual([]);

  const last = await setStatus(app, deviceId, 'LOST', { note: 'last' });
  const written = 1 + MAX_QUEUED + 1 + 1;
  await other.count(before + written);
  expect(changesOf(other).at(-1)).toMatchObject({ note: 'last', deviceVersion: last!.deviceVersion });
  expect(other.received).toHaveLength(before + written);
  expect(other.closed).toBeUndefined();
  await other.stop();
});

it('a socket whose client does not read is closed, and the gateway buffers at most one of its messages', async () => {
  // The client cannot respond to pings, so on a slow machine the gateway might terminate it for that reason first.
  jest.spyOn(WebSocket.prototype, 'ping').mockImplementation(() => undefined);
  const held: number[] = [];
  const send = Reflect.get(WebSocket.prototype, 'send') as (...message: unknown[]) => void;
  jest.spyOn(WebSocket.prototype, 'send').mockImplementation(function (this: WebSocket, ...message: unknown[]) {
    // Bytes that the process buffers because the operating system has not accepted them.
    held.push(this.bufferedAmount);
    send.apply(this, message);
  });
  const other = await goodReader();
  const slow = await RawSocket.connect(app.url, KEYS.northside);
  slow.subscribe({ query: LARGE });
  await eventually(() => app.subscribers === 2);
  slow.webSocket.pause();

  // The number of events that fit into the buffers of a connection differs between machines: about a hundred here.
  let expected = other.received.length;
  while (!app.log.includes(CLOSED)) {
    await copyLastEvent(100);
    expected += 100;
    await other.count(expected);
  }
  // A message is sent only after the operating system has accepted the previous one.
  expect(Math.max(...held)).toBe(0);
  slow.webSocket.terminate();
  await slow.untilClosed();
  expect(other.closed).toBeUndefined();
  await other.stop();
});
