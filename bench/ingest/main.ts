import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { handWritten, handWrittenOverHttp, load, recordReadings, stockMutation, type Contestant } from './contestants';
import { IngestDevices } from './devices';
import { CUSTOMER_ID } from './reading';
import { summarize, writeReport, type Measured } from '../report';
import { onTestBed } from '../test-bed';

/**
 * Readings stored per second: `npm run bench:ingest -- [--rounds 5] [--seconds 1] [--batch 1000]
 * [--connections 8] [--write-docs]`.
 *
 * Compares `recordReadings` with a handwritten INSERT (bare-server.ts lists what it omits) and with a simple mutation, on the
 * same tables of one PostgreSQL with durable settings. The contestants take turns, so that slow moments of the machine and the
 * growth of the tables affect all of them. After each turn, the table must have grown by the number of readings in the responses.
 */
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    batch: { type: 'string', multiple: true, default: ['1', '1000'] },
    connections: { type: 'string', multiple: true, default: ['1', '8', '64'] },
    'write-docs': { type: 'boolean', default: false },
  },
});
const ROUNDS = Number(options.rounds);
const SECONDS = Number(options.seconds);
const BATCHES = options.batch.map(Number);
const CONNECTIONS = options.connections.map(Number);
/** About a dozen batches of 1,000 on a slow machine, enough for the JIT to compile hot code. */
const WARM_UP_SECONDS = 1;

void onTestBed(async ({ databaseUrl, start }) => {
  const admin = new Client({ connectionString: databaseUrl });
  const direct = handWritten('handwritten INSERT, no HTTP', databaseUrl, Math.max(...CONNECTIONS));
  try {
    await admin.connect();
    const devices = await IngestDevices.create(admin);
    await printSettings(admin);
    const { url: gatewayUrl } = await start('gateway-server.js');
    const baseline = handWrittenOverHttp('handwritten INSERT', (await start('ingest/bare-server.js')).url);
    const stock = stockMutation('simple mutation', (await start('ingest/stock-server.js')).url);
    const contestants = [
      baseline,
      recordReadings('recordReadings, counts', gatewayUrl),
      recordReadings('recordReadings, each outcome', gatewayUrl, 'results { outcome }'),
      direct,
    ];
    const results: Measured[] = [];
    for (const batch of BATCHES) {
      for (const connections of CONNECTIONS) {
        const all = batch === 1 ? [...contestants, stock] : contestants;
        const measured = await compare(all, { admin, devices, batch, connections });
        console.log(summarize(measured, baseline.name));
        results.push(...measured);
      }
    }
    const command = ['npm run bench:ingest --', ...process.argv.slice(2)].join(' ');
    await writeReport({ name: 'ingest', command, results, baseline: baseline.name }, options['write-docs']);
  } finally {
    await direct.close();
    await admin.end();
  }
});

async function printSettings(admin: Client): Promise<void> {
  const { rows } = await admin.query<{ setting: string }>(
    `select name || ' ' || current_setting(name) as setting
     from unnest(array['server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_wal_size']) name`,
  );
  console.log(`PostgreSQL: ${rows.map(({ setting }) => setting).join(', ')}`);
}

interface Case {
  admin: Client;
  devices: IngestDevices;
  /** Readings per call. */
  batch: number;
  /** Concurrent calls. */
  connections: number;
}

/** Runs all contestants in turns, for several rounds. */
async function compare(contestants: readonly Contestant[], one: Case): Promise<Measured[]> {
  for (const contestant of contestants) await takeTurn(contestant, one, WARM_UP_SECONDS);
  const { batch, connections } = one;
  const title = batch === 1 ? 'one reading a call' : `${batch.toLocaleString('en-US')} readings a call`;
  const measured = contestants.map(({ name }): Measured => ({
    what: title,
    title,
    contender: name,
    connections,
    rates: [],
  }));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, contestant] of contestants.entries())
      measured[index]!.rates.push(await takeTurn(contestant, one, SECONDS));
  }
  return measured;
}

async function takeTurn(contestant: Contestant, { admin, devices, ...sizes }: Case, seconds: number): Promise<number> {
  const before = await countReadings(admin);
  const { stored, perSecond } = await load(contestant, devices, { ...sizes, seconds });
  const after = await countReadings(admin);
  if (after - before !== stored)
    throw new Error(`${contestant.name}: the responses report ${stored} readings, ${after - before} are stored.`);
  return perSecond;
}

/** Also waits until all events are sequenced, so that this work does not count for the next turn. */
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
