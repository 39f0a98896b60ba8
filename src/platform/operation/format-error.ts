import { randomUUID } from 'node:crypto';
import { GraphQLError, Kind } from 'graphql';
import type { Logger } from '../base/logger';
import { isUnavailable, OutcomeUnknownError } from '../db/pg-error';
import { RequestError } from '../base/errors';

/** Codes that an error may already have, mapped to the code that clients see. */
const CODES: Record<string, string> = {
  GRAPHQL_PARSE_FAILED: 'GRAPHQL_PARSE_FAILED',
  GRAPHQL_VALIDATION_FAILED: 'GRAPHQL_VALIDATION_FAILED',
  OPERATION_TOO_COMPLEX: 'OPERATION_TOO_COMPLEX',
  PERSISTED_QUERY_NOT_FOUND: 'PERSISTED_QUERY_NOT_FOUND',
  DOCUMENT_NOT_TRUSTED: 'DOCUMENT_NOT_TRUSTED',
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  BAD_USER_INPUT: 'BAD_USER_INPUT',
  BAD_REQUEST: 'BAD_USER_INPUT',
  PERSISTED_QUERY_NOT_SUPPORTED: 'PERSISTED_QUERY_NOT_FOUND',
};

const OUTCOME_UNKNOWN =
  'The connection to the database was lost during the commit, so the change may have been made. Read the object to find out. A call with an idempotencyKey can be sent again.';

/**
 * Converts anything that was thrown into the error that the client sees, the same on every transport.
 *
 * Errors that the caller can cause keep their message and have a documented code. Any other error is a fault: it is logged with
 * an id, and the client sees only the id.
 */
export class ErrorFormatter {
  /** One cause can fail many fields, e.g. all keys of a batch. It is logged once. */
  private readonly errorIds = new WeakMap<object, string>();

  private readonly formatted = new WeakSet<GraphQLError>();

  /** @param suggestions whether messages may suggest names of the schema, as those of graphql-js do */
  constructor(
    private readonly log: Logger,
    private readonly suggestions = true,
  ) {}

  /** @param requestId of the request that failed */
  format(thrown: unknown, requestId?: string): GraphQLError {
    if (thrown instanceof GraphQLError && this.formatted.has(thrown)) return thrown;
    const formatted = this.converted(toGraphQLError(thrown), requestId);
    if (!this.suggestions) formatted.message = withoutSuggestion(formatted.message);
    this.formatted.add(formatted);
    return formatted;
  }

  private converted(error: GraphQLError, requestId: string | undefined): GraphQLError {
    const original = rootCause(error);
    if (original instanceof RequestError) return withCode(error, original.code, original.message, original.details);
    const code = CODES[codeOf(original)] ?? CODES[codeOf(error)];
    if (code !== undefined) return withCode(error, code, error.message);
    // graphql-js' errors about arguments have nodes; its errors about results do not.
    if (original instanceof GraphQLError && (error.path === undefined || original.nodes !== undefined))
      return withCode(error, 'BAD_USER_INPUT', error.message, pathOfVariable(original));
    return this.fault(error, original, requestId);
  }

  private fault(error: GraphQLError, original: unknown, requestId: string | undefined): GraphQLError {
    const errorId = this.logged(error, original, requestId);
    if (original instanceof OutcomeUnknownError)
      return withCode(error, 'OUTCOME_UNKNOWN', `${OUTCOME_UNKNOWN} Error id: ${errorId}`, { errorId });
    return isUnavailable(original)
      ? withCode(
          error,
          'SERVICE_UNAVAILABLE',
          `The database is temporarily unavailable. Try again. Error id: ${errorId}`,
          { errorId },
        )
      : withCode(error, 'INTERNAL_SERVER_ERROR', `Internal server error. Error id: ${errorId}`, { errorId });
  }

  private logged(error: GraphQLError, original: unknown, requestId: string | undefined): string {
    const cause = typeof original === 'object' && original !== null ? original : error;
    const known = this.errorIds.get(cause);
    if (known !== undefined) return known;
    const errorId = randomUUID();
    this.errorIds.set(cause, errorId);
    this.log.error({ err: original, errorId, requestId, path: error.path }, 'operation failed');
    return errorId;
  }
}

/**
 * graphql-js adds suggestions at the end of a message. No regular expression: values of the caller stand before them in the message,
 * of any length, and can have the same words.
 */
function withoutSuggestion(message: string): string {
  const start = message.endsWith('?') ? message.lastIndexOf('Did you mean ') : -1;
  return start === -1 ? message : message.slice(0, start).trimEnd();
}

/** Wraps anything that was thrown in a GraphQLError. */
function toGraphQLError(error: unknown): GraphQLError {
  return error instanceof GraphQLError
    ? error
    : new GraphQLError('', {
        originalError: error instanceof Error ? error : new Error('The thrown value is not an Error.'),
      });
}

function rootCause(error: GraphQLError): unknown {
  let cause: unknown = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}

function codeOf(error: unknown): string {
  return error instanceof GraphQLError && typeof error.extensions.code === 'string' ? error.extensions.code : '';
}

/** The path of a variable that is missing or null although its argument is required. */
function pathOfVariable({ nodes: [node] = [] }: GraphQLError): { path?: string[] } {
  return node?.kind === Kind.VARIABLE ? { path: [node.name.value] } : {};
}

function withCode(
  error: GraphQLError,
  code: string,
  message: string,
  details: Record<string, unknown> = {},
): GraphQLError {
  return new GraphQLError(message, {
    nodes: error.nodes,
    source: error.source,
    positions: error.positions,
    path: error.path,
    extensions: { code, ...details },
  });
}
