import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../src/platform/postgres/embedded-postgres';
import { RunFolder } from './run-folder';
import { createTemplates } from './templates';

declare global {
  var tidyUpTests: (() => Promise<void>) | undefined;
}

const SETTINGS = {
  // Test data need not be durable.
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  // It runs at unpredictable times and changes query plans.
  autovacuum: 'off',
};

/**
 * Starts one PostgreSQL for the whole run and puts its superuser URL into TEST_POSTGRES_URL for jest's workers.
 *
 * If TEST_POSTGRES_URL is already set, the run uses that PostgreSQL (15 to 18), which must not contain the templates of an
 * earlier run.
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

/** Sets one SCRAM iteration. A run opens thousands of connections, and the default number costs 3 ms each time. */
async function makeConnectingCheap(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { username, password } = new URL(url);
  await client.query('set scram_iterations = 1');
  await client.query(`alter role ${client.escapeIdentifier(username)} password ${client.escapeLiteral(password)}`);
  await client.end();
}
