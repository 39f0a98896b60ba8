import type { IncomingMessage } from 'node:http';
import type { ExecutionResult, GraphQLError } from 'graphql';
import type { Caller } from '../access/caller';
import type { OperationOutcome } from '../operation/operation-pipeline';
import type { RequestContext } from '../operation/request-context';
import { requestIdOf } from './request-id';
import { addressOf } from './client-address';
import { type RequestLog, type SocketOperation } from './request-log';

/** Where the operations of a socket come from. */
export interface SocketOrigin {
  readonly requestId: string;
  readonly address: string;
  /** Number of its operations. */
  operations: number;
  /** Set when the socket is closed. */
  closeCode?: number;
}

export function originOf(request: IncomingMessage): SocketOrigin {
  return { requestId: requestIdOf(request), address: addressOf(request), operations: 0 };
}

/** The log of one operation over WebSocket: a line when it has ended; for a subscription, one when it opens and one when it closes. */
export class OperationLine {
  /** That of the socket, and the number of the operation. */
  readonly requestId: string;
  private readonly startedMs = performance.now();
  private ctx: RequestContext | undefined;

  constructor(
    private readonly lines: RequestLog,
    private readonly origin: SocketOrigin,
    private readonly caller: Caller,
  ) {
    this.requestId = `${origin.requestId}-${(origin.operations += 1)}`;
  }

  /** The context in which the operation runs. */
  within(ctx: RequestContext): RequestContext {
    this.ctx = Object.assign(ctx, { requestId: this.requestId });
    return ctx;
  }

  /** Logs the outcome. @returns it; the results of a subscription are watched until their end */
  ended(outcome: OperationOutcome): OperationOutcome {
    if (!('results' in outcome)) {
      this.lines.operationCompleted(this.operation());
      return outcome;
    }
    this.lines.subscriptionOpened(this.operation());
    const onEnd = (events: number, reason?: string) =>
      this.lines.subscriptionClosed(this.operation(), events, reason ?? this.reason());
    return { results: new WatchedResults(outcome.results, onEnd) };
  }

  /** Logs an operation that did not run. */
  failed({ extensions }: GraphQLError): void {
    this.lines.operationCompleted({ ...this.operation(), codes: [String(extensions.code)] });
  }

  private operation(): SocketOperation {
    const { requestId, caller, ctx, origin, startedMs } = this;
    const ms = Math.round(performance.now() - startedMs);
    return { requestId, address: origin.address, caller, trace: ctx?.run.trace, ms };
  }

  /** Why a subscription was ended from outside. */
  private reason(): string {
    const { closeCode } = this.origin;
    return closeCode === undefined ? 'completed by the client' : `socket closed with ${closeCode}`;
  }
}

/** Counts the results of a subscription, and reports its end once. */
class WatchedResults implements AsyncIterableIterator<ExecutionResult> {
  private events = 0;
  private hasEnded = false;

  constructor(
    private readonly results: AsyncIterableIterator<ExecutionResult>,
    /** Without a reason, it was ended by `return()`. */
    private readonly onEnd: (events: number, reason?: string) => void,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ExecutionResult>> {
    const next = await this.results.next();
    if (next.done) this.end('the stream ended');
    else if (next.value.data == null) this.end(String(next.value.errors?.[0]?.extensions.code));
    else this.events += 1;
    return next;
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    this.end();
    return (await this.results.return?.()) ?? { done: true, value: undefined };
  }

  private end(reason?: string): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.onEnd(this.events, reason);
  }
}
