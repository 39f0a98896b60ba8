import { GraphQLError } from 'graphql';
import { InvalidValuesError, RequestError } from '../base/errors';

/** Values of one operation that are reported one by one; one more error says how many others there are. */
const MAX_VALUES = 20;

/** The errors of an operation, with an error of its own for each value that a field has refused. */
export function separated(errors: readonly unknown[]): unknown[] {
  let reported = 0;
  let others = 0;
  const separate = errors.flatMap((error): unknown[] => {
    const cause = error instanceof GraphQLError ? error.originalError : undefined;
    if (!(error instanceof GraphQLError && cause instanceof InvalidValuesError)) return [error];
    // Each field that failed has an error.
    const shown = cause.errors.slice(0, Math.max(1, MAX_VALUES - reported));
    reported += shown.length;
    others += cause.errors.length - shown.length;
    return shown.map(
      (one) => new GraphQLError(one.message, { nodes: error.nodes, path: error.path, originalError: one }),
    );
  });
  if (others > 0) separate.push(new RequestError('BAD_USER_INPUT', `${others} more values are refused.`));
  return separate;
}
