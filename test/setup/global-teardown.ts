import './global-setup';

/** Stops the PostgreSQL of the run, unless it was given from outside, and removes the run's folder. */
export default async function tidyUpTests(): Promise<void> {
  await globalThis.tidyUpTests?.();
}
