import type { UserErrorCode } from './user-error-code';

/** A domain rule that a request violated and that the caller can correct. Becomes one `UserError`. */
export interface Problem {
  code: UserErrorCode;
  /** A sentence that states the rule and the way out. Never contains personal data. */
  message: string;
  /** Path of the value in the arguments, e.g. `['input', 'note']`. */
  path?: string[];
}

/** Rows by the payload member that returns them. */
export type CurrentRows = Readonly<Record<string, object>>;

/** Thrown by services and pure rules. The transaction is rolled back and the problems are returned as data. */
export class DomainError extends Error {
  readonly problems: Problem[];

  constructor(code: UserErrorCode, message: string, path?: string[], current?: CurrentRows);
  constructor(problems: Problem[]);
  constructor(
    first: UserErrorCode | Problem[],
    message = '',
    path?: string[],
    /** Current state of the rows in question, if the caller may see them; returned with the problems. */
    readonly current: CurrentRows = {},
  ) {
    const problems = typeof first === 'string' ? [{ code: first, message, path }] : first;
    super(problems.map((problem) => `${problem.code}: ${problem.message}`).join('; '));
    this.name = 'DomainError';
    this.problems = problems;
  }
}

/** The complete list of codes of top-level errors. The documentation explains each. */
export type RequestErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'BAD_USER_INPUT'
  | 'OPERATION_TOO_COMPLEX'
  | 'OPERATION_TOO_LARGE'
  | 'OPERATION_TIMEOUT'
  | 'RATE_LIMITED'
  | 'CURSOR_INVALID'
  | 'CURSOR_EXPIRED'
  | 'SERVICE_UNAVAILABLE'
  | 'OUTCOME_UNKNOWN';

/** A request that cannot be served. Clients receive the code and the message as a top-level error. */
export class RequestError extends Error {
  constructor(
    readonly code: RequestErrorCode,
    message: string,
    /** Further members of the error's `extensions`, e.g. `{ path: ['filter', 'siteIds', '0'] }`. */
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
    this.name = 'RequestError';
  }
}

/** A value that violates a rule of its argument or field. BAD_USER_INPUT; a use case returns it as INVALID_INPUT. */
export class InvalidValueError extends RequestError {
  /** @param place path from the name of the argument, e.g. `['input', 'deviceId']`; graphql-js uses `path` for result paths */
  constructor(
    readonly place: readonly string[],
    readonly rule: string,
  ) {
    super('BAD_USER_INPUT', `${place.join('.')}: ${rule}`, { path: place });
    this.name = 'InvalidValueError';
  }

  /** @param depth number of leading path segments that the message omits; by default the name of the argument */
  toProblem(depth = 1): Problem {
    const { place, rule } = this;
    return { code: 'INVALID_INPUT', message: `${place.slice(depth).join('.')} ${rule}.`, path: [...place] };
  }
}

/** Several reasons to refuse a request. They are reported together, so that the caller can correct all of them at once. */
export class RequestErrors extends RequestError {
  /** @param errors at least two */
  constructor(readonly errors: readonly RequestError[]) {
    const [first] = errors;
    super(first!.code, first!.message, first!.details);
    this.name = 'RequestErrors';
  }
}

/** Several values that violate rules. */
export class InvalidValuesError extends RequestErrors {
  declare readonly errors: readonly InvalidValueError[];

  /** @param errors at least two */
  constructor(errors: readonly InvalidValueError[]) {
    super(errors);
    this.name = 'InvalidValuesError';
  }
}

/** The error for values of one request that violate rules. */
export function invalidValues(errors: readonly InvalidValueError[]): InvalidValueError | InvalidValuesError {
  return errors.length === 1 ? errors[0]! : new InvalidValuesError(errors);
}

/** The error for a request that is refused for one or several reasons. */
export function refusalFor(errors: readonly RequestError[]): RequestError {
  return errors.length === 1 ? errors[0]! : new RequestErrors(errors);
}

/** The reason for which a check refuses a request, if it does. */
export function reasonOf(check: () => unknown): RequestError[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof RequestError) return [error];
    throw error;
  }
}

/** The problems of an error that the caller can correct; undefined for any other error. */
export function problemsOf(error: unknown, depth?: number): Problem[] | undefined {
  if (error instanceof InvalidValueError) return [error.toProblem(depth)];
  if (error instanceof InvalidValuesError) return error.errors.map((one) => one.toProblem(depth));
  return error instanceof DomainError ? error.problems : undefined;
}

export function badInput(path: readonly string[], rule: string): InvalidValueError {
  return new InvalidValueError(path, rule);
}

/** All faults of the configuration, one per line: `PORT: must be a whole number from 0 to 65535, is "abc"`. */
export class ConfigError extends Error {
  constructor(readonly lines: readonly string[]) {
    super(`The configuration is invalid:\n${lines.map((line) => `  ${line}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}
