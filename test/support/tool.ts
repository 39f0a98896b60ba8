import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const REPOSITORY = join(__dirname, '../..');
const NODE_MODULES = join(REPOSITORY, 'node_modules');

export interface ToolRun {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs a tool of node_modules as a separate process: most tools are ES modules, which jest on Node 20 cannot load.
 *
 * @param script its JavaScript file below node_modules
 */
export async function runTool(script: string, args: readonly string[], cwd: string = REPOSITORY): Promise<ToolRun> {
  const child = spawn(process.execPath, [join(NODE_MODULES, script), ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run: ToolRun = { exitCode: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (run.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (run.stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ ...run, exitCode }));
  });
}

/**
 * Runs `work` in a temporary folder outside the repository, with the repository's packages.
 *
 * @param copies initial content: names in the folder, and the files or folders of the repository to copy
 */
export async function inToolFolder<Result>(
  copies: Record<string, string>,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-tool-'));
  try {
    await symlink(NODE_MODULES, join(folder, 'node_modules'), 'junction');
    for (const [name, source] of Object.entries(copies))
      await cp(join(REPOSITORY, source), join(folder, name), { recursive: true });
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
