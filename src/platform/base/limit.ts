import { limitChannel, type LimitNotice } from './channels';

/** A limit that a client can reach. */
export interface Limit {
  readonly name: string;
  /** Largest allowed value. */
  readonly value: number;
  /** Unit that is counted. */
  readonly unit: string;
  /** Text for the documented table: what is limited, and the result of exceeding the limit. */
  readonly description: string;
}

const LIMITS: Limit[] = [];

/** The limits of all loaded modules. */
export const definedLimits = (): readonly Limit[] => LIMITS;

/** Defines a limit next to the code that enforces it. @returns its value */
export function defineLimit(name: string, limit: Omit<Limit, 'name'>): number {
  LIMITS.push({ name, ...limit });
  return limit.value;
}

/** @throws Error for a name that is not defined */
export function limitNamed(name: string): Limit {
  const limit = LIMITS.find((one) => one.name === name);
  if (!limit) throw new Error(`There is no limit ${name}.`);
  return limit;
}

/** Publishes that a caller reached a limit. @param limit the limit's name */
export function noteLimitReached(limit: string): void {
  if (limitChannel.hasSubscribers) limitChannel.publish({ limit } satisfies LimitNotice);
}
