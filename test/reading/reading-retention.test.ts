import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Database } from '../../src/platform/db/database';
import { ReadingRetention } from '../../src/features/reading/reading-retention';
import { retentionChannel } from '../../src/platform/base/channels';
import { DeviceFixture } from '../support/device-fixture';
import { heldDevice, record, recordNew, type ReadingInput } from '../support/live-readings';
import { silentLog } from '../support/silent-log';
import type { CallerName, TestApp } from '../support/test-app';
import { partitionsOf, placesOf } from './partitions.harness';

let fixture: DeviceFixture;
let app: TestApp;
let database: Database;
/** Customers of the portions, in their order. */
let portions: unknown[];
/** A device of a patient of each customer. */
let cuff: string;
let lakeviewCuff: string;
let deleted: unknown[];

const count = (notice: unknown) => deleted.push(notice);
beforeEach(async () => {
  fixture = await DeviceFixture.start();
  ({ app } = fixture);
  cuff = await heldDevice(fixture, fixture.patients.ann);
  lakeviewCuff = await lakeviewDevice();
  await fixture.sql(`update device_association set started_at = '2000-01-01'`);
  portions = [];
  deleted = [];
  subscribe(retentionChannel.name, count);
  database = new Database({
    url: app.database.url,
    poolSize: 2,
    statementTimeoutMs: 600_000,
    observe: (_scope, text, values) => {
      if (text.startsWith('/* delete_expired_readings */')) portions.push(values[0]);
    },
  });
});
afterEach(async () => {
  unsubscribe(retentionChannel.name, count);
  await database.close();
  await fixture.stop();
});

async function lakeviewDevice(): Promise<string> {
  const { id } = await fixture.device({
    status: 'WITH_PATIENT',
    customerId: fixture.customers.lakeview,
    holderId: fixture.patients.lakeview,
  });
  return id;
}

const retention = (options = {}) =>
  new ReadingRetention(database, silentLog, { portion: 2, owners: 2, pauseMs: 0, firstRetryMs: 1, ...options });

async function keep(customerId: string, months: number | null): Promise<void> {
  const { updateCustomer } = await app.data<{ updateCustomer: { customer: object } }>(
    'operator',
    `mutation ($id: ID!, $months: Int) { updateCustomer(input: { customerId: $id, readingRetentionMonths: $months }) {
       customer { readingRetentionMonths } userErrors { code } } }`,
    { id: customerId, months },
  );
  expect(updateCustomer).toEqual({ customer: { readingRetentionMonths: months }, userErrors: [] });
}

/** A time some months ago. */
function ago(months: number, days = 0): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1, 12) - days * 86_400_000).toISOString();
}

const weight = (deviceId: string, takenAt: string): ReadingInput => ({
  deviceId,
  takenAt,
  weight: { value: 150, unit: 'POUND' },
});
const pulse = (deviceId: string, takenAt: string): ReadingInput => ({ deviceId, takenAt, heartRate: { value: 60 } });

interface Seen {
  readings: { nodes: { databaseId: string }[]; pageInfo: { endCursor: string | null } };
  latestReadingAt: string | null;
  latestReading: { databaseId: string } | null;
  patient: { latestReadingAt: string | null; latestReadings: { kind: string; databaseId: string }[] };
}

async function seen(caller: CallerName, id: string, after?: string): Promise<Seen> {
  const { device } = await app.data<{ device: Seen }>(
    caller,
    `query ($id: ID!, $after: String) { device(id: $id) {
       readings(first: 2, after: $after) { nodes { databaseId } pageInfo { endCursor } }
       latestReadingAt latestReading { databaseId }
       patient { latestReadingAt latestReadings { kind databaseId } } } }`,
    { id, after },
  );
  return device;
}

const idsOf = async (): Promise<string[]> =>
  (await fixture.sql<{ id: string }>('select id from reading order by id')).map(({ id }) => id);

it('deletes the readings of a customer that are older, and those of no other', async () => {
  const mine = await recordNew(app, [
    ...[30, 20, 14, 13].map((months) => weight(cuff, ago(months))),
    ...[11, 2].map((months) => weight(cuff, ago(months))),
    pulse(cuff, ago(15)),
  ]);
  const others = await recordNew(app, [weight(lakeviewCuff, ago(40)), weight(lakeviewCuff, ago(13))], {
    caller: 'lakeview',
  });
  const page = await seen('northside', cuff);
  await keep(fixture.customers.northside, 12);
  const nodes = (...ids: string[]) => ids.map((databaseId) => ({ databaseId }));

  expect(await retention().deleteOld()).toEqual({ partitions: 0, rows: 5 });

  expect((await idsOf()).sort()).toEqual([...others, mine[4]!, mine[5]!].sort());
  expect(await seen('northside', cuff)).toMatchObject({
    readings: { nodes: nodes(mine[5]!, mine[4]!) },
    latestReadingAt: ago(2),
    latestReading: { databaseId: mine[5] },
    patient: { latestReadingAt: ago(2), latestReadings: [{ kind: 'WEIGHT', databaseId: mine[5] }] },
  });
  expect(await seen('lakeview', lakeviewCuff)).toMatchObject({
    readings: { nodes: nodes(others[1]!, others[0]!) },
    latestReadingAt: ago(13),
  });
  // A cursor whose next readings are gone is at the end of the list.
  expect((await seen('northside', cuff, page.readings.pageInfo.endCursor!)).readings.nodes).toEqual([]);
  expect(await retention().deleteOld()).toEqual({ partitions: 0, rows: 0 });
  expect(deleted).toEqual([
    { what: 'readings', count: 2 },
    { what: 'readings', count: 2 },
    { what: 'readings', count: 1 },
  ]);
});

it('a device whose readings are all deleted is as one without readings', async () => {
  await recordNew(app, [weight(cuff, ago(20)), pulse(cuff, ago(21))]);
  await keep(fixture.customers.northside, 12);
  expect(await retention().deleteOld()).toEqual({ partitions: 0, rows: 2 });
  expect(await seen('northside', cuff)).toEqual({
    readings: { nodes: [], pageInfo: { endCursor: null } },
    latestReadingAt: null,
    latestReading: null,
    patient: { latestReadingAt: null, latestReadings: [] },
  });
  const { devices } = await app.data<{ devices: { nodes: object[] } }>(
    'northside',
    `{ devices(filter: { silentSince: "2010-01-01T00:00:00Z" }) { nodes { databaseId } } }`,
  );
  expect(devices.nodes).toContainEqual({ databaseId: cuff });
  const again = await recordNew(app, [weight(cuff, ago(1))]);
  expect(await seen('northside', cuff)).toMatchObject({
    latestReadingAt: ago(1),
    latestReading: { databaseId: again[0] },
  });
});

it('a reading that would be deleted at once is refused, alone, whoever records it', async () => {
  await keep(fixture.customers.northside, 12);
  const { ann } = fixture.patients;
  const input = [
    weight(cuff, ago(13)),
    weight(cuff, ago(11)),
    { patientId: ann, manual: true, takenAt: ago(14), weight: { value: 1, unit: 'POUND' } },
    { patientExternalIdentifier: 'nobody', manual: true, takenAt: ago(14), weight: { value: 1, unit: 'POUND' } },
  ];
  for (const caller of ['northside', 'operator'] as const) {
    const results = await record(app, caller === 'operator' ? input.slice(0, 3) : input, { caller });
    const [first, second, third] = results;
    expect([first, third]).toEqual(
      ['0', '2'].map((index) => ({
        outcome: 'REFUSED',
        reading: null,
        userErrors: [
          {
            code: 'READING_EXPIRED',
            message: expect.stringMatching(
              /^takenAt is before \d{4}-.*Z: the customer does not keep readings that are so old\.$/,
            ) as string,
            path: ['input', 'readings', index, 'takenAt'],
          },
        ],
      })),
    );
    expect(second!.outcome).toBe(caller === 'northside' ? 'RECORDED' : 'DUPLICATE');
  }
  expect((await record(app, [weight(lakeviewCuff, ago(50))], { caller: 'lakeview' }))[0]!.outcome).toBe('RECORDED');
  expect(await retention().deleteOld()).toEqual({ partitions: 0, rows: 0 });
  // Kept for good again.
  await keep(fixture.customers.northside, null);
  expect((await record(app, [weight(cuff, ago(13))]))[0]!.outcome).toBe('RECORDED');
});

it('customers take turns, so that one with many readings delays no other', async () => {
  await recordNew(
    app,
    Array.from({ length: 7 }, (_, day) => weight(cuff, ago(20, day))),
  );
  await recordNew(app, [weight(lakeviewCuff, ago(20)), weight(lakeviewCuff, ago(21))], { caller: 'lakeview' });
  const kept = await recordNew(app, [weight(cuff, ago(1))]);
  await keep(fixture.customers.northside, 12);
  await keep(fixture.customers.lakeview, 300);
  await fixture.sql(`update customer set reading_retention_months = 12 where id = $1`, [fixture.customers.lakeview]);
  await fixture.sql(`insert into customer (name) values ('Keeps all')`);

  expect(await retention().deleteOld()).toEqual({ partitions: 0, rows: 9 });

  const { northside, lakeview } = fixture.customers;
  expect(portions.map(String)).toEqual([northside, lakeview, northside, lakeview, northside, northside]);
  expect(await idsOf()).toEqual(kept);
});

it('a customer for which it fails is skipped until the next round', async () => {
  await recordNew(app, [weight(cuff, ago(20))]);
  const [kept] = await recordNew(app, [weight(lakeviewCuff, ago(20)), weight(lakeviewCuff, ago(3))], {
    caller: 'lakeview',
  }).then((ids) => ids.slice(1));
  await keep(fixture.customers.northside, 12);
  await keep(fixture.customers.lakeview, 12);
  await fixture.sql(`insert into customer (name) values ('Keeps all')`);
  await fixture.sql(`create function fail() returns trigger language plpgsql as $$ begin raise 'broken'; end $$`);
  await fixture.sql(`create trigger fail before delete on reading for each row
    when (old.customer_id = ${fixture.customers.northside}) execute function fail()`);
  const warned: unknown[] = [];
  const worker = new ReadingRetention(
    database,
    { ...silentLog, warn: (fields: object) => warned.push(fields) },
    { portion: 2, pauseMs: 0 },
  );

  expect(await worker.deleteOld()).toEqual({ partitions: 0, rows: 1 });
  expect(warned).toMatchObject([{ customerId: fixture.customers.northside, statement: 'delete_expired_readings' }]);
  expect(deleted).toContainEqual({ what: 'failures', count: 1 });

  await fixture.sql('drop trigger fail on reading');
  expect(await worker.deleteOld()).toEqual({ partitions: 0, rows: 1 });
  expect(await idsOf()).toEqual([kept]);
});

describe('when no customer keeps readings for good', () => {
  beforeEach(async () => {
    await recordNew(
      app,
      [40, 20, 13, 2].map((months) => weight(cuff, ago(months))),
    );
    await recordNew(
      app,
      [40, 20, 13].map((months) => weight(lakeviewCuff, ago(months))),
      { caller: 'lakeview' },
    );
    await keep(fixture.customers.northside, 6);
    await keep(fixture.customers.lakeview, 15);
  });

  it('partitions are dropped that are older than the longest retention; other readings are deleted as rows', async () => {
    const before = await partitionsOf(app);
    const { partitions, rows } = await retention().deleteOld();
    expect(rows).toBe(1);
    const after = await partitionsOf(app);
    // The time before the oldest month is one partition again.
    expect(before.length - after.length).toBe(partitions - 1);
    const [oldest] = after;
    const first = oldest!.name.slice('reading_'.length);
    expect(after.filter(({ name }) => name.startsWith('reading_before'))).toEqual([
      {
        name: `reading_before_${first}`,
        bound: `FOR VALUES FROM (MINVALUE) TO ('${first.replace('_', '-')}-01 00:00:00+00')`,
      },
    ]);
    expect(await fixture.sql('select customer_id, taken_at from reading order by 1')).toEqual([
      { customer_id: '1', taken_at: new Date(ago(2)) },
      { customer_id: '2', taken_at: new Date(ago(13)) },
    ]);
    expect(await seen('lakeview', lakeviewCuff)).toMatchObject({ latestReadingAt: ago(13) });
    expect(await retention().deleteOld()).toEqual({ partitions: 0, rows: 0 });

    // Older readings have a place if the customer keeps them again.
    await keep(fixture.customers.lakeview, null);
    const [again] = await recordNew(app, [weight(lakeviewCuff, ago(30))], { caller: 'lakeview' });
    expect(await placesOf(app, [again!])).toEqual({ [again!]: `reading_before_${first}` });
  });

  it('none is dropped while a customer keeps them for good, or a transaction uses them for long', async () => {
    await fixture.sql(`insert into customer (name) values ('Keeps all')`);
    expect(await retention().deleteOld()).toEqual({ partitions: 0, rows: 5 });
    await fixture.sql(`delete from customer where name = 'Keeps all'`);

    await app.admin.query('begin; lock table reading in access share mode');
    const recorded = retention({ attempts: 1 }).deleteOld();
    expect(await recorded).toEqual({ partitions: 0, rows: 0 });
    await app.admin.query('commit');
    expect((await retention().deleteOld()).partitions).toBeGreaterThan(0);
  });
});

it('the worker can delete no reading that its customer keeps', async () => {
  await recordNew(app, [weight(cuff, ago(13)), weight(cuff, ago(11))]);
  await recordNew(app, [weight(lakeviewCuff, ago(25))], { caller: 'lakeview' });
  await keep(fixture.customers.northside, 12);
  await app.admin.query('begin; set local role gateway_worker');
  const { rowCount } = await app.admin.query('delete from reading');
  await app.admin.query('rollback');
  expect(rowCount).toBe(1);
});

it('a repeated call returns its first result, without the reading that was deleted in the meantime', async () => {
  const call = () =>
    app.data(
      'northside',
      `mutation ($readings: [ReadingInput!]!) { recordReadings(input: { idempotencyKey: "again", readings: $readings }) {
         recorded results { outcome reading { takenAt } userErrors { code } } } }`,
      { readings: [weight(cuff, ago(13)), weight(cuff, ago(2))] },
    );
  const result = (takenAt: string | null) => ({ outcome: 'RECORDED', reading: takenAt && { takenAt }, userErrors: [] });
  expect(await call()).toEqual({ recordReadings: { recorded: 2, results: [result(ago(13)), result(ago(2))] } });
  await keep(fixture.customers.northside, 12);
  expect(await retention().deleteOld()).toEqual({ partitions: 0, rows: 1 });
  expect(await call()).toEqual({ recordReadings: { recorded: 2, results: [result(null), result(ago(2))] } });
});

it('only one instance deletes at a time', async () => {
  await recordNew(app, [weight(cuff, ago(13))]);
  await keep(fixture.customers.northside, 12);
  await app.admin.query('begin');
  await app.admin.query('select pg_advisory_xact_lock($1)', [0x44475754]);
  expect(await retention().deleteOld()).toEqual({ partitions: 0, rows: 0 });
  await app.admin.query('commit');
  expect(await retention().deleteOld()).toEqual({ partitions: 0, rows: 1 });
});
