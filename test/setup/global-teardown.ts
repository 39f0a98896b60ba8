import './global-setup';

/** Stops the PostgreSQL of the run, unless it was given from outside. */
export default async function stopTestPostgres(): Promise<void> {
  await globalThis.stopTestPostgres?.();
}
