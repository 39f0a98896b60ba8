import { eventually } from '../support/eventually';
import { gate } from '../support/gate';
import { globalId } from '../support/global-id';
import { changesOf, registerDevice, setStatus, subscribe, type Change } from '../support/live-fixture';
import type { TestApp } from '../support/test-app';

const DEVICES = 3;
/** Each connection takes at most one part in this many of all changes. */
const MIN_CONNECTIONS = 4;
const SCREEN = 'query ($ids: [ID!]!) { streamCursor nodes(ids: $ids) { ... on Device { databaseId version } } }';

/** A pseudorandom generator with the same numbers in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Changes one device repeatedly on any instance. A call that fails because an instance stops is repeated on another instance. */
async function write(
  app: TestApp,
  deviceId: string,
  changesEach: number,
  next: () => number,
  isServing: (instance: number) => boolean,
): Promise<void> {
  for (let change = 0; change < changesEach; change += 1) {
    const status = change % 2 === 0 ? 'LOST' : 'AVAILABLE_AT_SITE';
    for (let done = false; !done;) {
      const instance = Math.floor(next() * app.urls.length);
      done =
        isServing(instance) &&
        (await setStatus(app, deviceId, status, { instance }).then(
          () => true,
          () => false,
        ));
    }
  }
}

/** Acts as a frontend: loads the screen, subscribes after its cursor, and resumes after the last change when it is disconnected. */
async function read(
  app: TestApp,
  deviceIds: readonly string[],
  takeAtMost: () => number,
  next: () => number,
  isServing: (instance: number) => boolean,
  isComplete: (versions: ReadonlyMap<string, number>) => boolean,
  onLoaded: () => void = () => undefined,
): Promise<{ versions: Map<string, number>; connections: number }> {
  const anyInstance = (): number => {
    const serving = app.urls.map((_, index) => index).filter(isServing);
    return serving[Math.floor(next() * serving.length)]!;
  };
  const screen = await app.data(
    'northside',
    SCREEN,
    { ids: deviceIds.map((id) => globalId('Device', id)) },
    anyInstance(),
  );
  onLoaded();
  const loaded = new Map(
    (screen.nodes as { databaseId: string; version: number }[]).map(({ databaseId, version }) => [databaseId, version]),
  );
  const versions = new Map<string, number>();
  let after = screen.streamCursor as string;
  let connections = 0;
  const take = ({ device: { databaseId }, deviceVersion, cursor }: Change): void => {
    after = cursor;
    const before = versions.get(databaseId);
    if (before !== undefined) expect([databaseId, deviceVersion]).toEqual([databaseId, before + 1]);
    // The screen may be newer than its cursor, but never older.
    else expect(deviceVersion).toBeLessThanOrEqual(loaded.get(databaseId)! + 1);
    versions.set(databaseId, deviceVersion);
  };
  // A screen that is loaded late is already complete, or the missing changes still arrive.
  const known = () => new Map([...loaded, ...versions]);
  while (!isComplete(known())) {
    connections += 1;
    const enough = takeAtMost();
    const subscriber = subscribe(app, anyInstance(), 'northside', { filter: { deviceIds: deviceIds }, after });
    await subscriber.until(
      ({ closed, received }) =>
        closed !== undefined ||
        received.length >= enough ||
        (received.length > 0 && isComplete(versionsWith(known(), changesOf(subscriber)))),
    );
    changesOf(subscriber).slice(0, enough).forEach(take);
    await subscriber.stop();
  }
  return { versions: known(), connections };
}

function versionsWith(versions: ReadonlyMap<string, number>, changes: readonly Change[]): Map<string, number> {
  return new Map([
    ...versions,
    ...changes.map(({ device, deviceVersion }) => [device.databaseId, deviceVersion] as const),
  ]);
}

/** Asserts that no change is lost between a screen and its stream, despite reconnects at any time and the restart of an instance. */
export async function checkScreenOverReconnects(app: TestApp, changesEach: number): Promise<void> {
  const instances = [await app.startInstance(), await app.startInstance()];
  const deviceIds = await Promise.all(Array.from({ length: DEVICES }, () => registerDevice(app)));
  const serving = new Set([0, 1]);
  const isServing = (instance: number) => serving.has(instance);
  const isComplete = (versions: ReadonlyMap<string, number>) =>
    deviceIds.every((id) => versions.get(id) === 1 + changesEach);

  const loaded = gate();
  const readers = [11, 12, 13].map((seed, index) => {
    const next = random(seed);
    const takeAtMost = () => 1 + Math.floor((next() * DEVICES * changesEach) / MIN_CONNECTIONS);
    return read(app, deviceIds, takeAtMost, next, isServing, isComplete, index === 0 ? loaded.open : undefined);
  });
  // The first reader loads its screen before all changes; the others load theirs while devices change.
  await loaded.opened;
  const writers = deviceIds.map((id, index) => write(app, id, changesEach, random(index + 1), isServing));
  const restart = async (): Promise<void> => {
    await eventually(async () => (await totalVersions(app, deviceIds)) > (DEVICES * changesEach) / 3);
    serving.delete(1);
    await instances[1]!.stop();
    await app.startInstance();
    serving.add(2);
  };
  await Promise.all([...writers, restart()]);

  expect(await totalVersions(app, deviceIds)).toBe(DEVICES * (1 + changesEach));
  const [first, ...others] = await Promise.all(readers);
  expect(first!.connections).toBeGreaterThanOrEqual(MIN_CONNECTIONS);
  for (const { versions } of [first!, ...others]) {
    expect(Object.fromEntries(versions)).toEqual(Object.fromEntries(deviceIds.map((id) => [id, 1 + changesEach])));
  }
  await eventually(() => app.subscribers === 0);
}

async function totalVersions(app: TestApp, deviceIds: string[]): Promise<number> {
  const { rows } = await app.admin.query<{ sum: string }>('select sum(version) from device where id = any($1)', [
    deviceIds,
  ]);
  return Number(rows[0]!.sum);
}
