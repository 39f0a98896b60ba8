import { Cursors } from '../../src/platform/list/cursor';
import { deriveKey } from '../../src/platform/base/secret';
import { DeviceFixture } from '../support/device-fixture';
import { eventually } from '../support/eventually';
import { changesOf, setStatus, settle, subscribe } from '../support/live-fixture';
import {
  cursorNow,
  follow,
  heldDevice,
  receivedIds,
  recordNew,
  refusalOf,
  receivedEvents,
  weights,
  type CallOptions,
} from '../support/live-readings';
import { APP_SECRET, type CallerName, type TestApp } from '../support/test-app';
import { BATCH, firstAfterEach, deliverBatch, type Delivered } from './reading-stream-cursors.harness';

let fixture: DeviceFixture;
let app: TestApp;
let deviceId: string;
let delivered: Delivered[];

beforeAll(async () => {
  fixture = await DeviceFixture.start({ instances: 2 });
  ({ app } = fixture);
  deviceId = await heldDevice(fixture, fixture.patients.ann);
  delivered = await deliverBatch(fixture, deviceId);
});
afterAll(() => fixture.stop());

/** Ids of the first readings after a cursor. */
async function firstAfter(after: string, count: number, filter = {}, options: CallOptions = {}): Promise<string[]> {
  const subscriber = follow(app, { after, filter }, { instance: 1, ...options });
  await subscriber.count(count);
  const ids = receivedIds(subscriber).slice(0, count);
  await subscriber.stop();
  return ids;
}

describe('a cursor in the middle of an event', () => {
  it('resumes with the next reading, at both ends of events and in the middle, on the other instance', async () => {
    // test/long does this at every index.
    const indexes = [...delivered.keys()].filter(
      (index) => index < BATCH && (index % 9 === 0 || [98, 99, 0, 1].includes(index % 100) || index === BATCH - 1),
    );
    expect(
      await firstAfterEach(
        app.urls[1]!,
        indexes.map((index) => delivered[index]!),
      ),
    ).toEqual(indexes.map((index) => delivered[index + 1]!.id));
  });

  it.each([0, 42, 98, 99, 100, 199, 248, 249])('resumes with exactly the readings after reading %d', async (index) => {
    const later = delivered.slice(index + 1);
    const subscriber = follow(app, { after: delivered[index]!.cursor });
    await subscriber.count(later.length);
    expect(receivedEvents(subscriber).map(({ cursor, reading }) => [reading.databaseId, cursor])).toEqual(
      later.map(({ id, cursor }) => [id, cursor]),
    );
    await subscriber.stop();
  });

  it('is the same for a subscriber with a filter, and valid with the same, another or no filter', async () => {
    const weighed = follow(app, { after: delivered[0]!.cursor, filter: { kinds: ['WEIGHT'] } });
    await weighed.count(BATCH / 2);
    const cursors = receivedEvents(weighed).map(({ cursor }) => cursor);
    await weighed.stop();
    const indexes = delivered.flatMap(({ kind }, index) => (kind === 'WEIGHT' && index > 0 ? [index] : []));
    expect(cursors).toEqual(indexes.map((index) => delivered[index]!.cursor));

    const nextOfKinds = (index: number) =>
      [{}, { kinds: ['WEIGHT'] }, { kinds: ['HEART_RATE'] }].map((filter) => firstAfter(cursors[index]!, 1, filter));
    // At both ends of the events, and in the middle.
    for (const index of [2, 54, 98, 100, 102, 198, 200, 246]) {
      const [next, afterNext] = [[delivered[index + 1]!.id], [delivered[index + 2]!.id]];
      expect(await Promise.all(nextOfKinds(indexes.indexOf(index)))).toEqual([next, afterNext, next]);
    }
  });

  it('is valid for another role of the customer', async () => {
    expect(await firstAfter(delivered[149]!.cursor, 2, {}, { caller: 'readOnly' })).toEqual([
      delivered[150]!.id,
      delivered[151]!.id,
    ]);
  });

  it('is valid while its event is the oldest one, and has expired when the event is removed', async () => {
    const [kept] = await fixture.sql<{ before: string; pruned: string }>(
      `select min(e.position) - 1 as before, (select pruned_position from event_head) as pruned
       from event e where e.type = 'reading.recorded'`,
    );
    await fixture.sql('update event_head set pruned_position = $1', [kept!.before]);
    expect(await firstAfter(delivered[10]!.cursor, 1)).toEqual([delivered[11]!.id]);
    try {
      await fixture.sql('update event_head set pruned_position = pruned_position + 1');
      expect(await refusalOf(follow(app, { after: delivered[10]!.cursor }))).toBe('CURSOR_EXPIRED');
      expect(await refusalOf(subscribe(app, 0, 'northside', { after: delivered[10]!.cursor }))).toBe('CURSOR_EXPIRED');
      expect(await firstAfter(delivered[110]!.cursor, 1)).toEqual([delivered[111]!.id]);
    } finally {
      await fixture.sql('update event_head set pruned_position = $1', [kept!.pruned]);
    }
  });
});

describe('readings and status changes share one event stream', () => {
  it('a cursor of either subscription, or of the query, resumes both subscriptions, in order', async () => {
    const { id } = await fixture.freeDevice();
    const start = await cursorNow(app);
    const changes = subscribe(app, 1, 'northside', { after: start });
    const readings = follow(app, { after: start }, { instance: 1 });
    const positions = [{ cursor: start, changes: 0, readings: 0 }];
    const addPositions = async (seenChanges: number, seenReadings: number) => {
      await Promise.all([changes.count(seenChanges), readings.count(seenReadings)]);
      const seen = { changes: seenChanges, readings: seenReadings };
      positions.push({ cursor: await cursorNow(app), ...seen });
      positions.push({ cursor: changesOf(changes)[seenChanges - 1]!.cursor, ...seen, readings: seenReadings - 3 });
      for (const last of [3, 2, 1])
        positions.push({
          cursor: receivedEvents(readings).at(-last)!.cursor,
          ...seen,
          readings: seenReadings - last + 1,
        });
    };
    for (const [round, status] of ['LOST', 'AVAILABLE_AT_SITE', 'DECOMMISSIONED', 'AVAILABLE_AT_SITE'].entries()) {
      await setStatus(app, id, status);
      await recordNew(app, weights(deviceId, 3, 1_000 + 3 * round), { instance: round % 2 });
      await addPositions(round + 1, 3 * (round + 1));
    }
    expect(positions).toHaveLength(21);

    const allChanges = changesOf(changes).map(({ cursor }) => cursor);
    const allReadings = receivedIds(readings);
    expect([allChanges.length, allReadings.length]).toEqual([4, 12]);
    const later = await Promise.all(
      positions.map(async ({ cursor: after, ...seen }) => {
        const [one, other] = [subscribe(app, 0, 'northside', { after }), follow(app, { after })];
        await one.count(4 - seen.changes);
        await other.count(12 - seen.readings);
        const found = { changes: changesOf(one).map(({ cursor }) => cursor), readings: receivedIds(other) };
        await Promise.all([one.stop(), other.stop()]);
        return found;
      }),
    );
    expect(later).toEqual(
      positions.map((seen) => ({
        changes: allChanges.slice(seen.changes),
        readings: allReadings.slice(seen.readings),
      })),
    );
    await Promise.all([changes.stop(), readings.stop()]);
  });

  it('cursors of releases before readings existed are valid for both', async () => {
    const signer = new Cursors(deriveKey(APP_SECRET, 'cursor'), deriveKey(APP_SECRET, 'list cursor'));
    const sign = (...position: string[]) => signer.sign(position, 'deviceStatusChanged customer:1');
    const { id } = await fixture.freeDevice();
    await setStatus(app, id, 'LOST');
    await settle(app);
    const [event] = await fixture.sql<{ id: string; position: string }>(
      `select e.id, e.position from event e where e.payload ->> 'deviceId' = $1`,
      [id],
    );
    const cursors = [sign('event', event!.id), sign('position', event!.position)];
    expect(cursors[1]).toBe(await cursorNow(app));

    const { deviceVersion } = (await setStatus(app, id, 'DECOMMISSIONED'))!;
    const [reading] = await recordNew(app, weights(deviceId, 1, 2_000));
    for (const after of cursors) {
      const changes = subscribe(app, 1, 'northside', { after });
      await changes.count(1);
      expect(changesOf(changes)).toMatchObject([{ device: { databaseId: id }, deviceVersion }]);
      expect(await firstAfter(after, 1)).toEqual([reading]);
      await changes.stop();
    }
  });
});

describe('a cursor that is not of this stream and this customer', () => {
  const refused = (after: string, caller: CallerName = 'northside') => refusalOf(follow(app, { after }, { caller }));

  it.each(['', 'garbage', 'AAAAAAAAAAAAAAAAAAAAAAAA', '\u0000', 'x'.repeat(10_000)])(
    'is invalid: %j',
    async (after) => {
      expect(await refused(after)).toBe('CURSOR_INVALID');
    },
  );

  it('is invalid if it was modified', async () => {
    const { cursor } = delivered[0]!;
    const bytes = Buffer.from(cursor, 'base64url');
    bytes[bytes.length - 1]! ^= 1;
    expect(await refused(bytes.toString('base64url'))).toBe('CURSOR_INVALID');
  });

  it("is invalid if it is another customer's or an operator's", async () => {
    expect(await refused(delivered[0]!.cursor, 'lakeview')).toBe('CURSOR_INVALID');
    expect(await refused(delivered[0]!.cursor, 'operator')).toBe('CURSOR_INVALID');
    expect(await refused(await cursorNow(app, 'operator'))).toBe('CURSOR_INVALID');
    expect(await refused(await cursorNow(app, 'lakeview'))).toBe('CURSOR_INVALID');
  });

  it('is invalid if it is a cursor of a list of readings', async () => {
    const { device } = await app.data<{ device: { readings: { edges: { cursor: string }[] } } }>(
      'northside',
      `{ device(id: ${deviceId}) { readings(first: 1) { edges { cursor } } } }`,
    );
    expect(await refused(device.readings.edges[0]!.cursor)).toBe('CURSOR_INVALID');
  });

  it('has expired if its event was removed', async () => {
    const subscriber = follow(app, { after: await cursorNow(app) });
    await recordNew(app, weights(deviceId, 2, 3_000));
    await subscriber.count(2);
    const { cursor } = receivedEvents(subscriber)[0]!;
    await subscriber.stop();
    await fixture.sql('delete from event; update event_head set pruned_position = position');
    expect(await refused(cursor)).toBe('CURSOR_EXPIRED');
    expect(await refused(delivered[0]!.cursor)).toBe('CURSOR_EXPIRED');
  });

  it('leaves no subscription open', () => eventually(() => app.subscribers === 0));
});
