import { randomBytes } from 'node:crypto';
import { link, mkdtemp, readFile, readdir, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { giveTo, type ServerHome } from './server-placement';
import { EmbeddedDatabaseError, errorCode } from './system-error';
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
  const isCreated = await exists(home.clusterDir); // before the file is read, which another gateway may be writing
  const kept = await readPassword(path);
  if (kept) return kept;
  if (isCreated) throw new EmbeddedDatabaseError(`The password of the database is missing. Restore the file ${path}.`);
  // Empty after a power failure, and of no use without a cluster. A file that was missing may be another gateway's by now.
  if (kept === '') await rm(path, { force: true });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  // Flushed, so that a power failure leaves the password or no file.
  await writeFile(draft, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx', flush: true });
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

/** Undefined when there is no file. */
async function readPassword(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
    return undefined;
  });
}

/**
 * Creates the cluster if it does not exist. When several gateways do so concurrently, one wins and all use its cluster.
 *
 * @throws Error when the cluster is of another major version
 */
export async function ensureCluster(home: ServerHome, stopping?: AbortSignal): Promise<void> {
  if (await exists(home.clusterDir)) return assertVersion(home);
  const staging = await mkdtemp(join(home.dataDir, STAGING));
  try {
    await giveTo(home.user, staging);
    const options = [
      ...['-D', staging, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile(home)}`],
      // PostgreSQL's built-in C.UTF-8: the sort order does not depend on the machine or its libc.
      ...['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--no-sync'],
      // Keeps shared memory in the folder (initdb and server): segments of a killed process would stay in /dev/shm forever.
      ...['--set', 'dynamic_shared_memory_type=mmap'],
    ];
    await runTool(home, 'initdb', options, stopping);
    await rename(staging, home.clusterDir);
  } catch (error) {
    if (!(await exists(home.clusterDir))) {
      await rm(staging, { recursive: true, force: true });
      throw error;
    }
  }
  // Our folder if another gateway was faster, and folders of killed starts. A start in progress finds the finished cluster.
  const leftovers = (await readdir(home.dataDir)).filter((name) => name.startsWith(STAGING));
  await Promise.all(
    leftovers.map((name) => rm(join(home.dataDir, name), { recursive: true, force: true }).catch(() => {})),
  );
}

/** PostgreSQL's data files are the same within a major version only. */
async function assertVersion({ dataDir, clusterDir, major }: ServerHome): Promise<void> {
  const found = (await readFile(join(clusterDir, 'PG_VERSION'), 'utf8').catch(() => '')).trim();
  if (found === `${major}`) return;
  if (!/^\d+$/.test(found))
    throw new EmbeddedDatabaseError(
      `The database in ${dataDir} is damaged: ${join(clusterDir, 'PG_VERSION')} has no version. ` +
        'Restore the folder from a backup, or delete it to start with an empty database.',
    );
  throw new EmbeddedDatabaseError(
    `The database in ${dataDir} was created by PostgreSQL ${found}, and this gateway comes with PostgreSQL ${major}. ` +
      `To keep the data, convert the folder ${clusterDir} with pg_upgrade, or start the version of the gateway that created it. ` +
      'To start with an empty database, set DATA_DIR to another folder.',
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
