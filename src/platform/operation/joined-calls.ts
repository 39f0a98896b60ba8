import { WorkStopped, type Work } from '../base/work';
import { RequestError } from '../base/errors';
import { isCanceled, isUnavailable, OutcomeUnknownError } from '../db/pg-error';
import { scopeKey } from '../db/scope';
import type { Tx } from '../db/session';
import { SharedWork } from './shared-work';
import type { CheckedCall } from './use-case';

/** Size of a call, or of a group of calls. */
export interface CallSize {
  readonly items: number;
  readonly bytes: number;
}

export interface JoinedCallsOptions<Input, Result> {
  /** A larger call has a transaction of its own, which is worth its commit. */
  readonly largestCall: CallSize;
  readonly largestGroup: CallSize;
  readonly sizeOf: (input: Input) => CallSize;
  /**
   * Carries out calls in one transaction. Runs again from the start after a deadlock, as the work of a use case.
   *
   * @returns the result of each call, in their order, and the number of rows that it wrote
   */
  readonly work: (tx: Tx, inputs: readonly Input[]) => Promise<readonly Joined<Result>[]>;
}

export interface Joined<Result> {
  readonly result: Result;
  /** See `Work.countWrites`. */
  readonly writes: number;
}

/** A call that was not carried out yet. */
interface Call<Input, Result> extends Pick<CheckedCall<Input>, 'ctx' | 'input' | 'inTransaction'> {
  readonly size: CallSize;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

const SLOW_MS = 100;

/**
 * Joins the small calls of a customer that arrive while others of it are carried out: all that have arrived are the next group, in
 * one transaction. Nothing waits for a time. A call that arrives while there are no others is carried out at once.
 *
 * Each call has its own result. If the transaction fails for a reason that may lie in one of its calls, each call is repeated in a
 * transaction of its own, so that none fails because of another one. A call that waits gives its place back: a group has one
 * connection, however many calls it has.
 *
 * One object for each process. Calls of operators are not joined: they may concern several customers.
 */
export class JoinedCalls<Input, Result> {
  /** The calls that wait for a group of their customer, while that runs. */
  private readonly lanes = new Map<string, Call<Input, Result>[]>();

  /** @param slowMs time after which the next group no longer waits for one that takes longer, such as one that waits for a lock */
  constructor(
    private readonly options: JoinedCallsOptions<Input, Result>,
    private readonly slowMs = SLOW_MS,
  ) {}

  /** @returns undefined for a call that needs a transaction of its own */
  join({ ctx, input, inTransaction }: Omit<CheckedCall<Input>, 'parts'>): Promise<Result> | undefined {
    const { scope } = ctx.caller;
    const size = this.options.sizeOf(input);
    if (scope.kind !== 'customer' || !fits(size, this.options.largestCall)) return undefined;
    const key = scopeKey(scope);
    const waiting = this.lanes.get(key);
    const result = new Promise<Result>((resolve, reject) => {
      const call = { ctx, input, inTransaction, size, resolve, reject };
      if (waiting) waiting.push(call);
      else this.start(key, [call]);
    });
    const { place } = ctx.run;
    return waiting && place ? place.whileJoined(result) : result;
  }

  /** @param waiting calls of which a group is carried out now */
  private start(key: string, waiting: Call<Input, Result>[]): void {
    if (waiting.length === 0) {
      this.lanes.delete(key);
      return;
    }
    this.lanes.set(key, waiting);
    let isFollowed = false;
    const follow = () => {
      if (!isFollowed) this.start(key, waiting);
      isFollowed = true;
    };
    const slow = setTimeout(follow, this.slowMs);
    void this.carryOut(this.takeGroup(waiting)).finally(() => {
      clearTimeout(slow);
      follow();
    });
  }

  private takeGroup(waiting: Call<Input, Result>[]): Call<Input, Result>[] {
    let sum: CallSize = { items: 0, bytes: 0 };
    const end = waiting.findIndex(({ size }) => {
      sum = { items: sum.items + size.items, bytes: sum.bytes + size.bytes };
      return !fits(sum, this.options.largestGroup);
    });
    return waiting.splice(0, end === -1 ? waiting.length : end);
  }

  /** Settles all calls. Never rejects. */
  private async carryOut(group: readonly Call<Input, Result>[]): Promise<void> {
    const calls = group.filter(isInTime);
    const [first, ...others] = calls;
    if (!first) return;
    if (others.length === 0) return this.alone(first);
    const shared = new SharedWork(calls.map(({ ctx }) => ctx.work));
    const inputs = calls.map(({ input }) => input);
    try {
      const done = await first.inTransaction((tx) => this.options.work(tx, inputs), shared);
      calls.forEach(({ ctx, resolve }, index) => {
        const { result, writes } = done[index]!;
        ctx.work.countShared({ statements: shared.statements, writes });
        resolve(result);
      });
    } catch (error) {
      if (concernsAll(error)) for (const { reject } of calls) reject(error);
      else await Promise.all(calls.map((call) => this.alone(call)));
    }
  }

  private async alone({ input, inTransaction, resolve, reject }: Call<Input, Result>): Promise<void> {
    try {
      const [done] = await inTransaction((tx) => this.options.work(tx, [input]));
      resolve(done!.result);
    } catch (error) {
      reject(error);
    }
  }
}

function fits(size: CallSize, largest: CallSize): boolean {
  return size.items <= largest.items && size.bytes <= largest.bytes;
}

/** Refuses a call whose time was over before its group began. */
function isInTime({ ctx: { work }, reject }: { ctx: { work: Work }; reject: (error: unknown) => void }): boolean {
  try {
    work.assertInTime();
    return true;
  } catch (error) {
    reject(error);
    return false;
  }
}

/**
 * Whether the reason of a failure cannot be one call of several: the database serves no one, no connection is free, or the outcome
 * is unknown, so the calls must not be repeated. The statement timeout may be the reason of one call, whose device is locked.
 */
function concernsAll(error: unknown): boolean {
  if (error instanceof WorkStopped) return false;
  if (error instanceof RequestError || error instanceof OutcomeUnknownError) return true;
  return isUnavailable(error) && !isCanceled(error);
}
