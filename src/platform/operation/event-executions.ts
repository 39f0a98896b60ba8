import type { ExecutionResult } from 'graphql';

/** The executions of a subscription's events. An error of the stream becomes the last result. */
export class EventExecutions implements AsyncIterableIterator<ExecutionResult, undefined> {
  private failed = false;

  constructor(
    private readonly events: AsyncIterator<unknown, unknown>,
    private readonly execute: (event: unknown) => Promise<ExecutionResult>,
    private readonly toResult: (error: unknown) => ExecutionResult,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    if (this.failed) return { done: true, value: undefined };
    try {
      const { done, value } = await this.events.next();
      return done ? { done: true, value: undefined } : { done: false, value: await this.execute(value) };
    } catch (error) {
      this.failed = true;
      return { done: false, value: this.toResult(error) };
    }
  }

  /** Ends the stream immediately, also while next() waits for an event. An async generator could not do that. */
  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    await this.events.return?.();
    return { done: true, value: undefined };
  }
}
