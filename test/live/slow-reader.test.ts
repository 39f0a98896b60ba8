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

const NOTE_LENGTH = 2_000;
const CURSORS = 'subscription { deviceStatusChanged { cursor } }';
const COUNT = 300;
/** Fewer than are written while the client does not read, so that it reads them from the table. */
const EVENT_BUFFER_BYTES = 30_000;

interface Next {
  data: { deviceStatusChanged: { cursor: string } };
}

let app: TestApp;
let deviceId: string;

beforeAll(async () => {
  app = await TestApp.start({ eventBufferBytes: EVENT_BUFFER_BYTES });
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

it('a client that reads slowly receives every event in order, and others are not delayed', async () => {
  const other = await goodReader();
  const before = other.received.length;
  const stuck = stickNextSocket(0);
  const slow = await RawSocket.connect(app.url, KEYS.northside);
  slow.subscribe({ query: CURSORS });
  await eventually(() => app.subscribers === 2);

  await copyLastEvent(1);
  await eventually(async () => (await stuck).waiting === 1);
  await copyLastEvent(COUNT);
  await other.count(before + 1 + COUNT);
  // The gateway waits until the network has accepted a message, so it never sent a second one.
  expect((await stuck).waiting).toBe(1);
  expect(app.subscribers).toBe(2);

  (await stuck).release();
  const received = () => slow.messages.filter(({ type }) => type === 'next');
  await eventually(() => received().length === 1 + COUNT);
  const cursors = received().map(({ payload }) => (payload as Next).data.deviceStatusChanged.cursor);
  expect(cursors).toEqual(
    changesOf(other)
      .slice(before)
      .map(({ cursor }) => cursor),
  );
  expect([slow.closed, other.closed]).toEqual([undefined, undefined]);
  await Promise.all([slow.close(), other.stop()]);
});
