import { Client, DatabaseError } from 'pg';
import { ReadingPartitions } from '../../src/features/reading/reading-partitions';
import { eventually } from '../support/eventually';
import { TestApp } from '../support/test-app';
import {
  dropPartition,
  monthsUntil,
  openDatabase,
  partitionNames,
  partitionOf,
  partitionsOf,
  stopMonths,
  type Partition,
} from './partitions.harness';

const ROLES = ['gateway_customer', 'gateway_operator', 'gateway_worker'] as const;
const ENSURE = 'select ensure_reading_partitions() as created';

let app: TestApp;
let now: Date;
let migrated: Partition[];
let newest: string;

beforeAll(async () => {
  app = await TestApp.start({ template: 'empty', instances: 0 });
  now = await stopMonths(app);
  migrated = await partitionsOf(app);
  newest = migrated.at(-3)!.name;
});
afterAll(() => app.stop());

/** Privileges, constraints, indexes and columns of each partition. */
async function structuresOf(names: string[]): Promise<object[]> {
  const { rows } = await app.admin.query<object>(
    `select relrowsecurity, relforcerowsecurity, relacl,
       (select json_agg(pg_get_constraintdef(k.oid) order by pg_get_constraintdef(k.oid)) from pg_constraint k where conrelid = c.oid) as constraints,
       (select json_agg(substring(pg_get_indexdef(indexrelid) from 'USING.*') order by indkey)
        from pg_index where indrelid = c.oid) as indexes,
       (select json_agg(format('%s %s %s', attname, format_type(atttypid, atttypmod), attnotnull) order by attnum)
        from pg_attribute where attrelid = c.oid and attnum > 0) as columns
     from pg_class c where relname = any($1) order by relname`,
    [names],
  );
  return rows;
}

async function asRole<Row extends object>(role: string, sql: string, customerId = ''): Promise<Row[]> {
  const { admin } = app;
  await admin.query('begin');
  try {
    await admin.query(`select set_config('role', $1, true), set_config('app.customer_id', $2, true)`, [
      role,
      customerId,
    ]);
    return (await admin.query<Row>(sql)).rows;
  } finally {
    await admin.query('rollback');
  }
}

/** PostgreSQL's error for a statement. */
async function refusalOf(role: string, sql: string, customerId = '1'): Promise<string> {
  return asRole(role, sql, customerId).then(
    () => 'not refused',
    (error: unknown) => `${(error as DatabaseError).code} ${(error as DatabaseError).message}`,
  );
}

describe('the partitions', () => {
  it('are the time before 2025, the months from then to two months ahead, in UTC, and a default one', () => {
    const months = monthsUntil(now, 2);
    const bound = (instant: Date) => `'${instant.toISOString().slice(0, 10)} 00:00:00+00'`;
    expect(migrated).toEqual([
      ...months.map((month) => ({
        name: partitionOf(month),
        bound: `FOR VALUES FROM (${bound(month)}) TO (${bound(new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1)))})`,
      })),
      { name: 'reading_before_2025_01', bound: `FOR VALUES FROM (MINVALUE) TO (${bound(months[0]!)})` },
      { name: 'reading_default', bound: 'DEFAULT' },
    ]);
  });

  it('are recreated identically when missing', async () => {
    const missing = ['reading_2025_03', 'reading_2025_07', newest, 'reading_before_2025_01'];
    const before = await structuresOf(missing);
    await dropPartition(app, ...missing);
    expect(await partitionNames(app)).toHaveLength(migrated.length - 4);

    await app.admin.query(`set role gateway_worker; set timezone = 'America/New_York'`);
    const created = [await app.admin.query(ENSURE), await app.admin.query(ENSURE)].map(({ rows }) => rows as unknown[]);
    await app.admin.query('reset role');

    expect(created).toEqual([[{ created: 4 }], [{ created: 0 }]]);
    expect(await partitionsOf(app)).toEqual(migrated);
    expect(await structuresOf(missing)).toEqual(before);
    expect(before[0]).toMatchObject({
      relrowsecurity: true,
      relforcerowsecurity: true,
      relacl: null,
      indexes: { length: 4 },
    });
    expect(new Set(before.map((structure) => JSON.stringify(structure))).size).toBe(1);
  });

  it('are created once by several connections at the same time', async () => {
    await dropPartition(app, 'reading_2025_03', 'reading_2025_04', newest);
    const clients = Array.from({ length: 6 }, () => new Client({ connectionString: app.database.url }));
    await Promise.all(clients.map((client) => client.connect()));

    const responses = await Promise.all(clients.map((client) => client.query<{ created: number }>(ENSURE)));

    await Promise.all(clients.map((client) => client.end()));
    expect(responses.map(({ rows }) => rows[0]!.created).sort()).toEqual([0, 0, 0, 0, 0, 3]);
    expect(await partitionsOf(app)).toEqual(migrated);
  });

  it('are created by a gateway when it starts', async () => {
    await dropPartition(app, newest);
    const gateways = await Promise.all([app.startInstance(), app.startInstance()]);
    await eventually(async () => (await partitionNames(app)).includes(newest));
    expect(await partitionsOf(app)).toEqual(migrated);
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    expect(app.log.match(/"partitions":1,"msg":"reading partitions created"/g)).toHaveLength(1);
  });

  it('are created periodically by the background loop until it stops', async () => {
    const database = openDatabase(app);
    const logged: object[] = [];
    const log = { info: (fields: object) => logged.push(fields), warn: () => undefined, error: () => undefined };
    const worker = new ReadingPartitions(database, log, { roundMs: 10, retryMs: 10 });
    worker.start();
    for (let round = 1; round <= 3; round += 1) {
      await dropPartition(app, newest);
      await eventually(() => logged.length === round);
      expect(await partitionsOf(app)).toEqual(migrated);
    }
    await worker.stop();
    await database.close();
    expect(logged).toEqual([{ partitions: 1 }, { partitions: 1 }, { partitions: 1 }]);
  });
});

describe('the roles of the gateway', () => {
  it.each(ROLES)('%s can neither create tables nor change table reading', async (role) => {
    const denied = [
      'create table mine (id bigint)',
      'create table public.mine (like reading)',
      "create table mine partition of reading for values from (minvalue) to ('1999-01-01')",
      'alter table reading disable row level security',
      'alter table reading detach partition reading_2025_01',
      'alter table reading_default no force row level security',
      'drop table reading_2025_01',
      'truncate reading',
      'update reading set manual = true',
      ...(role === 'gateway_worker' ? [] : ['delete from reading']),
    ];
    for (const sql of denied)
      expect(`${sql}: ${await refusalOf(role, sql)}`).toMatch(/: 42501 (permission denied|must be owner)/);
  });

  it.each(ROLES)('%s can access partitions only through table reading', async (role) => {
    for (const { name } of migrated) {
      for (const sql of [
        `select from ${name}`,
        `select id from ${name} where false`,
        `insert into ${name} select * from reading where false`,
        `update ${name} set manual = true`,
        `delete from ${name}`,
        `truncate ${name}`,
      ])
        expect(`${sql}: ${await refusalOf(role, sql)}`).toMatch(
          `${sql}: 42501 permission denied for table ${sql.startsWith('insert') && role === 'gateway_worker' ? 'reading' : name}`,
        );
    }
  });

  it('only the worker creates partitions, and it cannot read readings', async () => {
    const inner = [
      'lock_reading_partitions(null)',
      'add_reading_partition(null)',
      'promote_reading_default(null, null)',
    ];
    for (const role of ['gateway_customer', 'gateway_operator'])
      for (const call of ['ensure_reading_partitions()', 'maintain_reading_partitions()', ...inner])
        expect(await refusalOf(role, `select ${call}`)).toMatch(/^42501 permission denied for function \w+$/);
    expect(await refusalOf('gateway_customer', 'select drop_expired_reading_partitions()')).toMatch(/^42501/);
    for (const call of inner)
      expect(await refusalOf('gateway_worker', `select ${call}`)).toMatch(/^42501 permission denied for function \w+$/);
    for (const what of ['*', 'systolic', 'received_at'])
      expect(await refusalOf('gateway_worker', `select ${what} from reading`)).toBe(
        '42501 permission denied for table reading',
      );
  });
});

describe('row-level security', () => {
  interface Counted {
    place: string;
    customers: string[];
  }
  /** Customers of the readings that a role sees, by partition. */
  const seenBy = (role: string, customerId = '') =>
    asRole<Counted>(
      role,
      `select tableoid::regclass::text as place, array_agg(customer_id::text order by customer_id) as customers from reading group by 1 order by 1`,
      customerId,
    );
  const insert = (customerId: number, takenAt: string) =>
    `insert into reading (customer_id, id, taken_at, received_at, device_id, kind, weight, manual)
     values (${customerId}, new_reading_id('${takenAt}'), '${takenAt}', now(), ${customerId}, 4, 90, false)`;

  beforeAll(async () => {
    await app.admin.query(`insert into customer (name) values ('One'), ('Two');
      insert into item (name, reading_kinds) values ('Scale', '{WEIGHT}');
      insert into device (customer_id, item_id, current_status) values (1, 1, 'LOST'), (2, 1, 'LOST')`);
    for (const instant of instants())
      for (const customerId of [1, 2]) await app.admin.query(insert(customerId, instant));
  });

  /** One instant of each partition. */
  function instants(): string[] {
    const months = monthsUntil(now, 3);
    return ['2001-05-05T00:00:00Z', ...months.map((month) => month.toISOString())];
  }

  it('shows customers their own readings of each partition, operators all, and no customer nothing', async () => {
    const places = migrated.map(({ name }) => name).sort();
    const each = (...customers: string[]) => places.map((place) => ({ place, customers }));
    expect(await seenBy('gateway_customer', '1')).toEqual(each('1'));
    expect(await seenBy('gateway_customer', '2')).toEqual(each('2'));
    expect(await seenBy('gateway_operator')).toEqual(each('1', '2'));
    expect(await seenBy('gateway_customer')).toEqual([]);
    expect(await seenBy('gateway_customer', '0')).toEqual([]);
  });

  it('lets a customer store readings of its own in each partition, and none of another customer', async () => {
    for (const instant of instants()) {
      const later = new Date(Date.parse(instant) + 1000).toISOString();
      expect(await refusalOf('gateway_customer', insert(1, later), '1')).toBe('not refused');
      expect(await refusalOf('gateway_customer', insert(2, later), '1')).toBe(
        '42501 new row violates row-level security policy for table "reading"',
      );
    }
  });

  it.each([
    ['switched off', 'disable row level security', 'enable row level security'],
    ['not forced', 'no force row level security', 'force row level security'],
  ])('that is %s on a partition keeps the gateway from starting', async (_what, loosen, tighten) => {
    for (const table of ['reading_2025_01', newest, 'reading_default']) {
      await app.admin.query(`alter table ${table} ${loosen}`);
      await expect(app.startInstance()).rejects.toThrow(
        `Refusing to start: the role for customer statements has access to tables without forced row-level security: ${table}.`,
      );
      await app.admin.query(`alter table ${table} ${tighten}`);
    }
    await (await app.startInstance()).stop();
  });
});
