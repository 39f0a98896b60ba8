import { DomainError, RequestError } from './errors';

/**
 * The loggable fields of an error whose message must not be logged because it quotes values, such as PostgreSQL's errors.
 * Undefined for all other errors.
 */
export type DescribeError = (error: unknown) => Record<string, unknown> | undefined;

/** An error in the log. */
export interface LoggedError {
  type: string;
  [field: string]: unknown;
}

/**
 * Errors whose message quotes client data: a document, a value, a body that is not JSON ("Unexpected token 'x',
 * "{"firstName…" is not valid JSON"), or the criteria of a query.
 */
const QUOTING = new Set(['GraphQLError', 'SyntaxError', 'ZodError', 'QueryFailedError', 'EntityNotFoundError']);

/** Maximum depth of causes and number of parts of an AggregateError. The depth also ends cycles. */
const MAX_CAUSES = 4;
const MAX_PARTS = 5;

/** The loggable form of an error: our own messages, and the parts of other errors that quote no client data. */
export function toLoggedError(error: unknown, describe?: DescribeError, causes = MAX_CAUSES): LoggedError {
  if (!(error instanceof Error)) return toLoggedValue(error);
  const again = (inner: unknown) => toLoggedError(inner, describe, causes - 1);
  // graphql-js wraps a resolver's error in one that quotes the path and location in the document.
  if ('originalError' in error && error.originalError instanceof Error && causes > 0) return again(error.originalError);

  const type = error.constructor.name;
  if (error instanceof RequestError) return { type, code: error.code, message: error.message };
  if (error instanceof DomainError) return { type, message: error.message };
  const described = describe?.(error);
  if (described) return { type, ...described, stack: framesOf(error) };
  return {
    type,
    ...('code' in error && typeof error.code === 'string' && { code: error.code }),
    ...(!QUOTING.has(error.name) && !QUOTING.has(type) && { message: error.message }),
    stack: framesOf(error),
    ...(error instanceof AggregateError && causes > 0 && { errors: error.errors.slice(0, MAX_PARTS).map(again) }),
    ...causeOf(error, again, causes),
  };
}

/** A failure without any message, for errors of connections: their messages have addresses. */
export function toLoggedFailure(error: unknown): LoggedError {
  return withoutMessages(toLoggedError(error));
}

function withoutMessages({ message: _message, cause, errors, ...fields }: LoggedError): LoggedError {
  return {
    ...fields,
    ...(cause !== undefined && { cause: withoutMessages(cause as LoggedError) }),
    ...(Array.isArray(errors) && { errors: (errors as LoggedError[]).map(withoutMessages) }),
  };
}

/** Of a code or a name that a program chose: no white space, and none of the characters of an e-mail address. */
const IDENTIFIER = /^[A-Za-z][\w.-]{0,63}$/;

/** What was thrown although it is no Error: its text may be of a client, so only its size and its codes are logged. */
function toLoggedValue(thrown: unknown): LoggedError {
  if (typeof thrown === 'string') return { type: 'string', length: thrown.length };
  if (typeof thrown !== 'object' || thrown === null) return { type: thrown === null ? 'null' : typeof thrown };
  const { name, code, status, constructor } = thrown as Record<string, unknown>;
  return {
    type: (constructor as { name?: string } | undefined)?.name || 'object',
    ...(typeof name === 'string' && IDENTIFIER.test(name) && /(?:Error|Exception)$/.test(name) && { name }),
    ...(typeof code === 'string' && /^[A-Z][A-Z\d_]{1,63}$/.test(code) && { code }),
    ...(typeof status === 'number' && { status }),
  };
}

function causeOf(error: Error, toLogged: (cause: unknown) => LoggedError, causes: number): { cause?: LoggedError } {
  return error.cause === undefined || causes === 0 ? {} : { cause: toLogged(error.cause) };
}

/** The stack without its head, which repeats the message. */
function framesOf(error: Error): string | undefined {
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return frames?.map((line) => line.trim()).join('\n');
}
