import { DeviceProgramme } from '../support/device-programme';
import { eventually } from '../support/eventually';
import {
  cursorNow,
  follow,
  heldDevice,
  idsToldTo,
  recordedDocument,
  recordNew,
  storedIds,
  toldTo,
  weights,
} from '../support/live-readings';
import { RawSocket } from '../support/raw-socket';
import { KEYS, type TestApp } from '../support/test-app';

/** A call of 1,000 readings brings ten events at once: who reads has to have room for these. */
const MAX_QUEUED = 30;
const READINGS_PER_EVENT = 100;
/** Answers of 60 kB: 30 aliases, so that a few hundred of them fill what a connection holds. */
const LARGE = recordedDocument(
  Array.from({ length: 30 }, (_, index) => `${'a'.repeat(2_000)}${index}: kind`).join(' '),
);

let programme: DeviceProgramme;
let app: TestApp;
let deviceId: string;
let recorded = 0;

beforeAll(async () => {
  programme = await DeviceProgramme.start({ maxQueuedEvents: MAX_QUEUED });
  ({ app } = programme);
  deviceId = await heldDevice(programme, programme.patients.ann);
});
afterAll(() => programme.stop());
afterEach(() => eventually(() => app.subscribers === 0));

async function recordMore(count: number): Promise<void> {
  await recordNew(app, weights(deviceId, count, recorded));
  recorded += count;
}

/** A client that has begun to take a thousand large answers and then reads no more: the gateway waits in the middle of an event. */
async function stuckInTheMiddle(): Promise<{ socket: RawSocket; id: string }> {
  const socket = await RawSocket.connect(app.url, KEYS.northside);
  const id = socket.subscribe({ query: LARGE, variables: { after: await cursorNow(app) } });
  await eventually(() => app.subscribers === 1);
  await recordMore(1_000);
  await socket.message((message) => message.id === id);
  socket.webSocket.pause();
  return { socket, id };
}

describe('a subscription that waits for a reading ends at once', () => {
  it('by complete', async () => {
    const socket = await RawSocket.connect(app.url, KEYS.northside);
    const id = socket.subscribe({ query: recordedDocument() });
    await eventually(() => app.subscribers === 1);
    socket.send({ id, type: 'complete' });
    await eventually(() => app.subscribers === 0);

    await recordMore(1);
    // Nothing comes for it any more; the socket goes on.
    expect(await socket.execute({ query: '{ __typename }' })).toEqual({ data: { __typename: 'Query' } });
    expect(socket.messages.filter((message) => message.id === id)).toEqual([]);
    await socket.close();
  });

  it('by complete after it was told some', async () => {
    const socket = await RawSocket.connect(app.url, KEYS.northside);
    const id = socket.subscribe({ query: recordedDocument(), variables: { after: await cursorNow(app) } });
    await recordMore(3);
    await eventually(() => socket.messages.filter((message) => message.id === id).length === 3);
    socket.send({ id, type: 'complete' });
    await eventually(() => app.subscribers === 0);
    await socket.close();
  });

  it.each(['close', 'terminate'] as const)('by the %s of its socket', async (how) => {
    const socket = await RawSocket.connect(app.url, KEYS.northside);
    socket.subscribe({ query: recordedDocument() });
    socket.subscribe({ query: recordedDocument(), variables: { after: await cursorNow(app) } });
    await eventually(() => app.subscribers === 2);
    socket.webSocket[how]();
    await eventually(() => app.subscribers === 0);
    await socket.untilClosed();
  });
});

describe('a subscription whose client does not read ends at once in the middle of an event', () => {
  it('by complete, and the rest of the event is not told', async () => {
    const { socket, id } = await stuckInTheMiddle();
    expect(app.subscribers).toBe(1);
    socket.send({ id, type: 'complete' });
    await eventually(() => app.subscribers === 0);

    socket.webSocket.resume();
    expect(await socket.execute({ query: '{ __typename }' })).toEqual({ data: { __typename: 'Query' } });
    expect(socket.messages.filter((message) => message.id === id).length).toBeLessThan(1_000);
    await socket.close();
  });

  it('by the end of its socket', async () => {
    const { socket } = await stuckInTheMiddle();
    expect(app.subscribers).toBe(1);
    socket.webSocket.terminate();
    await eventually(() => app.subscribers === 0);
    await socket.untilClosed();
  });
});

/** Memory that a queue without bound would grow in. */
function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

it('one that does not take its events is closed when its queue is full; others get everything, and memory stays bounded', async () => {
  const after = await cursorNow(app);
  const { socket: slow } = await stuckInTheMiddle();
  const other = follow(app, { after }, { caller: 'readOnly' });
  const before = usedBytes();

  let written = 1_000;
  let peak = before;
  while (!app.log.includes('socket closed: its client does not take its events')) {
    await recordMore(1_000);
    written += 1_000;
    await other.count(written);
    peak = Math.max(peak, usedBytes());
    expect(written).toBeLessThanOrEqual(20_000);
  }
  slow.webSocket.resume();

  expect(await slow.untilClosed()).toEqual({ code: 1013, reason: 'SUBSCRIBER_TOO_SLOW' });
  // The events in its queue, the one that it was in, and what of it is in the buffers of the connection.
  expect(written).toBeGreaterThan(MAX_QUEUED * READINGS_PER_EVENT);
  const taken = slow.messages.filter(({ type }) => type === 'next').length;
  expect(taken).toBeLessThan(written - MAX_QUEUED * READINGS_PER_EVENT + 1);
  // Much less than all that was written would take, 60 kB each; most of it is the other's garbage.
  expect(peak - before).toBeLessThan(150_000_000);

  await recordMore(1);
  await other.count(written + 1);
  expect(idsToldTo(other)).toEqual((await storedIds(app)).slice(-written - 1));
  expect(other.closed).toBeUndefined();

  // It has missed nothing when it comes back behind the last that arrived.
  const last = slow.messages.filter(({ type }) => type === 'next').at(-1) as {
    payload: { data: { readingRecorded: { cursor: string } } };
  };
  const again = follow(app, { after: last.payload.data.readingRecorded.cursor });
  await again.count(written + 1 - taken);
  expect(toldTo(again)).toEqual(toldTo(other).slice(taken));
  await Promise.all([other.stop(), again.stop()]);
}, 60_000);
