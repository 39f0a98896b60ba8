/** The current time. Times that are compared with stored ones are those of the database's clock, see database-clock.ts. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** Milliseconds of the process's own clock, which nothing sets back. Only differences have a meaning. */
export const steadyMs = (): number => Number(process.hrtime.bigint()) / 1e6;
