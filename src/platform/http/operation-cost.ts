import type { ExecutionResult } from 'graphql';
import type { RequestContext } from '../operation/request-context';

/** Request header that asks for `extensions.cost`. */
export const COST_HEADER = 'x-cost';

/** Whether the value of a header, or of a member of `extensions` over WebSocket, asks for the cost. */
export function asksForCost(value: unknown): boolean {
  return value === true || value === '1' || value === 'true';
}

/** The `extensions` of a result: the cost of its operation, and what is left of the caller's quotas. */
export function costOf({ caller, environment, run }: RequestContext): NonNullable<ExecutionResult['extensions']> {
  const quotas = environment.rates.statesOf(caller).map(({ policy: { name }, remaining, resetS }) => ({
    name,
    remaining,
    resetSeconds: resetS,
  }));
  return { cost: { requested: run.trace?.cost ?? null, quotas } };
}
