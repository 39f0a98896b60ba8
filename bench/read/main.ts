import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { Client } from 'pg';
import { DATABASE_ROLES } from '../../src/platform/db/scope';
import { onTestBed, type BenchServer, type TestBed } from '../test-bed';
import { summarize, writeReport, type Measured } from '../report';
import { CONTENDERS, LIMIT, type Contender } from './contenders';
import { makeData, type Facts } from './data';
import { ask, load, type Target } from './load';
import { QUERIES, type Query } from './queries';

/**
 * Requests per second of reads, and of two changes: `npm run bench -- [--queries dashboard,device] [--contenders limit,ours]
 * [--connections 1,10,100] [--rounds 5] [--seconds 1] [--scale 1] [--data FOLDER] [--write-docs]`.
 *
 * With `--data`, the database stays in the folder and is used again. `--rounds 0` only makes it.
 *
 * All contenders use the same PostgreSQL and must return the same JSON. They take turns within a round, so that slow moments of the
 * machine affect all of them; ratios to the limit are per round.
 */
const { values: options } = parseArgs({
  options: {
    queries: { type: 'string', default: QUERIES.map(({ name }) => name).join() },
    contenders: { type: 'string', default: CONTENDERS.map(({ name }) => name).join() },
    connections: { type: 'string', default: '1,10,100' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    scale: { type: 'string', default: '1' },
    data: { type: 'string' },
    'write-docs': { type: 'boolean', default: false },
  },
});
const [ROUNDS, SECONDS] = [Number(options.rounds), Number(options.seconds)];
const CONNECTIONS = options.connections.split(',').map(Number);
const WARM_UP_SECONDS = Math.min(SECONDS, 1);
/** Requests whose statements are counted. */
const COUNTED = 20;

/** A started contender. */
interface Running extends Contender {
  server: BenchServer;
  targetOf: (query: Query) => Target;
}

let facts!: Facts;

void onTestBed(ROUNDS === 0 ? async () => {} : measure, {
  settings: { shared_preload_libraries: 'pg_stat_statements', max_wal_size: '2GB' },
  fill: findOrMakeData,
  ...(options.data === undefined ? {} : { keepIn: resolve(options.data) }),
});

/** The data are complete when their facts are written. */
async function findOrMakeData(databaseUrl: string): Promise<void> {
  const file = options.data === undefined ? undefined : join(options.data, 'facts.json');
  if (file !== undefined && existsSync(file)) {
    const kept = JSON.parse(await readFile(file, 'utf8')) as { scale: string; facts: Facts };
    if (kept.scale !== options.scale) throw new Error(`${options.data} has data at scale ${kept.scale}.`);
    facts = kept.facts;
    return;
  }
  const began = performance.now();
  facts = await makeData(databaseUrl, Number(options.scale));
  console.log(`data at scale ${options.scale} in ${((performance.now() - began) / 1_000).toFixed(0)} s`);
  if (file !== undefined) await writeFile(file, JSON.stringify({ scale: options.scale, facts }));
}

async function measure(bed: TestBed): Promise<void> {
  const chosen = <T extends { name: string }>(all: readonly T[], names: string) =>
    names.split(',').map((name) => {
      const found = all.find((one) => one.name === name);
      if (!found) throw new Error(`There is no "${name}". Choose from ${all.map((one) => one.name).join(', ')}.`);
      return found;
    });
  const contenders: Running[] = [];
  const notes: string[] = [];
  for (const contender of chosen(CONTENDERS, options.contenders)) {
    const missing = contender.node === undefined ? undefined : reasonNotToRun(contender.node);
    if (missing === undefined) contenders.push(await start(bed, contender));
    else notes.push(`Without ${contender.name}: ${missing}.`);
  }
  for (const note of notes) console.log(note);

  const admin = new Client({ connectionString: bed.databaseUrl });
  await admin.connect();
  const results: Measured[] = [];
  try {
    await admin.query('create extension if not exists pg_stat_statements');
    await track(admin, 'none');
    for (const query of chosen(QUERIES, options.queries)) {
      const taking = contenders.filter(({ dialect }) => dialect === undefined || query[dialect] !== undefined);
      await assertSame(query, taking, admin);
      const statements = new Map<string, number>();
      for (const one of taking) statements.set(one.name, await countStatements(admin, one.targetOf(query)));
      for (const connections of CONNECTIONS) {
        const rates = await takeTurns(query, taking, connections, admin);
        for (const { name } of taking)
          results.push({
            what: query.name,
            title: query.title,
            contender: name,
            connections,
            statements: statements.get(name)!,
            rates: rates.get(name)!,
          });
        console.log(summarize(results.slice(-taking.length), LIMIT));
      }
    }
  } finally {
    await admin.end();
  }
  const memory: Record<string, number> = {};
  for (const { name, server } of contenders) memory[name] = await memoryOf(server);
  // The folder is of this machine.
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ').replace(/ --data \S+/, '');
  await writeReport({ name: 'read', command, results, memory, baseline: LIMIT, notes }, options['write-docs']);
}

/** Of the program below bench/node_modules. The benchmark runs in dist/, where that folder is linked. */
const nodeOf = (program: string) => join(__dirname, 'node_modules', program);

function reasonNotToRun(program: string): string | undefined {
  const { error, status } = spawnSync(nodeOf(program), ['--version']);
  return error || status !== 0 ? `${program} does not run on this machine` : undefined;
}

async function start(bed: TestBed, contender: Contender): Promise<Running> {
  const server = await bed.start(contender.script, {
    env: { BENCH_FACTS: JSON.stringify(facts) },
    ...(contender.node === undefined ? {} : { execPath: nodeOf(contender.node) }),
  });
  const url = server.url + contender.path;
  const headers = { 'content-type': 'application/json', ...contender.headers };
  const after = contender.cursors === 'ids' ? facts.deepDeviceId : await cursorOf(facts.deepPosition, { url, headers });
  return {
    ...contender,
    server,
    targetOf: ({ documents, requests, ...query }) => ({
      url,
      headers,
      bodies: (connection) =>
        requests(facts, after, connection).map((request) => {
          const own = contender.dialect && query[contender.dialect]!(request.variables, facts);
          return JSON.stringify({ query: documents[request.operationName], ...request, ...own });
        }),
    }),
  };
}

/** Cursor of the device with this number in the list, as a caller gets it: page by page. */
async function cursorOf(position: number, target: Omit<Target, 'bodies'>): Promise<string> {
  let after: string | undefined;
  for (let left = position; left > 0; left -= 100) {
    const query = `query ($first: Int, $after: String) { devices(first: $first, after: $after) { pageInfo { endCursor } } }`;
    const text = await ask(target, JSON.stringify({ query, variables: { first: Math.min(left, 100), after } }));
    after = (JSON.parse(text) as { data: { devices: { pageInfo: { endCursor: string } } } }).data.devices.pageInfo
      .endCursor;
  }
  return after!;
}

/** @throws Error when a contender returns another JSON than the first one, or writes other rows */
async function assertSame(query: Query, contenders: readonly Running[], admin: Client): Promise<void> {
  const [first, ...others] = contenders;
  const responses = async ({ targetOf }: Running) => {
    const target = targetOf(query);
    const texts: string[] = [];
    for (const body of target.bodies(0)) texts.push(await ask(target, body));
    if (query.changes) texts.push(JSON.stringify((await admin.query(query.changes.rows(facts))).rows));
    return texts;
  };
  const expected = await responses(first!);
  for (const other of others) {
    const actual = await responses(other);
    expected.forEach((text, index) => {
      const [one, two] = [text, actual[index]!];
      // Another schema has other names and formats, but the same rows in the same order.
      const isSame = other.dialect
        ? isDeepStrictEqual(idsIn(one), idsIn(two))
        : one === two || isDeepStrictEqual(JSON.parse(one), JSON.parse(two));
      if (!isSame)
        throw new Error(
          `${query.name}: ${first!.name} returns ${one.slice(0, 900)}\n${other.name} returns ${two.slice(0, 900)}`,
        );
    });
  }
}

const idsIn = (text: string) => Array.from(text.matchAll(/"databaseId":"(\d+)"/g), ([, id]) => id);

/** Statements of one request, without those of the gateway's workers. */
async function countStatements(admin: Client, { bodies, ...target }: Target): Promise<number> {
  const repeated = Array.from({ length: COUNTED }, (_, connection) => bodies(connection))
    .flat()
    .slice(0, COUNTED);
  await track(admin, 'top');
  for (const body of repeated) await ask(target, body);
  await admin.query('select pg_stat_statements_reset()');
  for (const body of repeated) await ask(target, body);
  const { rows } = await admin.query<{ calls: number }>(
    `select coalesce(sum(calls), 0)::int as calls from pg_stat_statements
     where query not like '%pg_stat_statements%' and userid::regrole::text <> '${DATABASE_ROLES.system}'`,
  );
  await track(admin, 'none');
  return rows[0]!.calls / repeated.length;
}

/** Which statements PostgreSQL counts. Servers take it from their next statement on. */
async function track(admin: Client, which: 'none' | 'top'): Promise<void> {
  await admin.query(`alter system set pg_stat_statements.track = '${which}'`);
  await admin.query('select pg_reload_conf()');
  await sleep(100);
}

async function takeTurns(
  query: Query,
  contenders: readonly Running[],
  connections: number,
  admin: Client,
): Promise<Map<string, number[]>> {
  const rates = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  const turn = async ({ targetOf }: Running, seconds: number) => {
    const rate = await load(targetOf(query), connections, seconds, query.changes?.marker);
    await drain(admin);
    if (query.changes) await admin.query(query.changes.reset(facts));
    return rate;
  };
  for (const contender of contenders) await turn(contender, WARM_UP_SECONDS);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const contender of contenders) rates.get(contender.name)!.push(await turn(contender, SECONDS));
  return rates;
}

/** Waits for the requests that still ran at the end of a turn, so that they do not slow down the next one. */
async function drain(admin: Client): Promise<void> {
  for (let idle = 0; idle < 3;) {
    await sleep(20);
    const { rows } = await admin.query<{ busy: boolean }>(
      `select exists (select from pg_stat_activity where state <> 'idle' and backend_type = 'client backend'
         and datname = current_database() and pid <> pg_backend_pid()) as busy`,
    );
    idle = rows[0]!.busy ? 0 : idle + 1;
  }
}

/** In MB. */
async function memoryOf({ process }: BenchServer): Promise<number> {
  const reply = once(process, 'message') as Promise<[number]>;
  process.send('memory');
  return Math.round((await reply)[0] / 1_024);
}
