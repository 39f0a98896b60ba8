import { chmod, cp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { placeServer } from '../../src/platform/postgres/server-placement';
import { needs } from '../support/needs';
import { Workbench, query, rowsOf, temporaryFolder } from './embedded-postgres.harness';
import { giveToOrdinaryUser, ordinaryUser, startAsOrdinaryUser } from './ordinary-user.harness';

const asRoot = needs('root');

const bench = new Workbench();
beforeEach(() => bench.open());
afterEach(() => bench.close());

asRoot('data of a clone that only root can enter is placed in the fallback folder and found there again', async () => {
  await chmod(bench.folder, 0o700);
  const first = await bench.start();
  expect(dirname(dirname(first.dataDir))).toBe(process.platform === 'linux' ? '/var/tmp' : await realpath(tmpdir()));
  expect(bench.logged).toContainEqual({
    message: expect.stringContaining('data folder, using another one') as string,
    fields: { wanted: bench.dataDir, place: first.dataDir },
  });
  await query(first, 'CREATE TABLE kept AS SELECT 42 AS value');
  await first.stop();

  await chmod(bench.folder, 0o711); // accessible from now on, but the data stays in the fallback folder
  const second = await bench.start();
  expect(second.dataDir).toBe(first.dataDir);
  expect(await rowsOf(second, 'SELECT value FROM kept')).toEqual([{ value: 42 }]);
});

asRoot('binaries of a clone that only root can enter are copied once', async () => {
  const installed = dirname(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
  const locked = join(bench.folder, basename(installed));
  await cp(installed, locked, { recursive: true, verbatimSymlinks: true });
  await chmod(bench.folder, 0o700);

  const home = await placeServer(bench.dataDir, bench.log, locked);
  try {
    expect(home.user?.uid).toBeGreaterThan(0);
    expect(home.binDir.startsWith(dirname(home.dataDir))).toBe(true);
    const copied = () => bench.logged.filter(({ message }) => message.includes('binaries, using a copy')).length;
    expect(copied()).toBe(1);
    expect((await placeServer(bench.dataDir, bench.log, locked)).binDir).toBe(home.binDir);
    expect(copied()).toBe(1);
  } finally {
    await rm(dirname(home.dataDir), { recursive: true, force: true });
  }
});

it('data of a clone without write access is placed in the fallback folder', async () => {
  const workshop = await temporaryFolder();
  await giveToOrdinaryUser(bench.folder);
  await chmod(bench.folder, 0o500);
  try {
    const { uid, dataDir, rows, logged } = await startAsOrdinaryUser(workshop, bench.dataDir, 'SELECT 1 AS one');
    bench.logged.push(...logged);
    expect(uid).toBe((await ordinaryUser()).uid);
    expect(uid).toBeGreaterThan(0);
    expect(dirname(dirname(dataDir))).toBe(process.platform === 'linux' ? '/var/tmp' : await realpath(tmpdir()));
    expect(logged).toContainEqual({
      message: expect.stringContaining('data folder, using another one') as string,
      fields: { wanted: bench.dataDir, place: dataDir },
    });
    expect(rows).toEqual([{ one: 1 }]);
  } finally {
    await chmod(bench.folder, 0o700);
    await rm(workshop, { recursive: true });
  }
});

asRoot('a fallback folder that others can write to is rejected', async () => {
  await chmod(bench.folder, 0o700);
  const fallbackDir = dirname((await placeServer(bench.dataDir, () => {})).dataDir);
  try {
    await chmod(fallbackDir, 0o777);
    await expect(bench.start()).rejects.toThrow(`${fallbackDir} belongs to another user or is writable by others`);
  } finally {
    await rm(fallbackDir, { recursive: true });
  }
});
