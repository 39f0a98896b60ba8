import { DeviceFixture } from '../support/device-fixture';
import { heldDevice, record, recordNew, type ReadingInput } from '../support/live-readings';
import type { TestApp } from '../support/test-app';
import { holdPartitions, movePartitions, placesOf, stopMonths, type Step } from './partitions.harness';

/** Readings in the default partition, three for each day from 2015. */
const OLD = 6_000;
/** Pages of 8 kB that a step copies, and more readings than they can have. */
const BLOCKS = 4;
const ROWS_OF_BLOCKS = BLOCKS * 110;

let fixture: DeviceFixture;
let app: TestApp;
let scale: string;
/** Makes the times of readings unique. */
let serial = 0;

beforeAll(async () => {
  fixture = await DeviceFixture.start({ instances: 1 });
  ({ app } = fixture);
  await holdPartitions(app);
  await stopMonths(app);
  scale = await heldDevice(fixture, fixture.patients.ann);
});
afterAll(() => fixture.stop());

/** As a release before left them: no trigger has listed them. */
async function fillDefault(): Promise<void> {
  await fixture.sql('alter table reading_default disable trigger note_arrival');
  await fixture.sql(
    `insert into reading (customer_id, id, taken_at, received_at, device_id, kind, weight, manual)
     select d.customer_id, new_reading_id(at), at, at, d.id, 4, 90, false
     from device d, generate_series(1, ${OLD}) n cross join lateral (select timestamptz '2015-01-01' + n * interval '8 hours' as at) t
     where d.id = $1`,
    [scale],
  );
  await fixture.sql('alter table reading_default enable trigger note_arrival');
  await fixture.sql('update reading_move set next_block = 0');
}

function weight(takenAt: string): ReadingInput {
  return { deviceId: scale, takenAt, weight: { value: 90, unit: 'POUND' } };
}

/** A reading of a time that no other has. */
function newReading(year: number): ReadingInput {
  return weight(new Date(Date.UTC(year, 5, 1, 0, 0, 1 + 2 * (serial += 1))).toISOString());
}

async function digest(): Promise<unknown> {
  return fixture.sql(
    `select count(*)::int as count, md5(string_agg(concat_ws(' ', customer_id, id, taken_at, device_id, weight), ',' order by id)) as rows from reading`,
  );
}

async function count(): Promise<number> {
  const [row] = await fixture.sql<{ count: number }>('select count(*)::int as count from reading');
  return row!.count;
}

async function step(): Promise<Step> {
  const [row] = await fixture.sql<Step>(`select action, amount from maintain_reading_partitions(${BLOCKS})`);
  return row!;
}

it('readings leave the default partition in portions; each is seen once after every step, and none is recorded twice', async () => {
  await fillDefault();
  const recorded: string[] = [];
  const steps: Step[] = [];
  for (let stored = OLD; ; stored += 2) {
    // As an instance that is killed in a step.
    await fixture.sql('begin');
    await step();
    await fixture.sql('rollback');
    const next = await step();
    expect(await count()).toBe(stored);
    if (next.action === 'idle') break;
    steps.push(next);
    recorded.push(...(await recordNew(app, [newReading(2015 + (steps.length % 10)), newReading(2026)])));
    const moved = weight(new Date(Date.UTC(2015, 0, 1, 8 * (1 + steps.length * 60))).toISOString());
    expect((await record(app, [moved])).map(({ outcome }) => outcome)).toEqual(['DUPLICATE']);
    if (steps.length === 12) {
      // A migration in the middle of the move.
      await fixture.sql('alter table reading add constraint reading_later check (id > 0) not valid');
      expect((await step()).action).toBe('restarted');
    }
  }
  const copied = steps.filter(({ action }) => action === 'copied').map(({ amount }) => Number(amount));
  expect(Math.max(...copied)).toBeLessThanOrEqual(ROWS_OF_BLOCKS);
  expect(copied.length).toBeGreaterThan(OLD / ROWS_OF_BLOCKS);
  expect(await fixture.sql('select from only reading_default')).toEqual([]);
  const places = Object.values(await placesOf(app, recorded));
  expect(new Set(places)).toEqual(
    new Set([...Array.from({ length: 10 }, (_, index) => `reading_${2015 + index}`), 'reading_2026_06']),
  );
});

it('while a portion is copied, callers record and read, and wait for nothing', async () => {
  await recordNew(app, [newReading(2003)]);
  expect((await step()).action).toBe('staged');
  await recordNew(
    app,
    Array.from({ length: 1_000 }, () => newReading(2003)),
  );
  const before = await digest();

  await fixture.sql('begin');
  expect((await step()).action).toBe('copied');
  const locks = await fixture.sql<{ mode: string }>(
    `select distinct mode from pg_locks where pid = pg_backend_pid() and relation in ('reading'::regclass, 'reading_default'::regclass, 'device'::regclass)`,
  );
  const fresh = await recordNew(app, [newReading(2003), newReading(2026)]);
  const { device } = await app.data<{ device: { readings: { nodes: { databaseId: string }[] } } }>(
    'northside',
    `query ($id: ID!) { device(id: $id) { readings(first: 1, filter: { takenAt: { to: "2004-01-01T00:00:00Z" } }) { nodes { databaseId } } } }`,
    { id: scale },
  );
  expect(device.readings.nodes).toEqual([{ databaseId: fresh[0] }]);
  await fixture.sql('commit');
  expect(locks.map(({ mode }) => mode).sort()).toEqual(['AccessShareLock', 'RowShareLock']);

  await movePartitions(app);
  await fixture.sql(`delete from reading where id = any($1)`, [fresh]);
  expect(await digest()).toEqual(before);
  expect(await fixture.sql('select from only reading_default')).toEqual([]);
});
