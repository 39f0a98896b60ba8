import type { ActorValue } from '../access/actor';
import { traceOfCaller } from '../access/caller';
import type { Action } from '../access/policy';
import { traced, useCaseChannel, type UseCaseTrace } from '../base/channels';
import { DomainError, problemsOf, RequestError, type Problem } from '../base/errors';
import type { UserErrorCode } from '../base/user-error-code';
import type { Tx } from '../db/session';
import { inputChecker, type InputRules } from './input-rules';
import type { RequestContext } from './request-context';

/** The actor of a change and the note on it. */
export interface Cause {
  note: string | null;
  actor: ActorValue;
}

export function causeOf({ caller: { actor } }: RequestContext, { note }: { note?: string | null }): Cause {
  return { note: note ?? null, actor };
}

/** The result of a use case, or the reasons why it was refused, possibly with the current state of the object. */
export type Outcome<Result extends object> = (Result | Partial<Result>) & { userErrors: Problem[] };

/** One action of a caller, independent of the interface that offers it. */
export interface UseCase<Input extends object, Result extends object, Parts = unknown> {
  readonly name: string;
  readonly action: Action;
  /** Error codes, without duplicates. */
  readonly codes: readonly UserErrorCode[];
  /**
   * @throws RequestError FORBIDDEN
   */
  readonly run: (ctx: RequestContext, input: Input, parts: Parts) => Promise<Outcome<Result>>;
}

export interface UseCaseOptions<Input extends object> {
  name: string;
  /** Required of the caller. A use case that needs more, depending on the rows it finds, calls `ctx.authorize`. */
  action: Action;
  /**
   * Error codes, in the order in which they are checked. The mutation's description lists them. INVALID_INPUT is added to all use
   * cases, because every input has rules.
   */
  codes: readonly UserErrorCode[];
  /** Rules of members of the input. Members without a rule are passed unchanged. */
  input?: InputRules<Input>;
  /** A list whose items are refused one by one: the use case itself checks each of them for values that a scalar could not parse. */
  itemwise?: keyof Input & string;
  /** The path of an error that names no member of the input: the member that references the object to change. */
  subject?: (input: Input) => string[];
}

/**
 * Defines a use case. It authorizes the caller, checks the input, and runs in one transaction in the caller's scope. A broken
 * rule rolls the transaction back and is returned as problems; any other error is thrown.
 *
 * @param work runs again from the start after a deadlock, so it must have no effects outside the transaction. `parts` is what
 *   it needs of the process.
 */
export function useCase<Input extends object, Result extends object, Parts = unknown>(
  { name, action, codes, input: rules = {}, itemwise, subject }: UseCaseOptions<NoInfer<Input>>,
  work: (ctx: RequestContext, tx: Tx, input: Input, parts: Parts) => Promise<Result>,
): UseCase<Input, Result, Parts> {
  const check = inputChecker<Input>(rules, itemwise);

  const execute = async (ctx: RequestContext, given: Input, parts: Parts): Promise<Outcome<Result>> => {
    ctx.authorize(action);
    try {
      const input = check(given);
      const result = await ctx.environment.database.transact(ctx.caller.scope, (tx) => work(ctx, tx, input, parts));
      return { ...result, userErrors: [] };
    } catch (error) {
      const problems = problemsOf(error);
      if (!problems) throw error;
      const current = error instanceof DomainError ? error.current : {};
      const userErrors = problems.map((problem) => ({ ...problem, path: problem.path ?? subject?.(given) }));
      return { ...(current as Partial<Result>), userErrors };
    } finally {
      // Cached values may be outdated now.
      ctx.loaders.clear();
    }
  };

  const run = (ctx: RequestContext, input: Input, parts: Parts): Promise<Outcome<Result>> => {
    const trace: UseCaseTrace = { name, action, ...traceOfCaller(ctx.caller) };
    return traced(useCaseChannel, trace, async () => {
      try {
        const outcome = await execute(ctx, input, parts);
        trace.codes = codesOf(outcome);
        return outcome;
      } catch (error) {
        trace.codes = [error instanceof RequestError ? error.code : 'INTERNAL_SERVER_ERROR'];
        throw error;
      }
    });
  };

  return { name, action, codes: [...new Set<UserErrorCode>(['INVALID_INPUT', ...codes])], run };
}

/** The error codes, without duplicates, including those of items that are refused one by one. */
function codesOf(outcome: { userErrors: Problem[]; results?: readonly { userErrors: Problem[] }[] }): string[] {
  const { userErrors, results = [] } = outcome;
  return [...new Set([userErrors, ...results.map((item) => item.userErrors)].flat().map(({ code }) => code))];
}
