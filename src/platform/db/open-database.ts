import { setTimeout as sleep } from 'node:timers/promises';
import { unlessAborted } from '../base/interruption';
import { Database, type DatabaseOptions } from './database';
import { startEmbeddedPostgres, type EmbeddedPostgresOptions } from '../postgres/embedded-postgres';
import { atDatabase } from './connection';
import { migrate } from './migrate';
import { assertBoundByRowLevelSecurity } from './role-check';

/** Time for running statements to end when the gateway stops. Operations have already ended by then. */
const CLOSE_TIMEOUT_MS = 1_000;

/** After this time, and again each time it has passed, the log says what the start waits for. */
const WAITING_MS = 5_000;

/** The embedded PostgreSQL in a folder, or an external PostgreSQL. */
export type DatabaseLocation =
  | { readonly kind: 'embedded'; readonly dataDir: string; readonly port?: number | undefined }
  | { readonly kind: 'external'; readonly url: string; readonly migrationUrl: string; readonly servingUser: string };

export interface OpenDatabaseOptions extends Omit<DatabaseOptions, 'url'> {
  location: DatabaseLocation;
  log: EmbeddedPostgresOptions['log'];
  /** Runs after the migrations and before the gateway's roles connect. Receives the URL with the owner of the tables. */
  afterMigration?: (migrationUrl: string) => Promise<void>;
  /** Aborted to stop while the database is being opened. Nothing is left running then. */
  stopping?: AbortSignal | undefined;
}

export interface OpenDatabase {
  database: Database;
  /** URL with the user that serves requests. Contains a password: never log it. */
  url: string;
  /** Actual folder of the embedded database, which may differ from the requested one. Undefined for an external database. */
  dataDir: string | undefined;
  /** Closes the connections. Stops the embedded server unless another gateway uses it. */
  close: () => Promise<void>;
}

/**
 * Opens the database at a location: starts the embedded server, migrates the tables, and connects in roles that are subject to
 * row-level security.
 */
export async function openDatabase({
  location,
  log,
  afterMigration,
  stopping,
  ...options
}: OpenDatabaseOptions): Promise<OpenDatabase> {
  const stage = saysWhatItWaitsFor(log);
  const embedded =
    location.kind === 'embedded'
      ? await stage('the embedded PostgreSQL, see postgres.log', startEmbeddedPostgres({ ...location, log, stopping }))
      : undefined;
  try {
    const { url, migrationUrl, servingUser } =
      location.kind === 'external'
        ? location
        : { url: embedded!.url, migrationUrl: embedded!.url, servingUser: 'postgres' };
    // When aborted, the embedded server stops and the connections are closed: what is in progress is rolled back.
    const migration = { name: 'a connection to the database' };
    const onStage = (name: string) => (migration.name = name);
    await stage(() => migration.name, unlessAborted(stopping, migrate({ url: migrationUrl, servingUser, onStage })));
    if (afterMigration) await stage('the demo data', unlessAborted(stopping, afterMigration(migrationUrl)));
    const database = new Database({ ...options, url });
    const close = async () => {
      // A running statement keeps its pool open. The embedded server cancels it on stop; with an external one, the process exits.
      await Promise.race([database.close(), sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
      await embedded?.stop();
    };
    try {
      const checked = atDatabase(url, assertBoundByRowLevelSecurity(database));
      await stage('a connection to the database', unlessAborted(stopping, checked));
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

type Stage = <Result>(what: string | (() => string), work: Promise<Result>) => Promise<Result>;

/** Nothing waits long without a word. */
function saysWhatItWaitsFor(log: OpenDatabaseOptions['log']): Stage {
  return async (what, work) => {
    const began = performance.now();
    const timer = setInterval(() => {
      const seconds = Math.round((performance.now() - began) / 1_000);
      log('still waiting', { for: typeof what === 'string' ? what : what(), seconds });
    }, WAITING_MS);
    try {
      return await work;
    } finally {
      clearInterval(timer);
    }
  };
}
