import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Client } from 'pg';
import { client, load, recordReadings, type Contestant } from './ingest/contestants';
import { IngestDevices } from './ingest/devices';
import { makeData, type Facts } from './read/data';
import { QUERIES } from './read/queries';
import { onTestBed } from './test-bed';

/**
 * Whether a commit is slower than an older one: `npm run bench:guard -- [OLD [NEW]]`.
 *
 * By default, compares the working tree with the commit where it left the main branch, or with the commit before. Both gateways are
 * loaded in turns, each on its copy of the same data. Fails when the newer one is slower by more than the tolerance in every round.
 */
const ROUNDS = 3;
const SECONDS = 0.8;
const CONNECTIONS = 8;
const TOLERANCE = 0.15;
const SCALE = 0.1;
const QUERIES_COMPARED = ['dashboard', 'association', 'device'];

const ROOT = process.cwd();
const git = (...args: string[]) =>
  execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

/** Undefined when the repository does not have the commit. */
function commitOf(name: string): string | undefined {
  try {
    return git('rev-parse', '--verify', '--quiet', `${name}^{commit}`);
  } catch {
    return undefined;
  }
}

function olderCommit(): string | undefined {
  const head = commitOf('HEAD');
  try {
    const base = git('merge-base', 'HEAD', 'origin/HEAD');
    if (base !== head) return base;
  } catch {
    // A shallow clone, or one without a remote.
  }
  return commitOf('HEAD~1');
}

/** Compiles a commit in a folder of its own, with the packages of this one. Returns the script of its gateway. */
function build(commit: string, folder: string): string {
  git('worktree', 'add', '--detach', '--force', folder, commit);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const options = ['--out-dir', 'dist', '--copy-files', '--quiet', '--config-file', '.config/swcrc.json'];
  const swc = join(ROOT, 'node_modules/@swc/cli/bin/swc.js');
  execFileSync(process.execPath, [swc, 'src', 'migrations', 'bench/gateway-server.ts', ...options], {
    cwd: folder,
    stdio: 'inherit',
  });
  return join(folder, 'dist/bench/gateway-server.js');
}

function contestantsOf(url: string, facts: Facts): Contestant[] {
  const reads = QUERIES.filter(({ name }) => QUERIES_COMPARED.includes(name)).map(
    ({ name, documents, requests }): Contestant => {
      const { post, rest } = client(`${url}/graphql`, { authorization: 'Bearer demo-northside' });
      const bodies = requests(facts, '', 0).map((one) => ({ query: documents[one.operationName], ...one }));
      let sent = 0;
      return { name, rest, send: async () => (await post(bodies[sent++ % bodies.length]), 1) };
    },
  );
  return [...reads, recordReadings('one reading a call', url)];
}

async function guard(commits: Record<'old' | 'new', string>, scripts: Record<'old' | 'new', string>): Promise<void> {
  let facts!: Facts;
  let devices!: IngestDevices;
  const fill = async (databaseUrl: string) => {
    facts = await makeData(databaseUrl, SCALE);
    const admin = new Client({ connectionString: databaseUrl });
    await admin.connect();
    devices = await IngestDevices.create(admin);
    await admin.end();
  };
  await onTestBed(
    async ({ databaseUrl, start }) => {
      const other = new URL(databaseUrl);
      other.pathname = '/gateway_old';
      const postgres = new URL(databaseUrl);
      postgres.pathname = '/postgres';
      const admin = new Client({ connectionString: postgres.href });
      await admin.connect();
      await admin.query(`create database gateway_old template ${new URL(databaseUrl).pathname.slice(1)}`);
      await admin.end();

      const startOn = async (script: string, url: string) =>
        contestantsOf((await start(relative(__dirname, script), { env: { BENCH_DATABASE_URL: url } })).url, facts);
      const older = await startOn(scripts.old, other.href);
      const newer = await startOn(scripts.new, databaseUrl);
      const sizes = { batch: 1, connections: CONNECTIONS };
      console.log(`${commits.new} relative to ${commits.old}, ${ROUNDS} rounds:`);
      for (const [index, one] of newer.entries()) {
        const turn = async (contestant: Contestant, seconds: number) =>
          (await load(contestant, devices, { ...sizes, seconds })).perSecond;
        const before = older[index]!;
        await turn(before, SECONDS);
        await turn(one, SECONDS);
        const ratios: number[] = [];
        for (let round = 0; round < ROUNDS; round += 1) {
          const rate = await turn(before, SECONDS);
          ratios.push((await turn(one, SECONDS)) / rate);
        }
        const isSlower = ratios.every((ratio) => ratio < 1 - TOLERANCE);
        if (isSlower) process.exitCode = 1;
        console.log(
          `  ${isSlower ? 'SLOWER' : 'good  '} ${one.name.padEnd(20)} ${ratios.map((r) => r.toFixed(2)).join('  ')}`,
        );
      }
    },
    { fill },
  );
}

async function main([oldName, newName]: readonly string[]): Promise<void> {
  const old = oldName === undefined ? olderCommit() : commitOf(oldName);
  const newer = newName === undefined ? undefined : commitOf(newName);
  if (old === undefined || (newName !== undefined && newer === undefined)) {
    console.log('The clone does not have the commits to compare, e.g. because it is shallow: nothing is compared.');
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'gateway-guard-'));
  try {
    const scripts = {
      old: build(old, join(folder, 'old')),
      new: newer === undefined ? join(__dirname, 'gateway-server.js') : build(newer, join(folder, 'new')),
    };
    await guard({ old: old.slice(0, 10), new: newer?.slice(0, 10) ?? 'the working tree' }, scripts);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    git('worktree', 'prune');
  }
}

void main(process.argv.slice(2));
