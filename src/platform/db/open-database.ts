import { setTimeout as sleep } from 'node:timers/promises';
import { Database, type DatabaseOptions } from './database';
import { startEmbeddedPostgres, type EmbeddedPostgresOptions } from '../postgres/embedded-postgres';
import { migrate } from './migrate';
import { assertBoundByRowLevelSecurity } from './role-check';

/** How long statements that run may take when the gateway stops; operations were waited for before. */
const CLOSE_TIMEOUT_MS = 1_000;

/** Which PostgreSQL: the embedded one in a folder, or one that somebody else runs. */
export type DatabaseLocation =
  | { readonly kind: 'embedded'; readonly dataDir: string; readonly port?: number | undefined }
  | { readonly kind: 'external'; readonly url: string; readonly migrationUrl: string; readonly servingUser: string };

export interface OpenDatabaseOptions extends Omit<DatabaseOptions, 'url'> {
  location: DatabaseLocation;
  log: EmbeddedPostgresOptions['log'];
  /** Runs once the tables are there, before the gateway's roles connect; with the URL of the user who owns them. */
  afterMigration?: (migrationUrl: string) => Promise<void>;
}

export interface OpenDatabase {
  database: Database;
  /** Logs in as the user who serves. Holds a password. */
  url: string;
  /** Where the embedded database keeps its files, which may be elsewhere than asked for; undefined for an external one. */
  dataDir: string | undefined;
  /** Closes the connections; the embedded server stops with the last gateway on its folder. */
  close: () => Promise<void>;
}

/**
 * From a location to a database that can be used: server started, tables up to date, connected in roles that row-level
 * security binds.
 */
export async function openDatabase({
  location,
  log,
  afterMigration,
  ...options
}: OpenDatabaseOptions): Promise<OpenDatabase> {
  const embedded = location.kind === 'embedded' ? await startEmbeddedPostgres({ ...location, log }) : undefined;
  try {
    const { url, migrationUrl, servingUser } =
      location.kind === 'external'
        ? location
        : { url: embedded!.url, migrationUrl: embedded!.url, servingUser: 'postgres' };
    await migrate({ url: migrationUrl, servingUser });
    await afterMigration?.(migrationUrl);
    const database = new Database({ ...options, url });
    const close = async () => {
      // A statement that still runs would keep its pool open: the embedded server ends it, of another one the process takes leave.
      await Promise.race([database.close(), sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
      await embedded?.stop();
    };
    try {
      await assertBoundByRowLevelSecurity(database);
    } catch (error) {
      await database.close();
      throw error;
    }
    return { database, url, dataDir: embedded?.dataDir, close };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}
