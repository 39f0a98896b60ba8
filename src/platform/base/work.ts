import { RequestError } from './errors';
import { defineLimit, noteLimitReached } from './limit';
import { Turns } from './turns';

export const DEFAULT_TIMEOUT_MS = defineLimit('operation, milliseconds', {
  value: 30_000,
  unit: 'ms',
  description:
    'Time for one operation, or one event of a subscription. Then no statement begins, and nothing is committed: OPERATION_TIMEOUT. Set by OPERATION_TIMEOUT_MS.',
});
export const DEFAULT_MAX_RESULT_BYTES = defineLimit('result bytes', {
  value: 10_000_000,
  unit: 'bytes',
  description:
    'Approximate size of a result as JSON, counted while it is made. More stops the operation with OPERATION_TOO_LARGE. Set by MAX_RESULT_BYTES.',
});
const MAX_STATEMENTS = defineLimit('statements', {
  value: 1_000,
  unit: 'SQL statements',
  description: 'Number of SQL statements of an operation. More stops it with OPERATION_TOO_LARGE.',
});

/** Bounds of the work of one operation. */
export interface WorkBounds {
  readonly timeoutMs: number;
  readonly maxResultBytes: number;
}

/** An operation that reached a bound while it ran. */
export class WorkStopped extends RequestError {}

/** A mutation of an operation, by its key in the result. */
export interface MutationRecord {
  readonly key: string;
  /** Whether its change was committed. */
  isDone: boolean;
}

/** What a transaction counts. */
export interface WorkCounter {
  /** @throws WorkStopped */
  countStatement(): void;
  /** @throws WorkStopped */
  assertInTime(): void;
  countWrites(rows: number): void;
}

/** Fields between two looks at the clock. */
const FIELDS_PER_LOOK = 256;

/**
 * The work of one operation, or of one event of a subscription, counted while it is done, and stopped at its bounds. The cost that
 * is computed before is an estimate; these bounds hold whatever it says.
 *
 * Once stopped, each further step throws the same error: no statement begins, no transaction commits, no field is resolved. A
 * statement in progress ends by itself or by the statement timeout.
 *
 * Reachable as `ctx.work`. Each context has its own.
 */
export class Work implements WorkCounter {
  /** Of `performance.now()`, in milliseconds. */
  readonly startedAt = performance.now();
  readonly turns: Turns;
  /** The mutations of the operation that were begun, one after the other. */
  readonly mutations: MutationRecord[] = [];
  private written = 0;
  private sent = 0;
  private size = 0;
  private errorsCounted = 0;
  private fields = 0;
  private reason: WorkStopped | undefined;

  /** @param owner shares the time of the process with other owners, such as a customer */
  constructor(
    private readonly bounds: WorkBounds,
    owner = '',
  ) {
    this.turns = new Turns(owner);
  }

  /** SQL statements that were sent. Those that begin and end transactions and set the customer do not count. */
  get statements(): number {
    return this.sent;
  }

  /** Rows that were changed in committed transactions, as far as their events tell. */
  get writes(): number {
    return this.written;
  }

  /** Bytes of the result so far. */
  get bytes(): number {
    return this.size;
  }

  /** Errors of fields so far. */
  get errors(): number {
    return this.errorsCounted;
  }

  /** Counts the result from an earlier state again: what was made since is thrown away. */
  recount({ bytes, errors }: { bytes: number; errors: number }): void {
    this.size = bytes;
    this.errorsCounted = errors;
  }

  /** Why it was stopped. */
  get stopped(): WorkStopped | undefined {
    return this.reason;
  }

  /** Called before a statement is sent. @throws WorkStopped */
  countStatement(): void {
    this.assertInTime();
    this.sent += 1;
    if (this.sent > MAX_STATEMENTS)
      throw this.stop(
        'statements',
        'OPERATION_TOO_LARGE',
        `It needs more than ${MAX_STATEMENTS} SQL statements. Split it.`,
      );
  }

  /** Called before a field is resolved. @throws WorkStopped */
  countField(): void {
    if (this.reason) throw this.reason;
    this.fields += 1;
    if (this.fields % FIELDS_PER_LOOK === 0) this.assertInTime();
  }

  /** @throws WorkStopped */
  countBytes(bytes: number): void {
    this.size += bytes;
    if (this.size > this.bounds.maxResultBytes) throw this.stopForSize();
  }

  /** Called for an error of a field. It does not throw, because an error is being thrown. */
  countError(bytes: number): void {
    this.errorsCounted += 1;
    this.size += bytes;
    if (this.size > this.bounds.maxResultBytes) this.stopForSize();
  }

  /** @param rows number of events of one type: a change of a row appends at most one of each */
  countWrites(rows: number): void {
    this.written += rows;
  }

  /**
   * Counts a committed transaction that the operation shared with others: all of its statements, as if they were its own, and the
   * rows that the operation itself wrote. Never stops the operation; too many statements stop it before the next one.
   */
  countShared({ statements, writes }: { statements: number; writes: number }): void {
    this.sent += statements;
    this.written += writes;
  }

  beginMutation(key: string): MutationRecord {
    const record = { key, isDone: false };
    this.mutations.push(record);
    return record;
  }

  /** @throws WorkStopped */
  assertInTime(): void {
    if (this.reason) throw this.reason;
    const { timeoutMs } = this.bounds;
    if (performance.now() - this.startedAt > timeoutMs)
      throw this.stop('operation, milliseconds', 'OPERATION_TIMEOUT', `It took longer than ${timeoutMs} ms.`);
  }

  private stopForSize(): WorkStopped {
    const why = `The result is larger than ${this.bounds.maxResultBytes} bytes. Select fewer fields or smaller pages.`;
    return this.stop('result bytes', 'OPERATION_TOO_LARGE', why);
  }

  private stop(limit: string, code: 'OPERATION_TOO_LARGE' | 'OPERATION_TIMEOUT', why: string): WorkStopped {
    if (this.reason) return this.reason;
    noteLimitReached(limit);
    return (this.reason = new WorkStopped(code, `The operation was stopped at the limit of ${limit}. ${why}`));
  }
}
