import { GraphQLError, type ExecutionResult } from 'graphql';

/** Codes of faults that are not the caller's: the same event may be executed without them later. */
const FAULTS: readonly unknown[] = ['INTERNAL_SERVER_ERROR', 'SERVICE_UNAVAILABLE'];

/**
 * The executions of a subscription's events. An error of the stream becomes the last result.
 *
 * So does an event that cannot be delivered whole, because its subscriber would otherwise pass it: it would miss the fields that
 * failed, or the cursor. It is executed again when the subscriber resumes after the event before.
 */
export class EventExecutions implements AsyncIterableIterator<ExecutionResult, undefined> {
  private failed = false;

  constructor(
    private readonly events: AsyncIterator<unknown, unknown>,
    private readonly execute: (event: unknown) => Promise<ExecutionResult>,
    private readonly toError: (error: unknown) => GraphQLError,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    if (this.failed) return { done: true, value: undefined };
    try {
      const { done, value } = await this.events.next();
      if (done) return { done: true, value: undefined };
      const result = await this.execute(value);
      const fault = faultOf(result);
      return { done: false, value: fault ? await this.endWith(fault) : result };
    } catch (error) {
      return { done: false, value: await this.endWith(this.toError(error)) };
    }
  }

  /** Ends the stream immediately, also while next() waits for an event. An async generator could not do that. */
  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    await this.events.return?.();
    return { done: true, value: undefined };
  }

  private async endWith(error: GraphQLError): Promise<ExecutionResult> {
    this.failed = true;
    await this.events.return?.();
    return { errors: [error] };
  }
}

/** Why a result must not be delivered. A field that the caller may not read is null in a result that is. */
function faultOf({ data, errors = [] }: ExecutionResult): GraphQLError | undefined {
  const isWithoutEvent = data == null || Object.values(data).includes(null);
  const error =
    errors.find(({ extensions }) => FAULTS.includes(extensions.code)) ?? (isWithoutEvent ? errors[0] : undefined);
  return (
    error &&
    new GraphQLError(
      `${error.message} The subscription has ended. Subscribe again after the last cursor that you received.`,
      {
        extensions: error.extensions,
      },
    )
  );
}
