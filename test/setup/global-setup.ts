import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/db/embedded-postgres';
import { RunFolder } from './run-folder';
import { createTemplates } from './templates';

declare global {
  var tidyUpTests: (() => Promise<void>) | undefined;
}

/**
 * Starts one PostgreSQL for the whole run and leaves its superuser URL in TEST_POSTGRES_URL, where jest's workers find it.
 *
 * A URL that is set already is used, so that a run can be pointed at another PostgreSQL (15 to 18); it must have no templates
 * of an earlier run.
 */
export default async function prepareTests(): Promise<void> {
  const folder = await RunFolder.make();
  globalThis.tidyUpTests = () => folder.remove();
  if (process.env.TEST_POSTGRES_URL) return createTemplates(process.env.TEST_POSTGRES_URL);
  const server = await startEmbeddedPostgres({
    dataDir: join(folder.path, 'postgres'),
    // Nothing here has to outlive a power cut.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
    log: () => {},
  });
  globalThis.tidyUpTests = async () => {
    delete process.env.TEST_POSTGRES_URL;
    await server.stop();
    await folder.remove();
  };
  process.env.TEST_POSTGRES_URL = server.url;
  await createTemplates(server.url);
}
