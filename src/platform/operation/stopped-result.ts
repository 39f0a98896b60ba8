import { GraphQLError, type ExecutionResult } from 'graphql';
import { RequestError } from '../base/errors';
import { WorkStopped, type Work } from '../base/work';

/**
 * The result of an operation that was stopped while it ran: one error, and no data but that of the mutations before.
 *
 * The mutations of an operation run one after the other, so all but the last one that began have their whole result. The error says
 * whether the change of that one was committed.
 */
export function stoppedResult(work: Work, stopped: WorkStopped, { data }: ExecutionResult): ExecutionResult {
  const last = work.mutations.at(-1);
  if (!last) return { errors: [new GraphQLError(stopped.message, { originalError: stopped })], data: null };
  const complete = new Set(work.mutations.slice(0, -1).map(({ key }) => key));
  const error = new GraphQLError(stopped.message, { path: [last.key], originalError: withOutcome(work, stopped) });
  return { errors: [error], data: data && withNulls(data, (key) => !complete.has(key)) };
}

/** Adds to the error of a stopped mutation whether its change was committed. Returns any other error as it is. */
export function withOutcome({ mutations }: Work, error: unknown): Error {
  const last = mutations.at(-1);
  if (!last || !(error instanceof WorkStopped)) return error as Error;
  const { code, message } = error;
  const { isDone } = last;
  const outcome = isDone
    ? 'The mutation was carried out, only its result is missing. Read the object, or repeat the call with its idempotencyKey.'
    : 'The mutation was not carried out.';
  return new RequestError(code, `${message} ${outcome}`, { isDone });
}

function withNulls(data: Readonly<Record<string, unknown>>, isNull: (key: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, isNull(key) ? null : value]));
}
