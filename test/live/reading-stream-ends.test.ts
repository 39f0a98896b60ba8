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

/** A call with 1,000 readings makes ten events at once, so the queue must be larger than that. */
const MAX_QUEUED = 30;
const READINGS_PER_EVENT = 100;
/** Number of an event's readings that the slow client takes. */
const TAKEN = 37;
const CLOSED = 'socket closed: client does not read its events';

let fixture: DeviceFixture;
let app: TestApp;
let deviceId: string;
let recorded = 0;

beforeAll(async () => {
  fixture = await DeviceFixture.start({ maxQueuedEvents: MAX_QUEUED });
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

it('a client that stops reading is disconnected when its queue overflows; others receive everything', async () => {
  const other = await goodReader();
  const { socket: slow, id, network } = await stuckInTheMiddle();
  let expected = 2 + READINGS_PER_EVENT;
  const more = async (count: number) => {
    await recordMore(count);
    expected += count;
    await other.count(expected);
  };

  // One event is being sent. These fill the queue, ten events with each call.
  for (let queued = 0; queued < MAX_QUEUED; queued += 10) await more(10 * READINGS_PER_EVENT);
  expect(app.log).not.toContain(CLOSED);
  expect(app.subscribers).toBe(2);
  expect(network.waiting).toBe(1);

  await more(1);
  expect(await slow.untilClosed()).toEqual({ code: 1013, reason: 'SUBSCRIBER_TOO_SLOW' });
  expect(app.log).toContain(CLOSED);
  expect(network.waiting).toBe(1);
  const taken = messagesOf(slow, id);
  expect(taken).toHaveLength(TAKEN);

  await more(1);
  expect(receivedIds(other)).toEqual((await storedIds(app)).slice(-expected));
  expect(other.closed).toBeUndefined();

  // It misses nothing when it resumes after the last reading that arrived.
  const { cursor } = (taken.at(-1)!.payload as { data: { readingRecorded: { cursor: string } } }).data.readingRecorded;
  const again = follow(app, { after: cursor });
  await again.count(expected - 2 - TAKEN);
  expect(receivedEvents(again)).toEqual(receivedEvents(other).slice(2 + TAKEN));
  await Promise.all([other.stop(), again.stop()]);
});
