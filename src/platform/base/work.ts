/**
 * The work of one operation, or of one event of a subscription, counted while it is done.
 *
 * Reachable as `ctx.work`. Each context has its own.
 */
export class Work {
  /** Of `performance.now()`, in milliseconds. */
  readonly startedAt = performance.now();
  /** SQL statements that were sent. Those that begin and end transactions and set the customer do not count. */
  statements = 0;
  /** Bytes of the result so far. */
  bytes = 0;

  countStatement(): void {
    this.statements += 1;
  }
}
