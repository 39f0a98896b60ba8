import type { Work, WorkCounter } from '../base/work';

/**
 * The work of operations that share a transaction. Its time ends with that of the operation that began last, so an operation
 * whose time is over does not stop the others.
 */
export class SharedWork implements WorkCounter {
  private readonly last: Work;
  private sent = 0;

  /** @param works at least one */
  constructor(works: readonly Work[]) {
    this.last = works.reduce((one, other) => (other.startedAt > one.startedAt ? other : one));
  }

  get statements(): number {
    return this.sent;
  }

  countStatement(): void {
    this.assertInTime();
    this.sent += 1;
  }

  assertInTime(): void {
    this.last.assertInTime();
  }

  /** Each operation counts the rows that it wrote itself, see `Work.countShared`. */
  countWrites(): void {
    // Not counted here.
  }
}
