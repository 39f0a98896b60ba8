import { DeviceFixture } from '../support/device-fixture';
import { eventually } from '../support/eventually';
import {
  cursorNow,
  follow,
  heldDevice,
  receivedIds,
  recordedDocument,
  recordNew,
  storedIds,
  receivedEvents,
  weights,
  type ReadingSubscriber,
} from '../support/live-readings';
import { RawSocket } from '../support/raw-socket';
import { KEYS, type TestApp } from '../support/test-app';
import { stickNextSocket, type StuckSocket } from './server-sockets.harness';

/** Fewer than the gateway writes while the client does not read, so that it reads them from the table. */
const EVENT_BUFFER_BYTES = 30_000;
const READINGS_PER_EVENT = 100;
/** Number of an event's readings that the slow client takes. */
const TAKEN = 37;

let fixture: DeviceFixture;
let app: TestApp;
let deviceId: string;
let recorded = 0;

beforeAll(async () => {
  fixture = await DeviceFixture.start({ eventBufferBytes: EVENT_BUFFER_BYTES });
  ({ app } = fixture);
  deviceId = await heldDevice(fixture, fixture.patients.ann);
});
afterAll(() => fixture.stop());
afterEach(async () => {
  jest.restoreAllMocks();
  await eventually(() => app.subscribers === 0);
});

async function recordMore(count: number): Promise<void> {
  await recordNew(app, weights(deviceId, count, recorded));
  recorded += count;
}

/** A subscriber that has received all existing readings, so that a later subscription starts after them. */
async function goodReader(): Promise<ReadingSubscriber> {
  const reader = follow(app, { after: await cursorNow(app) }, { caller: 'readOnly' });
  await eventually(() => app.subscribers === 1);
  // The second reading is certainly live, and so are all later ones.
  for (const count of [1, 2]) {
    await recordMore(1);
    await reader.count(count);
  }
  return reader;
}

/** A client that stops reading in the middle of an event, so that the gateway waits. */
async function stuckInTheMiddle(): Promise<{ socket: RawSocket; id: string; network: StuckSocket }> {
  const before = app.subscribers;
  const network = stickNextSocket(TAKEN);
  const socket = await RawSocket.connect(app.url, KEYS.northside);
  const id = socket.subscribe({ query: recordedDocument() });
  await eventually(() => app.subscribers === before + 1);
  await recordMore(READINGS_PER_EVENT);
  const stuck = await network;
  await eventually(() => stuck.waiting === 1);
  return { socket, id, network: stuck };
}

const messagesOf = (socket: RawSocket, id: string) => socket.messages.filter((message) => message.id === id);

describe('a subscription that waits for a reading ends immediately', () => {
  it('with a complete message', async () => {
    const socket = await RawSocket.connect(app.url, KEYS.northside);
    const id = socket.subscribe({ query: recordedDocument() });
    await eventually(() => app.subscribers === 1);
    socket.send({ id, type: 'complete' });
    await eventually(() => app.subscribers === 0);

    await recordMore(1);
    // The subscription receives nothing more; the socket stays open.
    expect(await socket.execute({ query: '{ __typename }' })).toEqual({ data: { __typename: 'Query' } });
    expect(socket.messages.filter((message) => message.id === id)).toEqual([]);
    await socket.close();
  });

  it('with a complete message after some readings', async () => {
    const socket = await RawSocket.connect(app.url, KEYS.northside);
    const id = socket.subscribe({ query: recordedDocument(), variables: { after: await cursorNow(app) } });
    await recordMore(3);
    await eventually(() => socket.messages.filter((message) => message.id === id).length === 3);
    socket.send({ id, type: 'complete' });
    await eventually(() => app.subscribers === 0);
    await socket.close();
  });

  it.each(['close', 'terminate'] as const)('with the %s of its socket', async (how) => {
    const socket = await RawSocket.connect(app.url, KEYS.northside);
    socket.subscribe({ query: recordedDocument() });
    socket.subscribe({ query: recordedDocument(), variables: { after: await cursorNow(app) } });
    await eventually(() => app.subscribers === 2);
    socket.webSocket[how]();
    await eventually(() => app.subscribers === 0);
    await socket.untilClosed();
  });
});

describe('a subscription whose client stops reading in the middle of an event ends immediately', () => {
  it('with a complete message, and the rest of the event is not sent', async () => {
    const reader = await goodReader();
    const { socket, id, network } = await stuckInTheMiddle();
    expect(app.subscribers).toBe(2);
    socket.send({ id, type: 'complete' });
    await eventually(() => app.subscribers === 1);

    network.release();
    expect(await socket.execute({ query: '{ __typename }' })).toEqual({ data: { __typename: 'Query' } });
    // The readings that were taken, and the one in flight.
    expect(messagesOf(socket, id)).toHaveLength(TAKEN + 1);
    await Promise.all([socket.close(), reader.stop()]);
  });

  it('with the end of its socket', async () => {
    const reader = await goodReader();
    const { socket } = await stuckInTheMiddle();
    expect(app.subscribers).toBe(2);
    socket.webSocket.terminate();
    await eventually(() => app.subscribers === 1);
    await Promise.all([socket.untilClosed(), reader.stop()]);
  });
});

it('a client that stops reading for a while receives all readings in order, and so do others', async () => {
  const other = await goodReader();
  const { socket: slow, id, network } = await stuckInTheMiddle();
  for (let call = 0; call < 3; call += 1) await recordMore(10 * READINGS_PER_EVENT);
  const expected = 31 * READINGS_PER_EVENT;
  await other.count(2 + expected);
  expect(network.waiting).toBe(1);
  expect(messagesOf(slow, id)).toHaveLength(TAKEN);

  network.release();
  await eventually(() => messagesOf(slow, id).length === expected);
  const cursors = messagesOf(slow, id).map(
    ({ payload }) => (payload as { data: { readingRecorded: { cursor: string } } }).data.readingRecorded.cursor,
  );
  expect(cursors).toEqual(
    receivedEvents(other)
      .slice(2)
      .map(({ cursor }) => cursor),
  );
  expect(receivedIds(other)).toEqual((await storedIds(app)).slice(-2 - expected));
  await Promise.all([slow.close(), other.stop()]);
});
