import { RawSocket } from '../support/raw-socket';
import { eventually } from '../support/eventually';
import { changesOf, registerDevice, setStatus, settle, subscribe } from '../support/live-programme';
import { KEYS, TestApp } from '../support/test-app';

const MAX_QUEUED = 300;
const BATCH = 100;
const NOTE_LENGTH = 2_000;
/** As large as one event can be made: the note 30 times, 60 kB. */
const LARGE = `subscription ($after: String) { deviceStatusChanged(after: $after) { ${Array.from({ length: 30 }, (_, index) => `note${index}: note`).join(' ')} } }`;

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ maxQueuedEvents: MAX_QUEUED });
});
afterAll(() => app.stop());

/** Memory that a queue without bound would grow in. */
function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

it('is closed when its queue is full; the others get everything, and memory stays bounded', async () => {
  const deviceId = await registerDevice(app);
  await setStatus(app, deviceId, 'LOST', { note: 'x'.repeat(NOTE_LENGTH) });
  await settle(app);
  const { deviceStatusCursor: after } = await app.data('northside', '{ deviceStatusCursor }');

  const slow = await RawSocket.connect(app.url, KEYS.northside);
  slow.subscribe({ query: LARGE, variables: { after } });
  const other = subscribe(app, 0, 'readOnly', { after });
  await eventually(() => app.subscribers === 2);
  slow.webSocket.pause();
  const before = usedBytes();

  let written = 0;
  let peak = before;
  const isClosed = () => app.log.includes('socket closed: its client does not take its events');
  // What the two ends of a connection hold differs from machine to machine: on this one a few megabytes each.
  while (!isClosed()) {
    await copyLastEvent(deviceId, BATCH);
    written += BATCH;
    await other.count(written);
    peak = Math.max(peak, usedBytes());
    expect(written).toBeLessThanOrEqual(10_000);
  }
  slow.webSocket.resume();

  expect(await slow.untilClosed()).toEqual({ code: 1013, reason: 'SUBSCRIBER_TOO_SLOW' });
  // Besides what it holds of the slow one, that is its answers under way and the garbage of the other's.
  expect(peak - before).toBeLessThan(150_000_000);
  expect(written).toBeGreaterThan(MAX_QUEUED);
  expect(slow.messages.filter(({ type }) => type === 'next').length).toBeLessThan(written - MAX_QUEUED + 1);

  const last = await setStatus(app, deviceId, 'AVAILABLE_AT_SITE', { note: 'last' });
  await other.count(written + 1);
  expect(changesOf(other).at(-1)).toMatchObject({ note: 'last', deviceVersion: last!.deviceVersion });
  expect(other.received).toHaveLength(written + 1);
  expect(other.closed).toBeUndefined();
  await other.stop();
  await eventually(() => app.subscribers === 0);
}, 60_000);

/** Many events at once, each with the payload of the device's last change. */
async function copyLastEvent(deviceId: string, count: number): Promise<void> {
  await app.admin.query(
    `insert into event (customer_id, type, payload)
     select e.customer_id, e.type, e.payload from (
       select * from event where type = 'device.statusChanged' and payload ->> 'deviceId' = $1 order by id desc limit 1) e, generate_series(1, $2)`,
    [deviceId, count],
  );
}
