import { Client } from 'pg';
import type { Database } from '../../src/platform/db/database';
import { ReadingPartitions } from '../../src/features/reading/reading-partitions';
import { DeviceFixture } from '../support/device-fixture';
import { eventually } from '../support/eventually';
import { heldDevice, recordNew, type ReadingInput } from '../support/live-readings';
import { silentLog } from '../support/silent-log';
import type { TestApp } from '../support/test-app';
import {
  dropPartition,
  openDatabase,
  partitionNames,
  placesOf,
  stopMonths,
  untilGatewaysAreIdle,
  waitersFor,
} from './partitions.harness';

const MAY = 'reading_2025_05';

let fixture: DeviceFixture;
let app: TestApp;
let database: Database;
let scale: string;
/** Makes the times of readings unique. */
let serial = 0;
/** Another connection, to create partitions or to hold locks. */
let client: Client;

beforeAll(async () => {
  fixture = await DeviceFixture.start({ instances: 2 });
  ({ app } = fixture);
  await stopMonths(app);
  await untilGatewaysAreIdle(app);
  scale = await heldDevice(fixture, fixture.patients.ann);
  database = openDatabase(app);
  client = new Client({ connectionString: app.database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.close();
  await fixture.stop();
});

/** Readings of May, or of another time. */
function readings(count: number, from = Date.UTC(2025, 4)): ReadingInput[] {
  return Array.from({ length: count }, () => ({
    deviceId: scale,
    takenAt: new Date(from + 1000 * (serial += 1)).toISOString(),
    weight: { value: 90, unit: 'POUND' },
  }));
}

async function idsBetween(from: string, to: string): Promise<string[]> {
  const { device } = await app.data<{ device: { readings: { nodes: { databaseId: string }[] } } }>(
    'northside',
    `query ($id: ID!, $from: DateTime!, $to: DateTime!) { device(id: $id) {
       readings(first: 100, filter: { takenAt: { from: $from, to: $to } }) { nodes { databaseId } } } }`,
    { id: scale, from, to },
  );
  return device.readings.nodes.map(({ databaseId }) => databaseId).sort();
}
const idsOfMay = () => idsBetween('2025-05-01T00:00:00Z', '2025-06-01T00:00:00Z');

/** Callers wait for one of these while partitions change. */
const LOCKED = ['device', 'patient', 'reading', 'reading_default'];
const STEP = 'select made, is_done from maintain_reading_partitions()';

describe('while the default partition becomes the partition of a month', () => {
  it('callers that record and read wait until it is done, and no reading is lost', async () => {
    await dropPartition(app, MAY);
    const before = await recordNew(app, readings(20));
    // Once before, so that the connections have prepared the statements.
    expect(await idsOfMay()).toEqual([...before].sort());
    // Callers do not wait for the long step, which reads all rows.
    const open = { made: 0, is_done: false };
    expect((await client.query(STEP)).rows).toEqual([open]);
    await client.query('begin');
    expect((await client.query(STEP)).rows).toEqual([open]);
    const meanwhile = await recordNew(app, readings(5));
    expect(await idsOfMay()).toEqual([...before, ...meanwhile].sort());
    await client.query('commit');

    await client.query('begin');
    expect((await client.query(STEP)).rows).toEqual([{ made: 1, is_done: false }]);
    const writing = [recordNew(app, readings(20)), recordNew(app, readings(20), { instance: 1 })];
    const reading = idsOfMay();
    await eventually(async () => (await waitersFor(app, ...LOCKED)) === 3);
    await client.query('commit');

    const written = [...before, ...meanwhile, ...(await Promise.all(writing)).flat()];
    expect(new Set(Object.values(await placesOf(app, written)))).toEqual(new Set([MAY]));
    expect(await reading).toEqual(expect.arrayContaining(before));
    expect(await idsOfMay()).toEqual(written.sort());
    expect((await client.query(STEP)).rows).toEqual([{ made: 0, is_done: true }]);
  });

  it('it gives up while a transaction stores readings, and has its readings later', async () => {
    await dropPartition(app, MAY);
    const before = await recordNew(app, readings(3));
    await client.query('begin');
    const { rows } = await client.query<{ id: string }>(
      `insert into reading (customer_id, id, taken_at, received_at, device_id, kind, weight, manual)
       select customer_id, new_reading_id('2025-05-31 23:59:59.999+00'), '2025-05-31 23:59:59.999+00', now(), id, 4, 90, false
       from device where id = $1 returning id`,
      [scale],
    );

    const rounds: string[] = [];
    const log = {
      ...silentLog,
      info: (fields: object) => rounds.push(JSON.stringify(fields)),
      warn: () => rounds.push('failed'),
    };
    const worker = new ReadingPartitions(database, log, { roundMs: 3_600_000, retryMs: 10, maxRetryMs: 10 });
    worker.start();
    await eventually(() => rounds.length >= 2, 'two rounds');
    // Others record between and during its attempts.
    const others = await recordNew(app, readings(3));
    await client.query('commit');

    await eventually(() => rounds.at(-1) !== 'failed', 'the partition');
    await worker.stop();
    expect(new Set(rounds.slice(0, -1))).toEqual(new Set(['failed']));
    expect(rounds.at(-1)).toBe('{"partitions":1}');
    const all = [...before, ...others, rows[0]!.id];
    expect(Object.values(await placesOf(app, all))).toEqual(all.map(() => MAY));
  });

  it('a check of an attempt that was interrupted does not keep later readings out', async () => {
    await dropPartition(app, MAY, 'reading_2025_06');
    const may = await recordNew(app, readings(1));
    await client.query(STEP);
    await client.query(
      `alter table reading_default rename constraint within_2025_05_2025_07 to within_2025_04_2025_06`,
    );

    expect(await new ReadingPartitions(database, silentLog).ensure()).toBe(1);
    const june = await recordNew(app, readings(1, Date.UTC(2025, 5)));
    expect(new Set(Object.values(await placesOf(app, [...may, ...june])))).toEqual(
      new Set(['reading_2025_05_to_2025_06']),
    );
    expect(await client.query(`select from pg_constraint where conname like 'within%'`)).toMatchObject({ rowCount: 0 });
  });
});

it.each([
  ['has read readings', 'reading'],
  ['holds the default partition', 'reading_default'],
])(
  'an open transaction that %s makes the creation fail after its lock_timeout, without delaying the gateway; a later round succeeds',
  async (_what, table) => {
    const newest = (await partitionNames(app)).filter((name) => /^reading_\d/.test(name)).at(-1)!;
    await dropPartition(app, newest);
    await client.query('begin');
    await client.query(`select count(*) from ${table}`);
    const rounds: string[] = [];
    const log = { ...silentLog, info: () => rounds.push('created'), warn: () => rounds.push('failed') };
    const worker = new ReadingPartitions(database, log, { roundMs: 3_600_000, retryMs: 200, maxRetryMs: 200 });
    worker.start();
    await eventually(async () => (await waitersFor(app, 'reading_default')) > 0);

    // A gateway that starts in the meantime starts, and logs the failure.
    const logStart = app.log.length;
    const gateway = await app.startInstance();
    const warning = await eventually(() =>
      app.log
        .slice(logStart)
        .split('\n')
        .find((line) => line.includes('creating reading partitions failed')),
    );
    const statement = 'maintain_reading_partitions';
    expect(JSON.parse(warning)).toMatchObject({ level: 'warn', sqlState: '55P03', statement });
    expect(warning).not.toMatch(/select|maintain_\w+\(/);
    await gateway.stop();

    // Callers that record and read wait only until the creation gives up, not for the transaction that holds the lock.
    await eventually(async () => (await waitersFor(app, 'reading_default')) > 0);
    const recorded = await recordNew(app, readings(1, Date.UTC(2001, 4)));
    expect(await idsBetween('2001-01-01T00:00:00Z', '2002-01-01T00:00:00Z')).toEqual(expect.arrayContaining(recorded));
    await eventually(() => rounds.length > 0, 'a round of the worker');
    expect(new Set(rounds)).toEqual(new Set(['failed']));
    expect(await partitionNames(app)).not.toContain(newest);

    await client.query('commit');
    await eventually(async () => (await partitionNames(app)).includes(newest));
    await worker.stop();
    expect(rounds.filter((what) => what === 'created')).toHaveLength(1);
  },
);
