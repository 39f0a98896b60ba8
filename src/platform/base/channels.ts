import { tracingChannel, type TracingChannel } from 'node:diagnostics_channel';

/**
 * What the gateway publishes of its work, see docs/decisions/diagnostics.md. Traces name things and count them; they
 * hold no personal data: no variables, values, results or texts of errors.
 */

interface OfCustomer {
  /** Null for operators, and for the gateway's own work. */
  readonly customerId: string | null;
}

/** An operation, from its checked document to its result; a subscription, to the beginning of its stream. */
export interface OperationTrace extends OfCustomer {
  readonly transport: 'http' | 'websocket';
  readonly role: string;
  /** Whether its document was parsed and validated for an earlier operation. */
  readonly isDocumentCached: boolean;
  /** `query`, `mutation` or `subscription`; unknown for a document that is refused. */
  type?: string;
  name?: string;
  /** See Measurement. */
  cost?: number;
  /** Of its top-level errors, refusals included; known at `asyncEnd`. */
  codes?: readonly string[];
}

export const operationChannel = tracingChannel<unknown, OperationTrace>('gateway:operation');

/** A use case, whichever interface called it: permission, rules of the input, its transaction. */
export interface UseCaseTrace extends OfCustomer {
  readonly name: string;
  readonly action: string;
  readonly role: string;
  /** Why it, or an item of its batch, was refused or failed, each once; empty when it succeeded. Known at `asyncEnd`. */
  codes?: readonly string[];
}

export const useCaseChannel = tracingChannel<unknown, UseCaseTrace>('gateway:use-case');

/** A batch of a loader. */
export interface BatchTrace {
  readonly loader: string;
  readonly keys: number;
}

export const batchChannel = tracingChannel<unknown, BatchTrace>('gateway:batch');

/** A statement, from being sent to its result. */
export interface StatementTrace extends OfCustomer {
  readonly name: string;
  readonly scope: 'customer' | 'operator' | 'system';
  readonly isInTransaction: boolean;
  /** Rows returned or changed; known at `asyncEnd`. */
  rows?: number | null;
  /** SQLSTATE of its failure. */
  sqlState?: string;
}

export const statementChannel = tracingChannel<unknown, StatementTrace>('gateway:statement');

/** An event that this instance hands to its subscriptions; without waiting, so that it ends at `end`. */
export interface EventTrace extends OfCustomer {
  readonly eventId: string;
  readonly type: string;
  readonly createdAt: Date;
  /** Those that queued it; known at `end`. */
  subscriptions?: number;
}

export const eventChannel = tracingChannel<unknown, EventTrace>('gateway:event');

/** An attempt to deliver a message to a webhook, and its record. */
export interface WebhookAttemptTrace extends OfCustomer {
  readonly webhookId: string;
  readonly deliveryId: string;
  /** Of the message, as receivers see it. */
  readonly messageId: string;
  readonly eventType: string;
  /** Those before it. */
  readonly failures: number;
  /** Of the HTTP response; null when there was none. Known at `asyncEnd`, as the next one. */
  status?: number | null;
  /** Of the delivery after the attempt. */
  outcome?: string;
}

export const webhookAttemptChannel = tracingChannel<unknown, WebhookAttemptTrace>('gateway:webhook-attempt');

/**
 * Runs `work` as one trace of a channel; free while nobody listens.
 *
 * Those who listen see `trace` alone, on `asyncEnd` in each case. Node's `tracePromise` would hand them what is returned or
 * thrown too: results are personal data, and errors may quote it.
 *
 * @param trace `work` completes it before it settles
 */
export async function traced<Trace extends object, Result>(
  channel: TracingChannel<unknown, Trace>,
  trace: Trace,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!channel.hasSubscribers) return work();
  let outcome!: Promise<Result>;
  await channel.tracePromise(async () => {
    outcome = work();
    await outcome.catch(() => undefined);
  }, trace);
  return outcome;
}
