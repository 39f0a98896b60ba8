import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import {
  handWritten,
  handWrittenOverHttp,
  load,
  recordReadings,
  stockMutation,
  type Contestant,
} from './ingest-contestants';
import { IngestDevices } from './ingest-devices';
import { CUSTOMER_ID } from './ingest-reading';
import { median, onTestBed } from './test-bed';

/**
 * Readings stored per second: `npm run bench:ingest -- [--rounds 3] [--seconds 1] [--batch 1000] [--connections 8]`.
 *
 * `recordReadings` beside an INSERT written by hand, see ingest-bare-server.ts for what that leaves out, and a stock mutation, all
 * on the same tables of one PostgreSQL with its durable settings. They take turns, so that a slow moment of the machine and the
 * growth of the tables meet all; after each turn the table must have grown by exactly what was answered.
 */
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '1' },
    batch: { type: 'string', multiple: true, default: ['1', '100', '1000'] },
    connections: { type: 'string', multiple: true, default: ['1', '8'] },
  },
});
const ROUNDS = Number(options.rounds);
const SECONDS = Number(options.seconds);
const BATCHES = options.batch.map(Number);
const CONNECTIONS = options.connections.map(Number);
/** A dozen batches of 1,000 on a slow machine: what runs often is compiled by then. */
const WARM_UP_SECONDS = 1;

void onTestBed(async ({ databaseUrl, start }) => {
  const admin = new Client({ connectionString: databaseUrl });
  const direct = handWritten('INSERT by hand, no HTTP', databaseUrl, Math.max(...CONNECTIONS));
  try {
    await admin.connect();
    const devices = await IngestDevices.create(admin);
    await tellSettings(admin);
    const gatewayUrl = await start('gateway-server.js');
    const baseline = handWrittenOverHttp('INSERT by hand', await start('ingest-bare-server.js'));
    const stock = stockMutation('stock mutation', await start('ingest-stock-server.js'));
    const contestants = [
      baseline,
      recordReadings('recordReadings, counts', gatewayUrl),
      recordReadings('recordReadings, each outcome', gatewayUrl, 'results { outcome }'),
      direct,
    ];
    for (const batch of BATCHES) {
      for (const connections of CONNECTIONS) {
        const all = batch === 1 ? [...contestants, stock] : contestants;
        await compare(all, baseline, { admin, devices, batch, connections });
      }
    }
  } finally {
    await direct.close();
    await admin.end();
  }
});

async function tellSettings(admin: Client): Promise<void> {
  const { rows } = await admin.query<{ setting: string }>(
    `select name || ' ' || current_setting(name) as setting
     from unnest(array['server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_wal_size']) name`,
  );
  console.log(`PostgreSQL: ${rows.map(({ setting }) => setting).join(', ')}`);
}

interface Case {
  admin: Client;
  devices: IngestDevices;
  /** Readings of one call. */
  batch: number;
  /** Calls at a time. */
  connections: number;
}

/** All contestants in turns, several rounds. A round has a ratio of its own, as what disturbs it disturbs neighbours alike. */
async function compare(contestants: readonly Contestant[], baseline: Contestant, one: Case): Promise<void> {
  for (const contestant of contestants) await takeTurn(contestant, one, WARM_UP_SECONDS);
  const rates = new Map(contestants.map((contestant) => [contestant, [] as number[]]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const contestant of contestants) rates.get(contestant)!.push(await takeTurn(contestant, one, SECONDS));
  }
  console.log(`\nbatches of ${one.batch}, ${one.connections} at a time: readings per second, ratio (its spread)`);
  for (const [{ name }, ofRounds] of rates) {
    const ratios = ofRounds.map((rate, round) => rate / rates.get(baseline)![round]!).sort((a, b) => a - b);
    const [least, most] = [ratios[0]!, ratios.at(-1)!].map((ratio) => ratio.toFixed(2));
    console.log(
      `  ${name.padEnd(30)}${median(ofRounds).toFixed(0).padStart(8)}  ${median(ratios).toFixed(2)} (${least} to ${most})`,
    );
  }
}

async function takeTurn(contestant: Contestant, { admin, devices, ...sizes }: Case, seconds: number): Promise<number> {
  const before = await countReadings(admin);
  const { stored, perSecond } = await load(contestant, devices, { ...sizes, seconds });
  const after = await countReadings(admin);
  if (after - before !== stored)
    throw new Error(`${contestant.name}: ${stored} readings were answered, ${after - before} are stored.`);
  return perSecond;
}

/** Waits for the events too: the next turn is not to pay for the last one's. */
async function countReadings(admin: Client): Promise<number> {
  for (;;) {
    const { rows } = await admin.query('select from event where position is null limit 1');
    if (rows.length === 0) break;
  }
  const { rows } = await admin.query<{ count: number }>(
    `select count(*)::int as count from reading where customer_id = ${CUSTOMER_ID}`,
  );
  return rows[0]!.count;
}
