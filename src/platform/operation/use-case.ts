import type { ActorValue } from '../access/actor';
import { traceOfCaller } from '../access/caller';
import type { Action } from '../access/policy';
import { traced, useCaseChannel, type UseCaseTrace } from '../base/channels';
import type { WorkCounter } from '../base/work';
import { DomainError, problemsOf, RequestError, type Problem } from '../base/errors';
import type { UserErrorCode } from '../base/user-error-code';
import { OutcomeUnknownError } from '../db/pg-error';
import type { Tx } from '../db/session';
import type { Repeatable } from './idempotency-keys';
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
  /** Member of the input whose items are refused one by one. */
  readonly itemwise?: string;
  /**
   * @param repeatable makes a repeated call return the result of the first one
   * @throws RequestError FORBIDDEN
   */
  readonly run: (
    ctx: RequestContext,
    input: Input,
    parts: Parts,
    repeatable?: Repeatable<Outcome<Result>>,
  ) => Promise<Outcome<Result>>;
}

export interface UseCaseOptions<Input extends object> {
  name: string;
  /** Required of the caller. A use case that needs more, depending on the rows it finds, calls `ctx.authorize`. */
  action: Action;
  /**
   * Error codes, in the order in which they are checked. The mutation's description lists them. INVALID_INPUT and
   * IDEMPOTENCY_KEY_REUSED are added to all use cases, because every input has rules and every call can be repeated.
   */
  codes: readonly UserErrorCode[];
  /** Rules of members of the input. Members without a rule are passed unchanged. */
  input?: InputRules<Input>;
  /** A list whose items are refused one by one: the use case itself checks each of them for values that a scalar could not parse. */
  itemwise?: keyof Input & string;
  /** The path of an error that names no member of the input: the member that references the object to change. */
  subject?: (input: Input) => string[];
}

/** A call whose caller is authorized and whose input is checked. */
export interface CheckedCall<Input, Parts = unknown> {
  readonly ctx: RequestContext;
  readonly input: Input;
  readonly parts: Parts;
  /** Runs work in a transaction in the caller's scope. @param counter instead of the work of the call's operation */
  readonly inTransaction: <Value>(inside: (tx: Tx) => Promise<Value>, counter?: WorkCounter) => Promise<Value>;
}

/**
 * Defines a use case. It authorizes the caller, checks the input, and runs in one transaction in the caller's scope. A broken
 * rule rolls the transaction back and is returned as problems; any other error is thrown.
 *
 * A repeatable call is carried out once, see `IdempotencyKeys`. An input that breaks its own rules is refused before, so its refusal
 * is not kept.
 *
 * @param work runs again from the start after a deadlock, so it must have no effects outside the transaction. `parts` is what
 *   it needs of the process.
 * @param join carries out a call in a transaction that it shares with others, see `JoinedCalls`; undefined for a call that needs
 *   its own. A repeatable call has its own, which also keeps its result.
 */
export function useCase<Input extends object, Result extends object, Parts = unknown>(
  { name, action, codes, input: rules = {}, itemwise, subject }: UseCaseOptions<NoInfer<Input>>,
  work: (ctx: RequestContext, tx: Tx, input: Input, parts: Parts) => Promise<Result>,
  join: (call: CheckedCall<Input, Parts>) => Promise<Result> | undefined = () => undefined,
): UseCase<Input, Result, Parts> {
  const check = inputChecker<Input>(rules, itemwise);

  const refusalOf = (error: unknown, given: Input): Outcome<Result> | undefined => {
    const problems = problemsOf(error);
    if (!problems) return undefined;
    const current = error instanceof DomainError ? error.current : {};
    const userErrors = problems.map((problem) => ({ ...problem, path: problem.path ?? subject?.(given) }));
    return { ...(current as Partial<Result>), userErrors };
  };

  const execute = async (call: CallOf<Input, Result, Parts>, trace: UseCaseTrace): Promise<Outcome<Result>> => {
    const { ctx, given, parts, repeatable } = call;
    ctx.authorize(action);
    const { database, idempotency } = ctx.environment;
    try {
      const input = check(given);
      const succeed = async (tx: Tx): Promise<Outcome<Result>> => ({
        ...(await work(ctx, tx, input, parts)),
        userErrors: [],
      });
      const transact = <Value>(inside: (tx: Tx) => Promise<Value>, counter: WorkCounter = ctx.work) =>
        database.transact(ctx.caller.scope, inside, counter);
      if (!repeatable) {
        const joined = join({ ctx, input, parts, inTransaction: transact });
        return joined ? { ...(await joined), userErrors: [] } : await transact(succeed);
      }
      const settle = async (tx: Tx) => {
        try {
          return { result: await succeed(tx), isRefused: false };
        } catch (error) {
          const result = refusalOf(error, given);
          if (!result) throw error;
          return { result, isRefused: true };
        }
      };
      const sent = { caller: ctx.caller, operation: name, input, transact };
      const { result, isReplayed } = await idempotency.once(sent, repeatable, settle);
      if (isReplayed) trace.replayed = true;
      return result;
    } catch (error) {
      const refusal = refusalOf(error, given);
      if (!refusal) throw error;
      return refusal;
    } finally {
      // Cached values may be outdated now.
      ctx.loaders.clear();
    }
  };

  const run: UseCase<Input, Result, Parts>['run'] = (ctx, given, parts, repeatable) => {
    const trace: UseCaseTrace = { name, action, ...traceOfCaller(ctx.caller) };
    return traced(useCaseChannel, trace, async () => {
      try {
        const outcome = await execute({ ctx, given, parts, repeatable }, trace);
        trace.codes = codesOf(outcome);
        return outcome;
      } catch (error) {
        trace.codes = [codeOfFailure(error)];
        throw error;
      }
    });
  };

  return {
    name,
    action,
    itemwise,
    codes: [...new Set<UserErrorCode>(['INVALID_INPUT', 'IDEMPOTENCY_KEY_REUSED', ...codes])],
    run,
  };
}

interface CallOf<Input extends object, Result extends object, Parts> {
  ctx: RequestContext;
  given: Input;
  parts: Parts;
  repeatable: Repeatable<Outcome<Result>> | undefined;
}

function codeOfFailure(error: unknown): string {
  if (error instanceof OutcomeUnknownError) return 'OUTCOME_UNKNOWN';
  return error instanceof RequestError ? error.code : 'INTERNAL_SERVER_ERROR';
}

/** The error codes, without duplicates, including those of items that are refused one by one. */
function codesOf(outcome: { userErrors: Problem[]; results?: readonly { userErrors: Problem[] }[] }): string[] {
  const { userErrors, results = [] } = outcome;
  return [...new Set([userErrors, ...results.map((item) => item.userErrors)].flat().map(({ code }) => code))];
}
