import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { DataSource, type QueryRunner } from 'typeorm';
import { ContiguousReadingPartitions1795653120000 } from '../migrations/1795653120000-contiguous-reading-partitions';
import { loadMigrations } from '../src/platform/db/migrate';
import { recordReadings } from './ingest/contestants';
import { IngestDevices } from './ingest/devices';
import { CUSTOMER_ID } from './ingest/reading';
import { onTestBed } from './test-bed';

/**
 * What recorders and readers wait for while partitions change: `npm run bench:partitions -- [--rows 1000000]`.
 *
 * The default partition has that many readings from before 2025, as before the migration. A gateway records and lists readings all the
 * time: alone, while the former function creates a month, during the migration, while the new function creates a month, and while
 * a long transaction keeps it from that.
 */
const { values: options } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, seconds: { type: 'string', default: '10' } },
});
const ROWS = Number(options.rows);
const ALONE_MS = Number(options.seconds) * 1_000;
const RECORDERS = 4;
const BATCH = 10;
const PORTION = 1_000_000;
/** How long a transaction holds the lock in the last phase. */
const LONG_MS = 5_000;
const LOCK_NOT_AVAILABLE = '55P03';

const MIGRATION = ContiguousReadingPartitions1795653120000.name;
const CREATE_MONTH = 'select * from maintain_reading_partitions()';

/** Times of calls in milliseconds. */
class Load {
  readonly recorder: number[] = [];
  readonly reader: number[] = [];
  private isOver = false;
  private readonly done: Promise<unknown>;

  constructor(record: () => Promise<unknown>, read: () => Promise<unknown>) {
    const loop = async (times: number[], work: () => Promise<unknown>): Promise<void> => {
      while (!this.isOver) times.push(await timed(work));
    };
    this.done = Promise.all([
      ...Array.from({ length: RECORDERS }, () => loop(this.recorder, record)),
      loop(this.reader, read),
    ]);
  }

  async end(): Promise<void> {
    this.isOver = true;
    await this.done;
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const longest = (times: readonly number[]) => times.reduce((most, time) => Math.max(most, time), 0);

void onTestBed(
  async ({ databaseUrl, start }) => {
    const admin = new Client({ connectionString: databaseUrl });
    await admin.connect();
    const source = new DataSource({ type: 'postgres', url: databaseUrl, installExtensions: false });
    await source.initialize();
    try {
      const devices = await IngestDevices.create(admin);
      await fill(admin);
      // The gateway must not migrate when it starts.
      await admin.query('insert into migration (timestamp, name) values ($1, $2)', [MIGRATION.slice(-13), MIGRATION]);
      const { url } = await start('gateway-server.js', { env: { LOG_LEVEL: 'silent' } });
      const recorder = recordReadings('recorder', url);
      const begin = () =>
        new Load(
          () => recorder.send(devices.readings(BATCH)),
          () => listReadings(url, devices.readings(1)[0]!.deviceId),
        );
      const phase = async (what: string, work: () => Promise<unknown>): Promise<void> => {
        const load = begin();
        await work();
        await load.end();
        report(what, load);
      };

      const warmUp = begin();
      await pause(3_000);
      await warmUp.end();
      await phase('alone', () => pause(ALONE_MS));
      await phase('month, before the migration', async () => {
        await dropNewest(admin);
        await step('the former function', () => admin.query('select ensure_reading_partitions()'));
      });
      await phase('migration', () => migrate(source.createQueryRunner()));
      await phase('month', async () => {
        await dropNewest(admin);
        await step('the new function', () => admin.query(CREATE_MONTH));
      });
      await phase('month, beside a long transaction', async () => {
        await dropNewest(admin);
        const other = new Client({ connectionString: databaseUrl });
        await other.connect();
        await other.query('begin; lock table reading_default in access share mode');
        const began = performance.now();
        while (performance.now() - began < LONG_MS) {
          await step('the new function, which gives up', () => admin.query(CREATE_MONTH).catch(unlessLocked));
          await pause(1_000);
        }
        await other.query('commit');
        await other.end();
        await step('the new function, afterward', () => admin.query(CREATE_MONTH));
      });
      recorder.rest?.();
    } finally {
      await source.destroy();
      await admin.end();
    }
  },
  { migrations: loadMigrations().filter(({ name }) => name !== MIGRATION) },
);

function unlessLocked(error: unknown): void {
  if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
}

let alone: Load | undefined;

function report(what: string, load: Load): void {
  alone ??= load;
  const { recorder, reader } = alone;
  const line = (who: string, times: number[], timesAlone: number[]) => {
    const ratio = (longest(times) / longest(timesAlone)).toFixed(1);
    console.log(
      `  ${who}: ${times.length} calls, longest ${longest(times).toFixed(0)} ms, ${ratio} times that of alone`,
    );
  };
  console.log(`${what}:`);
  line('recorders', load.recorder, recorder);
  line('reader', load.reader, reader);
}

async function step(what: string, work: () => Promise<unknown>): Promise<void> {
  console.log(`    ${(await timed(work)).toFixed(0).padStart(6)} ms  ${what}`);
}

/** As the migration of a starting instance: each statement waits a second for a lock, then it starts again. */
async function migrate(runner: QueryRunner): Promise<void> {
  await runner.query(`set lock_timeout = '1s'`);
  const timedRunner = new Proxy(runner, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (name !== 'query') return member.bind(target) as unknown;
      return async (text: string, values?: unknown[]) => {
        let result: unknown;
        const ms = await timed(async () => {
          result = await target.query(text, values);
        });
        if (text.includes('from maintain_reading_partitions'))
          console.log(`    ${ms.toFixed(0).padStart(6)} ms  step: ${JSON.stringify(result)}`);
        return result;
      };
    },
  });
  const began = performance.now();
  for (let attempts = 1; ; attempts += 1) {
    try {
      await new ContiguousReadingPartitions1795653120000().up(timedRunner);
      console.log(`    ${(performance.now() - began).toFixed(0).padStart(6)} ms  migration, ${attempts} attempts`);
      return;
    } catch (error) {
      unlessLocked((error as { driverError?: unknown }).driverError ?? error);
      await pause(500);
    }
  }
}

async function dropNewest(admin: Client): Promise<void> {
  const { rows } = await admin.query<{ name: string }>(
    `select max(relname) as name from pg_class where relname ~ '^reading_\\d{4}_\\d\\d$'`,
  );
  await admin.query(`drop table ${rows[0]!.name}`);
}

async function listReadings(url: string, id: string): Promise<void> {
  const query = `query ($id: ID!) { device(id: $id) { readings(first: 20) { nodes { databaseId } } } }`;
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer demo-northside' },
    body: JSON.stringify({ query, variables: { id } }),
  });
  const body = await response.text();
  if (!response.ok || body.includes('"errors"')) throw new Error(body);
}

/** Readings of devices that only have old ones, evenly over the years before 2025. */
async function fill(admin: Client): Promise<void> {
  const began = performance.now();
  await admin.query(`set synchronous_commit = off; set session_replication_role = replica`);
  const { rows } = await admin.query<{ first: string }>(
    `with made as (
       insert into device (customer_id, item_id, current_status)
       select $1, (select min(id) from item), 'LOST' from generate_series(1, 2000) returning id)
     select min(id) as first from made`,
    [CUSTOMER_ID],
  );
  for (let from = 0; from < ROWS; from += PORTION) {
    await admin.query(
      `insert into reading (customer_id, id, taken_at, received_at, device_id, kind, weight, manual)
       select $1, new_reading_id(t), t, t, $2::bigint + n % 2000, 4, 90, false
       from generate_series($3::bigint, $4::bigint - 1) n,
         lateral (select timestamptz '2018-01-01' + n * (interval '2500 days' / $5::bigint) as t) times`,
      [CUSTOMER_ID, rows[0]!.first, from, Math.min(ROWS, from + PORTION), ROWS],
    );
  }
  await admin.query(`reset session_replication_role; reset synchronous_commit`);
  await admin.query('vacuum analyze reading_default');
  const { rows: sizes } = await admin.query<{ size: string }>(
    `select pg_size_pretty(pg_total_relation_size('reading_default')) as size`,
  );
  const seconds = ((performance.now() - began) / 1_000).toFixed(0);
  console.log(`${ROWS} readings from before 2025, ${sizes[0]!.size}, filled in ${seconds} s`);
}
