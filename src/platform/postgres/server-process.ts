import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { link, readdir, readFile, readlink, rename, stat, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { errorCode } from './system-error';

const run = promisify(execFile);

/** A running server on a cluster, according to its postmaster.pid. */
export interface ServerProcess {
  pid: number;
  port: number;
  /** `ready` while it accepts connections, `starting` before and `stopping` after. */
  status: string;
}

/** The server that runs on this cluster. A pid file is ignored if its process is dead or another program. */
export async function findServer(clusterDir: string): Promise<ServerProcess | undefined> {
  const file = await readPidFile(clusterDir);
  if (file === undefined || !isAlive(file.pid) || !(await isServerOf(file.pid, clusterDir))) return undefined;
  return { pid: file.pid, port: file.port, status: file.status };
}

/** A starting server writes its pid into the file that it has just created. Without a pid after this time, none follows. */
const PID_WRITTEN_MS = 2_000;

/**
 * Removes a pid file that would make PostgreSQL refuse to start although no server runs: its pid now belongs to another program
 * (common in containers) or to a zombie, or it has no pid because the machine lost power. PostgreSQL removes the pid file of a
 * dead process itself.
 *
 * @returns false while the file may be that of a server that is just starting
 */
export async function removeStalePidFile(clusterDir: string): Promise<boolean> {
  const seen = await readPidFile(clusterDir);
  if (seen === undefined) return true;
  if (Number.isNaN(seen.pid)) {
    const age = Date.now() - seen.writtenAt; // negative after a power failure that reset the clock
    if ((age >= 0 && age < PID_WRITTEN_MS) || (await hasServer(clusterDir))) return false;
  } else if (!isAlive(seen.pid) || (await isServerOf(seen.pid, clusterDir))) return true;
  const path = pidFileOf(clusterDir);
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(path, aside);
    // Another starting gateway may have replaced the file since it was read: put it back.
    if ((await readFile(aside, 'utf8')) !== seen.text) await link(aside, path);
    await unlink(aside);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(errorCode(error))) throw error;
  }
  return true;
}

interface PidFile extends ServerProcess {
  text: string;
  /** Milliseconds since 1970. */
  writtenAt: number;
}

/** The pid is NaN if the file is empty or damaged. */
async function readPidFile(clusterDir: string): Promise<PidFile | undefined> {
  try {
    const text = await readFile(pidFileOf(clusterDir), 'utf8');
    const { mtimeMs: writtenAt } = await stat(pidFileOf(clusterDir));
    // Lines of postmaster.pid: pid, data folder, start time, port, socket folder, address, shared memory key, status.
    const lines = text.split('\n').map((line) => line.trim());
    const pid = /^-?\d+$/.test(lines[0]!) ? Number(lines[0]) : NaN;
    return { text, writtenAt, pid, port: Number(lines[3]), status: lines[7] ?? 'starting' };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function pidFileOf(clusterDir: string): string {
  return join(clusterDir, 'postmaster.pid');
}

function isAlive(pid: number): boolean {
  // 0 and negative numbers address process groups (a negative one marks PostgreSQL's single-user mode).
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** Whether any process is a server of this cluster, without its pid file. */
async function hasServer(clusterDir: string): Promise<boolean> {
  if (process.platform === 'win32') return false; // the server keeps its pid file open there, so that it cannot be renamed
  const pids =
    process.platform === 'linux'
      ? await readdir('/proc')
      : (await run('ps', ['-axo', 'pid=']).catch(() => ({ stdout: '' }))).stdout.split(/\s+/);
  for (const pid of pids) if (/^\d+$/.test(pid) && (await isServerOf(Number(pid), clusterDir))) return true;
  return false;
}

async function isServerOf(pid: number, clusterDir: string): Promise<boolean> {
  if (process.platform === 'win32') return true; // no cheap check; connecting with our password is the proof
  if (process.platform !== 'linux') {
    const command = await run('ps', ['-o', 'command=', '-p', `${pid}`]).catch(() => ({ stdout: '' }));
    return command.stdout.includes('postgres') && command.stdout.includes(clusterDir);
  }
  // Empty for a zombie, which therefore counts as gone.
  const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  if (basename(args[0]!) !== 'postgres') return false;
  // The server's working directory is its cluster, even after the folder was moved.
  return args.includes(clusterDir) || (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === clusterDir;
}
