import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { pause } from '../src/platform/base/loop';
import { recordReadings, type Contestant } from './ingest-contestants';
import { IngestDevices } from './ingest-devices';
import { CUSTOMER_ID } from './ingest-reading';
import { onTestBed } from './test-bed';

/**
 * Moving old readings out of the default partition: `npm run bench:partitions -- [--readings 1000000] [--connections 2] [--batch 10]`.
 *
 * Fills the default partition with readings of ten years, as a release before left them, and starts the gateway. Reports the latency
 * of recording during the move and after it, the longest wait for a lock, and the time. Counts all readings before and after.
 */
const { values: options } = parseArgs({
  options: {
    readings: { type: 'string', default: '1000000' },
    connections: { type: 'string', default: '2' },
    batch: { type: 'string', default: '10' },
  },
});
const READINGS = Number(options.readings);
const CONNECTIONS = Number(options.connections);
const BATCH = Number(options.batch);
/** Rows of one INSERT of the filling. */
const CHUNK = 200_000;
const AFTER_MS = 20_000;

void onTestBed(async ({ databaseUrl, start }) => {
  const admin = new Client({ connectionString: databaseUrl });
  await admin.connect();
  try {
    const devices = await IngestDevices.create(admin);
    const { ms: fillMs } = await timed(() => fill(admin));
    console.log(`${READINGS} readings in the default partition, filled in ${seconds(fillMs)}`);
    const before = await count(admin);
    const gateway = recordReadings('recordReadings', (await start('gateway-server.js')).url);
    const locks = watchLocks(databaseUrl);
    const move = await load(gateway, devices, () => isMoved(admin));
    console.log(`moved in ${seconds(move.ms)}; longest wait for a lock ${(await locks.stop()).toFixed(0)} ms`);
    report('recording during the move', move.latencies);
    const until = performance.now() + AFTER_MS;
    const after = await load(gateway, devices, () => Promise.resolve(performance.now() > until));
    report('recording after the move', after.latencies);
    const recorded = (move.latencies.length + after.latencies.length) * BATCH;
    const lost = before + recorded - (await count(admin));
    if (lost !== 0) throw new Error(`${lost} readings are missing.`);
    const { rows } = await admin.query<{ left: string; partitions: string }>(
      `select (select count(*) from only reading_default) as left,
         (select count(distinct tableoid) from reading where taken_at < '2025-01-01') as partitions`,
    );
    console.log(`none lost; ${rows[0]!.left} left in the default partition, old ones in ${rows[0]!.partitions} partitions`);
  } finally {
    await admin.end();
  }
});

/** One reading of each device every few minutes, from 2015 to 2024. The trigger that lists new readings is off, as it was then. */
async function fill(admin: Client): Promise<void> {
  await admin.query(`set session_replication_role = replica`);
  for (let from = 0; from < READINGS; from += CHUNK)
    await admin.query(
      `insert into reading (customer_id, id, taken_at, received_at, device_id, kind, weight, manual)
       select $1, new_reading_id(at), at, at, d.ids[1 + n % cardinality(d.ids)], 4, 180, false
       from (select array_agg(id) as ids from device where customer_id = $1) d, generate_series($2::bigint, $3::bigint) n
         cross join lateral (select timestamptz '2015-01-01' + n * interval '1 second' * ($4::float8 / $5) as at) t`,
      [CUSTOMER_ID, from, Math.min(READINGS, from + CHUNK) - 1, 3_650 * 86_400, READINGS],
    );
  await admin.query(`set session_replication_role = origin; update reading_move set next_block = 0; analyze reading_default`);
  await admin.query('checkpoint');
}

async function count(admin: Client): Promise<number> {
  const { rows } = await admin.query<{ count: string }>('select count(*) from reading');
  return Number(rows[0]!.count);
}

async function isMoved(admin: Client): Promise<boolean> {
  const { rows } = await admin.query<{ done: boolean }>('select next_block is null as done from reading_move');
  return rows[0]!.done;
}

/** Records batches over several connections until `isOver`. */
async function load(
  gateway: Contestant,
  devices: IngestDevices,
  isOver: () => Promise<boolean>,
): Promise<{ latencies: number[]; ms: number }> {
  const latencies: number[] = [];
  let over = false;
  const send = async () => {
    while (!over) {
      const { ms } = await timed(() => gateway.send(devices.readings(BATCH)));
      latencies.push(ms);
    }
  };
  const { ms } = await timed(async () => {
    const senders = Array.from({ length: CONNECTIONS }, send);
    while (!(await isOver())) await pause(200);
    over = true;
    await Promise.all(senders);
  });
  return { latencies, ms };
}

/** Looks every 20 ms how long statements of the gateway have waited for a lock. `stop` returns the longest in milliseconds. */
function watchLocks(url: string): { stop: () => Promise<number> } {
  const client = new Client({ connectionString: url });
  let [longestMs, stopped] = [0, false];
  const watching = (async () => {
    await client.connect();
    while (!stopped) {
      const { rows } = await client.query<{ ms: number | null }>(
        `select max(extract(epoch from clock_timestamp() - waitstart) * 1000)::float8 as ms from pg_locks where not granted`,
      );
      longestMs = Math.max(longestMs, rows[0]!.ms ?? 0);
      await pause(20);
    }
    await client.end();
  })();
  return {
    async stop() {
      stopped = true;
      await watching;
      return longestMs;
    },
  };
}

async function timed(work: () => Promise<unknown>): Promise<{ ms: number }> {
  const startedAt = performance.now();
  await work();
  return { ms: performance.now() - startedAt };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function report(what: string, latencies: readonly number[]): void {
  const sorted = [...latencies].sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(1);
  console.log(`${what}: ${sorted.length} calls of ${BATCH}, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`);
}
