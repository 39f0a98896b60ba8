import type { App } from '../../src/app';
import { eventually } from '../support/eventually';
import { globalId } from '../support/global-id';
import { changesOf, registerDevice, setStatus, settle, subscribe, type Change } from '../support/live-programme';
import { TestApp } from '../support/test-app';

const DEVICES = 3;
const CHANGES_EACH = 40;
const SCREEN = 'query ($ids: [ID!]!) { deviceStatusCursor nodes(ids: $ids) { ... on Device { databaseId version } } }';

let app: TestApp;
const instances: App[] = [];
beforeAll(async () => {
  app = await TestApp.start({ instances: 0 });
  for (let index = 0; index < 2; index += 1) instances.push(await app.startInstance());
});
afterAll(() => app.stop());

/** Reproducible: the same moments in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Changes one device again and again on any instance; a call that an instance's end broke off is repeated on another one. */
async function write(deviceId: string, next: () => number, isServing: (instance: number) => boolean): Promise<void> {
  for (let change = 0; change < CHANGES_EACH; change += 1) {
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

/** What a frontend does: loads the screen, follows the stream behind it, and follows on behind the last change when it is cut off. */
async function read(
  deviceIds: readonly string[],
  next: () => number,
  isServing: (instance: number) => boolean,
  isComplete: (versions: ReadonlyMap<string, number>) => boolean,
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
  const loaded = new Map(
    (screen.nodes as { databaseId: string; version: number }[]).map(({ databaseId, version }) => [databaseId, version]),
  );
  const versions = new Map<string, number>();
  let after = screen.deviceStatusCursor as string;
  let connections = 0;
  const take = ({ device: { databaseId }, deviceVersion, cursor }: Change): void => {
    after = cursor;
    const before = versions.get(databaseId);
    if (before !== undefined) expect([databaseId, deviceVersion]).toEqual([databaseId, before + 1]);
    // The screen may be newer than its cursor, never older.
    else expect(deviceVersion).toBeLessThanOrEqual(loaded.get(databaseId)! + 1);
    versions.set(databaseId, deviceVersion);
  };
  while (!isComplete(versions)) {
    connections += 1;
    const takeAtMost = 1 + Math.floor(next() * 30);
    const subscriber = subscribe(app, anyInstance(), 'northside', { filter: { deviceId: deviceIds }, after });
    await subscriber.until(
      ({ closed, received }) =>
        closed !== undefined ||
        received.length >= takeAtMost ||
        (received.length > 0 && isComplete(versionsWith(versions, changesOf(subscriber)))),
    );
    changesOf(subscriber).forEach(take);
    await subscriber.stop();
  }
  return { versions, connections };
}

function versionsWith(versions: ReadonlyMap<string, number>, changes: readonly Change[]): Map<string, number> {
  return new Map([
    ...versions,
    ...changes.map(({ device, deviceVersion }) => [device.databaseId, deviceVersion] as const),
  ]);
}

it('loses nothing between a screen and its stream, over reconnects at any moment and the restart of an instance', async () => {
  const deviceIds = await Promise.all(Array.from({ length: DEVICES }, () => registerDevice(app)));
  const serving = new Set([0, 1]);
  const isServing = (instance: number) => serving.has(instance);
  const isComplete = (versions: ReadonlyMap<string, number>) =>
    deviceIds.every((id) => versions.get(id) === 1 + CHANGES_EACH);

  const writers = deviceIds.map((id, index) => write(id, random(index + 1), isServing));
  const readers = [11, 12, 13].map((seed) => read(deviceIds, random(seed), isServing, isComplete));
  const restart = async (): Promise<void> => {
    await eventually(async () => (await totalVersions(deviceIds)) > (DEVICES * CHANGES_EACH) / 3);
    serving.delete(1);
    await instances[1]!.stop();
    await app.startInstance();
    serving.add(2);
  };
  await Promise.all([...writers, restart()]);

  expect(await totalVersions(deviceIds)).toBe(DEVICES * (1 + CHANGES_EACH));
  for (const { versions, connections } of await Promise.all(readers)) {
    expect(Object.fromEntries(versions)).toEqual(Object.fromEntries(deviceIds.map((id) => [id, 1 + CHANGES_EACH])));
    expect(connections).toBeGreaterThan(3);
  }
  await eventually(() => app.subscribers === 0);
});

async function totalVersions(deviceIds: string[]): Promise<number> {
  const { rows } = await app.admin.query<{ sum: string }>('select sum(version) from device where id = any($1)', [
    deviceIds,
  ]);
  return Number(rows[0]!.sum);
}

/** Like a change by the gateway, in a transaction that the test holds open. */
const SLOW_CHANGE = `
  with changed as (
    update device set version = version + 1, current_status = 'DECOMMISSIONED' where id = $1 returning *),
  change as (
    insert into device_status_change (customer_id, device_id, device_version, previous_status, status, reason, note, site_id, previous_site_id,
      changed_at, changed_by_kind, changed_by_label)
    select customer_id, id, version, 'LOST', current_status, 'STATUS_OVERRIDE', 'slow', site_id, site_id, clock_timestamp(), 'SYSTEM', 'a test' from changed
    returning *)
  insert into event (customer_id, id, type, payload)
  select customer_id, event_id, 'device.statusChanged', jsonb_build_object('customerId', customer_id::text, 'id', id::text,
    'eventId', event_id::text, 'deviceId', device_id::text, 'deviceVersion', device_version, 'previousStatus', previous_status, 'status', status,
    'reason', reason, 'note', note, 'patientId', null, 'previousPatientId', null, 'siteId', site_id::text, 'previousSiteId', previous_site_id::text,
    'changedAt', changed_at, 'changedByKind', changed_by_kind, 'changedByLabel', changed_by_label)
  from change`;

it('nobody waits for an open transaction, and its changes come in the order of the versions when it ends', async () => {
  const [slow, other] = [await registerDevice(app), await registerDevice(app)];
  await settle(app);
  const { deviceStatusCursor: after } = await app.data('northside', '{ deviceStatusCursor }');
  const subscriber = subscribe(app, 2, 'northside', { filter: { deviceId: [slow, other] }, after });
  const seen = () =>
    changesOf(subscriber).map(
      ({ device, deviceVersion }) => `${device.databaseId === slow ? 'slow' : 'other'} ${deviceVersion}`,
    );

  // The transaction writes an event first, and so has the oldest number of all, and later the device that another has changed since.
  await app.admin.query('begin');
  await app.admin.query(`insert into event (customer_id, type, payload) values (1, 'device.associationRemoved', '{}')`);
  await setStatus(app, slow, 'LOST');
  await setStatus(app, other, 'LOST');
  await subscriber.count(2);
  await app.admin.query(SLOW_CHANGE, [slow]);
  await setStatus(app, other, 'AVAILABLE_AT_SITE', { instance: 2 });
  await subscriber.count(3);
  expect(seen()).toEqual(['slow 2', 'other 2', 'other 3']);

  await app.admin.query('commit');
  await subscriber.count(4);
  await setStatus(app, slow, 'LOST');
  await subscriber.count(5);
  expect(seen()).toEqual(['slow 2', 'other 2', 'other 3', 'slow 3', 'slow 4']);
  await subscriber.stop();
});
