import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/db/embedded-postgres';
import { createTemplates } from './templates';

declare global {
  var stopTestPostgres: (() => Promise<void>) | undefined;
}

/**
 * Starts one PostgreSQL for the whole run and leaves its superuser URL in TEST_POSTGRES_URL, where jest's workers find it.
 *
 * A URL that is set already is used, so that a run can be pointed at another PostgreSQL (15 to 18); it must have no templates
 * of an earlier run.
 */
export default async function startTestPostgres(): Promise<void> {
  if (process.env.TEST_POSTGRES_URL) return createTemplates(process.env.TEST_POSTGRES_URL);
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-'));
  await chmod(folder, 0o711); // run by root, the server is another account, and mkdtemp lets only the owner in
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, 'postgres'),
    // Nothing here has to outlive a power cut.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
    log: () => {},
  });
  process.env.TEST_POSTGRES_URL = server.url;
  await createTemplates(server.url);

  const stop = async (): Promise<void> => {
    delete process.env.TEST_POSTGRES_URL;
    globalThis.stopTestPostgres = undefined;
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  globalThis.stopTestPostgres = stop;
  // jest runs no teardown when it is interrupted, and the server is not in the terminal's process group.
  for (const [signal, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => void stop().finally(() => process.exit(exitCode)));
  }
}
