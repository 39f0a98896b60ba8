import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ServerHome } from './server-placement';
import { EmbeddedDatabaseError, textOf } from './system-error';

const run = promisify(execFile);

/** The server does not inherit the gateway's environment: it contains secrets, and PG* variables would affect the server. */
export const ENVIRONMENT = { LC_ALL: 'C' };

/**
 * Runs one of PostgreSQL's own tools as the server's account.
 *
 * @param stopping ends the tool; returns when it has ended
 * @throws Error with the tool's stderr, or the reason of `stopping`
 */
export async function runTool(
  home: ServerHome,
  tool: 'initdb' | 'pg_ctl',
  args: string[],
  stopping?: AbortSignal,
): Promise<void> {
  stopping?.throwIfAborted();
  const running = run(join(home.binDir, tool), args, { ...home.user, cwd: home.binDir, env: ENVIRONMENT });
  const end = () => running.child.kill();
  stopping?.addEventListener('abort', end);
  try {
    await running;
  } catch (error) {
    stopping?.throwIfAborted();
    throw new EmbeddedDatabaseError(`${tool} failed: ${textOf(error, 'stderr').trim()}`, { cause: error });
  } finally {
    stopping?.removeEventListener('abort', end);
  }
}
