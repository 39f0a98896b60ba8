import type { UserErrorCode } from './user-error-code';

/** A rule of the domain that a request broke: what the caller can cause and correct. One becomes one `UserError`. */
export interface Problem {
  code: UserErrorCode;
  /** A sentence that a person can act on; never contains personal data. */
  message: string;
  /** Where in the input the value stands, e.g. `['input', 'note']`. */
  path?: string[];
}

/** Rows by the members of the payload that show them. */
export type CurrentRows = Readonly<Record<string, object>>;

/** Thrown by services and pure rules; the transaction rolls back and the problems are returned as data. */
export class DomainError extends Error {
  readonly problems: Problem[];

  constructor(code: UserErrorCode, message: string, path?: string[], current?: CurrentRows);
  constructor(problems: Problem[]);
  constructor(
    first: UserErrorCode | Problem[],
    message = '',
    path?: string[],
    /** What the request is about as it is now, which the caller may see: returned beside the problems. */
    readonly current: CurrentRows = {},
  ) {
    const problems = typeof first === 'string' ? [{ code: first, message, path }] : first;
    super(problems.map((problem) => `${problem.code}: ${problem.message}`).join('; '));
    this.name = 'DomainError';
    this.problems = problems;
  }
}

/** The closed list of codes of top-level errors; the README explains each. */
export type RequestErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'BAD_USER_INPUT'
  | 'OPERATION_TOO_COMPLEX'
  | 'CURSOR_INVALID'
  | 'CURSOR_EXPIRED'
  | 'SUBSCRIBER_TOO_SLOW'
  | 'SERVICE_UNAVAILABLE';

/** A request that cannot be served as it stands: a top-level error with this code, shown to the client as it is. */
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

/** A value that breaks a rule of its argument or member: BAD_USER_INPUT, but a use case returns it as INVALID_INPUT. */
export class InvalidValueError extends RequestError {
  /** @param place from the name of the argument on, e.g. `['input', 'deviceId']`; a `path` is to graphql-js one of the result */
  constructor(
    readonly place: readonly string[],
    private readonly rule: string,
  ) {
    super('BAD_USER_INPUT', `${place.join('.')}: ${rule}`, { path: place });
    this.name = 'InvalidValueError';
  }

  /** @param depth of what the message names members of: the input by default, or one of its items */
  toProblem(depth = 1): Problem {
    const { place, rule } = this;
    return { code: 'INVALID_INPUT', message: `${place.slice(depth).join('.')} ${rule}.`, path: [...place] };
  }
}

/** Why something was refused, by an error that a caller can cause and correct; undefined for any other error. */
export function problemsOf(error: unknown, depth?: number): Problem[] | undefined {
  if (error instanceof InvalidValueError) return [error.toProblem(depth)];
  return error instanceof DomainError ? error.problems : undefined;
}

export function badInput(path: readonly string[], rule: string): InvalidValueError {
  return new InvalidValueError(path, rule);
}

/** Every fault of the configuration, one per line: `PORT: must be a whole number from 0 to 65535, is "abc"`. */
export class ConfigError extends Error {
  constructor(readonly lines: readonly string[]) {
    super(`The configuration is not right:\n${lines.map((line) => `  ${line}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}
