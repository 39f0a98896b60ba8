import './global-setup';

/** Stops the PostgreSQL that the run started and removes the run's folder. */
export default async function tidyUpTests(): Promise<void> {
  await globalThis.tidyUpTests?.();
}
