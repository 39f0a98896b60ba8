import type { ActorValue } from '../access/actor';
import { traceOfCaller } from '../access/caller';
import type { Action } from '../access/policy';
import { traced, useCaseChannel, type UseCaseTrace } from '../base/channels';
import { DomainError, problemsOf, RequestError, type Problem } from '../base/errors';
import type { UserErrorCode } from '../base/user-error-code';
import type { Tx } from '../db/session';
import { inputChecker, type InputRules } from './input-rules';
import type { RequestContext } from './request-context';

/** By whom something is changed, and what they noted. */
export interface Cause {
  note: string | null;
  actor: ActorValue;
}

export function causeOf({ caller: { actor } }: RequestContext, { note }: { note?: string | null }): Cause {
  return { note: note ?? null, actor };
}

/** What a use case returns, or why it was refused, with what it refused to change as that is now. */
export type Outcome<Result extends object> = (Result | Partial<Result>) & { userErrors: Problem[] };

/** One thing that a caller can do, the same for every interface that offers it. */
export interface UseCase<Input extends object, Result extends object, Parts = unknown> {
  readonly name: string;
  readonly action: Action;
  /** Of its refusals, each once. */
  readonly codes: readonly UserErrorCode[];
  /**
   * @throws RequestError FORBIDDEN
   */
  readonly run: (ctx: RequestContext, input: Input, parts: Parts) => Promise<Outcome<Result>>;
}

export interface UseCaseOptions<Input extends object> {
  name: string;
  /** What the caller must be allowed to do. Where more depends on what is found, the use case asks for it with `ctx.authorize`. */
  action: Action;
  /**
   * Codes of its refusals, in the order in which they are asked for; the mutation's description names them. INVALID_INPUT goes
   * without saying: each input has rules.
   */
  codes: readonly UserErrorCode[];
  /** Rules of members of the input; the others are handed on as they are. */
  input?: InputRules<Input>;
  /** A list whose items are refused one by one: the use case looks for values that no scalar could read in each of them itself. */
  itemwise?: keyof Input & string;
  /** The path of a refusal that names no member of the input: the member by which the subject was named. */
  subject?: (input: Input) => string[];
}

/**
 * Defines a use case: authorised, its input checked, all of it in one transaction of the caller's scope. A refusal rolls back
 * and is returned as problems; anything else that is thrown goes on.
 *
 * @param work runs again from its start after a deadlock: it must have no effect outside of the transaction. `parts` is what
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
      // What was read before it may have changed.
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

/** Of the refusal, each once; of the items' refusals too where they are refused one by one. */
function codesOf(outcome: { userErrors: Problem[]; results?: readonly { userErrors: Problem[] }[] }): string[] {
  const { userErrors, results = [] } = outcome;
  return [...new Set([userErrors, ...results.map((item) => item.userErrors)].flat().map(({ code }) => code))];
}
