import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ServerHome } from './server-placement';
import { textOf } from './system-error';

const run = promisify(execFile);

/** The server does not inherit the gateway's environment: it contains secrets, and PG* variables would affect the server. */
export const ENVIRONMENT = { LC_ALL: 'C' };

/**
 * Runs one of PostgreSQL's own tools as the server's account.
 *
 * @throws Error with the tool's stderr
 */
export async function runTool(home: ServerHome, tool: 'initdb' | 'pg_ctl', args: string[]): Promise<void> {
  try {
    await run(join(home.binDir, tool), args, { ...home.user, cwd: home.binDir, env: ENVIRONMENT });
  } catch (error) {
    throw new Error(`${tool} failed: ${textOf(error, 'stderr').trim()}`, { cause: error });
  }
}
