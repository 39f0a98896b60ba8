import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../src/platform/postgres/embedded-postgres';
import { RunFolder } from './run-folder';
import { createTemplates } from './templates';

declare global {
  var tidyUpTests: (() => Promise<void>) | undefined;
}

const SETTINGS = {
  // Nothing here has to outlive a power cut.
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  // When it comes is chance, and plans depend on it.
  autovacuum: 'off',
};

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
    dataDir: folder.dataDir,
    settings: SETTINGS,
    log: () => {},
  });
  globalThis.tidyUpTests = async () => {
    delete process.env.TEST_POSTGRES_URL;
    await server.stop();
    await folder.remove();
  };
  await makeConnectingCheap(server.url);
  process.env.TEST_POSTGRES_URL = server.url;
  await createTemplates(server.url);
}

/** A run connects some thousand times; what makes a stolen hash hard to use would cost it 3 ms each time. */
async function makeConnectingCheap(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { username, password } = new URL(url);
  await client.query('set scram_iterations = 1');
  await client.query(`alter role ${client.escapeIdentifier(username)} password ${client.escapeLiteral(password)}`);
  await client.end();
}
