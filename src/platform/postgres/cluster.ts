import { randomBytes } from 'node:crypto';
import { link, mkdtemp, readFile, readdir, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { giveTo, type ServerHome } from './server-placement';
import { errorCode } from './system-error';
import { runTool } from './postgres-tool';

const STAGING = 'cluster-in-the-making-';

/**
 * The superuser's password, made at random once and kept beside the cluster, readable by its owner only.
 *
 * @throws Error  when there is a cluster but its password is gone
 */
export async function keepPassword(home: ServerHome): Promise<string> {
  const path = passwordFile(home);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  if (await exists(home.clusterDir)) throw new Error(`The database's password is gone: ${path} is missing`);
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  await giveTo(home.user, draft); // initdb reads it
  try {
    await link(draft, path); // whole or not at all, and the first of several gateways wins
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
  return readFile(path, 'utf8');
}

/** Makes the cluster unless there is one. Of several gateways that do so at once one wins, and all go on with its cluster. */
export async function ensureCluster(home: ServerHome): Promise<void> {
  if (await exists(home.clusterDir)) return;
  const staging = await mkdtemp(join(home.dataDir, STAGING));
  try {
    await giveTo(home.user, staging);
    await runTool(home, 'initdb', [
      ...['-D', staging, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile(home)}`],
      // The C.UTF-8 of PostgreSQL itself: sorting does not depend on the machine, nor change with its libc.
      ...['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--no-sync'],
      // In the folder, for the server too: in /dev/shm a killed process leaves its segments for ever.
      ...['--set', 'dynamic_shared_memory_type=mmap'],
    ]);
    await rename(staging, home.clusterDir);
  } catch (error) {
    if (!(await exists(home.clusterDir))) throw error;
  }
  // Ours if another was faster, and what killed starts have left. One that is still at work finds the cluster made.
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
