/** The time of day, for what PostgreSQL does not stamp itself; tests hand in their own. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };
