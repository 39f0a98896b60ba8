import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder of a run of the tests, with all that it leaves on the disk: jest's workers and their children have it as their
 * temporary folder.
 *
 * A janitor, a process beside jest, ends what still runs there and removes the folder when the run has ended, also when it was
 * interrupted or killed.
 */
export class RunFolder {
  private constructor(
    readonly path: string,
    private readonly janitor: ChildProcess,
  ) {}

  static async make(): Promise<RunFolder> {
    const path = await realpath(await mkdtemp(join(tmpdir(), 'gateway-test-')));
    await chmod(path, 0o711); // run by root, PostgreSQL is another account, and mkdtemp lets only the owner in
    const temporary = join(path, 'tmp');
    await mkdir(temporary);
    await chmod(temporary, 0o1777);
    process.env.TMPDIR = temporary;
    // In no process group of the terminal, so that Ctrl-C does not end it.
    const janitor = spawn(process.execPath, [join(__dirname, 'janitor.cjs'), path], {
      detached: true,
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    return new RunFolder(path, janitor);
  }

  /** @throws Error  when the tests left a process running */
  async remove(): Promise<void> {
    const exited = once(this.janitor, 'exit');
    this.janitor.stdin!.end();
    const [code] = (await exited) as [number | null];
    if (code !== 0) throw new Error('The tests left processes running, see above.');
  }
}
