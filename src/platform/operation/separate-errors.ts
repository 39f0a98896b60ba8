import { GraphQLError } from 'graphql';
import { RequestError, RequestErrors } from '../base/errors';
import { MAX_REASONS, moreRefused } from '../base/reasons';

/** The errors of an operation, with an error of its own for each reason for which it, or one of its fields, was refused. */
export function separated(errors: readonly unknown[]): unknown[] {
  let reported = 0;
  let others = 0;
  const separate = errors.flatMap((error): unknown[] => {
    const cause = error instanceof GraphQLError ? error.originalError : error;
    if (!(cause instanceof RequestErrors)) return [error];
    // Each field that failed has an error.
    const shown = cause.errors.slice(0, Math.max(1, MAX_REASONS - reported));
    reported += shown.length;
    others += cause.errors.length - shown.length;
    const { nodes, path } = error instanceof GraphQLError ? error : {};
    return shown.map((one) => new GraphQLError(one.message, { nodes, path, originalError: one }));
  });
  if (others > 0) separate.push(new RequestError('BAD_USER_INPUT', moreRefused(others)));
  return separate;
}
