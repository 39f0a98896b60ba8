/** A bound that a client can meet: the largest value that passes. */
export interface Limit {
  readonly name: string;
  readonly value: number;
  /** What is counted. */
  readonly unit: string;
  /** Of what, and what happens beyond it, for the documents. */
  readonly description: string;
}

const LIMITS: Limit[] = [];

/** Those of all modules that are loaded. */
export const definedLimits = (): readonly Limit[] => LIMITS;

/** Defines a limit, where it is enforced. @returns its value */
export function defineLimit(name: string, limit: Omit<Limit, 'name'>): number {
  LIMITS.push({ name, ...limit });
  return limit.value;
}
