import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, realpath, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Free memory required to keep PostgreSQL's files in memory. The long tests need the most. */
const MIN_MEMORY_BYTES = 4 * 1024 ** 3;

/**
 * The folder for all files of a test run. It is the temporary folder of jest's workers and their child processes.
 *
 * When the run has ended, even if it was interrupted or killed, a separate janitor process ends the processes that still use the
 * folder and removes it.
 */
export class RunFolder {
  private readonly janitorEnded: Promise<unknown[]>;

  private constructor(
    /** PostgreSQL's data folder, in memory if there is enough, since a database is a thousand files. */
    readonly dataDir: string,
    private readonly janitor: ChildProcess,
  ) {
    this.janitorEnded = once(janitor, 'exit');
  }

  static async make(): Promise<RunFolder> {
    const path = await makeFolder(tmpdir());
    const memory = (await hasMemory()) ? await makeFolder('/dev/shm') : path;
    const temporary = join(path, 'tmp');
    await mkdir(temporary);
    await chmod(temporary, 0o1777);
    process.env.TMPDIR = temporary;
    // Outside the terminal's process group, so that Ctrl-C does not end it.
    const janitor = spawn(process.execPath, [join(__dirname, 'janitor.cjs'), path, memory], {
      detached: true,
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    return new RunFolder(join(memory, 'postgres'), janitor);
  }

  /** @throws Error when the tests left a process running */
  async remove(): Promise<void> {
    this.janitor.stdin!.end();
    const [code] = await this.janitorEnded;
    if (code !== 0) throw new Error('The tests left processes running, see above.');
  }
}

async function makeFolder(parent: string): Promise<string> {
  const path = await realpath(await mkdtemp(join(parent, 'gateway-test-')));
  await chmod(path, 0o711); // for root, PostgreSQL runs as another account, and mkdtemp gives access only to the owner
  return path;
}

async function hasMemory(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const { bavail, bsize } = await statfs('/dev/shm').catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize >= MIN_MEMORY_BYTES;
}
