import type { App } from '../../src/app';
import { DeviceFixture } from '../support/device-fixture';
import { eventually } from '../support/eventually';
import {
  cursorNow,
  follow,
  heldDevice,
  record,
  storedIds,
  streamedIds,
  receivedEvents,
  weights,
  type ReadingInput,
} from '../support/live-readings';
import type { TestApp } from '../support/test-app';

const DEVICES = 3;
/** Each connection takes at most one part in this many of all readings. */
const MIN_CONNECTIONS = 5;

/** A pseudorandom generator with the same numbers in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Records a device's readings in batches of random size. A batch whose response was lost is sent again to another instance. */
async function write(
  app: TestApp,
  readings: readonly ReadingInput[],
  next: () => number,
  anyInstance: () => number,
): Promise<void> {
  for (let done = 0; done < readings.length;) {
    const batch = readings.slice(done, done + 1 + Math.floor(next() * 200));
    const results = await record(app, batch, { instance: anyInstance() }).catch(() => undefined);
    if (!results) continue;
    // An interrupted call may have been recorded.
    for (const { outcome } of results) expect(['RECORDED', 'DUPLICATE']).toContain(outcome);
    done += batch.length;
  }
}

/** Follows the stream. When it is disconnected, or has taken enough, it resumes after the last reading on any instance. */
async function read(app: TestApp, after: string, total: number, next: () => number, anyInstance: () => number) {
  const ids: string[] = [];
  let cursor = after;
  let connections = 0;
  while (ids.length < total) {
    connections += 1;
    const takeAtMost = 1 + Math.floor((next() * total) / MIN_CONNECTIONS);
    const subscriber = follow(app, { after: cursor }, { instance: anyInstance() });
    await subscriber.until(
      ({ closed, received }) => closed !== undefined || received.length >= Math.min(takeAtMost, total - ids.length),
    );
    for (const { reading, cursor: itsCursor } of receivedEvents(subscriber).slice(0, takeAtMost)) {
      ids.push(reading.databaseId);
      cursor = itsCursor;
    }
    await subscriber.stop();
  }
  return { ids, connections };
}

/** Asserts that readers receive each reading exactly once, despite reconnects at any time and the restart of an instance. */
export async function checkReadingsOverReconnects(readingsEach: number): Promise<void> {
  const fixture = await DeviceFixture.start({ instances: 0 });
  try {
    await check(fixture, readingsEach);
  } finally {
    await fixture.stop();
  }
}

async function check(fixture: DeviceFixture, readingsEach: number): Promise<void> {
  const { app } = fixture;
  const instances: App[] = [];
  const deviceIds: string[] = [];
  while (instances.length < 2) instances.push(await app.startInstance());
  while (deviceIds.length < DEVICES) deviceIds.push(await heldDevice(fixture, fixture.patients.ann));

  const serving = new Set([0, 1]);
  const choose = (next: () => number) => () => [...serving][Math.floor(next() * serving.size)]!;
  const total = DEVICES * readingsEach;
  const start = await cursorNow(app);

  const writers = deviceIds.map((id, index) => {
    const next = random(index + 1);
    return write(app, weights(id, readingsEach), next, choose(next));
  });
  const readers = [11, 12, 13].map((seed) => {
    const next = random(seed);
    return read(app, start, total, next, choose(next));
  });
  const restart = async (): Promise<void> => {
    await eventually(async () => (await storedIds(app)).length > total / 3);
    serving.delete(1);
    await instances[1]!.stop();
    await app.startInstance();
    serving.add(2);
  };
  await Promise.all([...writers, restart()]);

  const stored = await storedIds(app);
  expect(stored).toHaveLength(total);
  for (const { ids, connections } of await Promise.all(readers)) {
    expect(ids).toEqual(await streamedIds(app));
    expect([...ids].sort()).toEqual([...stored].sort());
    expect(connections).toBeGreaterThanOrEqual(MIN_CONNECTIONS);
  }
  await eventually(() => app.subscribers === 0);
}
