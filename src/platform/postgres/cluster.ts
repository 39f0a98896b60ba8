import { randomBytes } from 'node:crypto';
import { link, mkdtemp, readFile, readdir, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { giveTo, type ServerHome } from './server-placement';
import { errorCode } from './system-error';
import { runTool } from './postgres-tool';

/** Prefix of the folder in which initdb creates a cluster. */
const STAGING = 'cluster-in-the-making-';

/**
 * The superuser's password, generated once and kept next to the cluster, readable by its owner only.
 *
 * @throws Error when the cluster exists but its password is missing
 */
export async function keepPassword(home: ServerHome): Promise<string> {
  const path = passwordFile(home);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  if (await exists(home.clusterDir))
    throw new Error(`The password of the database is missing. Restore the file ${path}.`);
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  await giveTo(home.user, draft); // initdb reads it
  try {
    await link(draft, path); // atomic; the first of several gateways wins
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
  return readFile(path, 'utf8');
}

/** Creates the cluster if it does not exist. When several gateways do so concurrently, one wins and all use its cluster. */
export async function ensureCluster(home: ServerHome): Promise<void> {
  if (await exists(home.clusterDir)) return;
  const staging = await mkdtemp(join(home.dataDir, STAGING));
  try {
    await giveTo(home.user, staging);
    await runTool(home, 'initdb', [
      ...['-D', staging, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile(home)}`],
      // PostgreSQL's built-in C.UTF-8: the sort order does not depend on the machine or its libc.
      ...['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--no-sync'],
      // Keeps shared memory in the folder (initdb and server): segments of a killed process would stay in /dev/shm forever.
      ...['--set', 'dynamic_shared_memory_type=mmap'],
    ]);
    await rename(staging, home.clusterDir);
  } catch (error) {
    if (!(await exists(home.clusterDir))) throw error;
  }
  // Our folder if another gateway was faster, and folders of killed starts. A start in progress finds the finished cluster.
  const leftovers = (await readdir(home.dataDir)).filter((name) => name.startsWith(STAGING));
  await Promise.all(
    leftovers.map((name) => rm(join(home.dataDir, name), { recursive: true, force: true }).catch(() => {})),
  );
}

function passwordFile(home: ServerHome): string {
  return join(home.dataDir, 'password');
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
