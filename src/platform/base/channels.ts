import { channel, tracingChannel, type TracingChannel } from 'node:diagnostics_channel';

/**
 * The gateway's diagnostics channels, see docs/decisions/diagnostics.md. Traces contain names and counts and no
 * personal data: no variables, values, results or error messages.
 */

interface OfCustomer {
  /** Null for operators, and for the gateway's own work. */
  readonly customerId: string | null;
}

/**
 * Who made the result of a query: the database, or the executor. `FAILED` when a compiled statement failed by a fault of the gateway, and
 * the executor carried out the operation.
 */
export type ReadOutcome = 'COMPILED' | 'EXECUTED' | 'FAILED';

/** An operation, from its validated document or REST request to its result (of a subscription: to the start of its stream). */
export interface OperationTrace extends OfCustomer {
  readonly transport: 'http' | 'websocket' | 'rest';
  readonly role: string;
  /** Whether its document was parsed and validated by an earlier operation. Absent for REST, which has no documents. */
  readonly isDocumentCached?: boolean;
  /** Absent for REST, and where the gateway distinguishes no trusted documents. */
  readonly isTrusted?: boolean;
  /** `query`, `mutation` or `subscription`; undefined for a rejected document. */
  type?: string;
  /** How a query whose response is JSON text was read. Set at `asyncEnd`. */
  read?: ReadOutcome;
  /** Name of the operation; for REST, its operationId. */
  name?: string;
  /** SHA-256 of its document, in hexadecimal. Absent for REST. */
  documentHash?: string;
  /** See Measurement. For REST, the points that were charged. Set at `asyncEnd` then. */
  cost?: number;
  /** Ids of its faults, as in the log. Set at `asyncEnd` if there are any. */
  errorIds?: readonly string[];
  /** Codes of its top-level errors, including refusals. Set at `asyncEnd`. */
  codes?: readonly string[];
  /** Number of SQL statements, see Work. Set at `asyncEnd`. */
  statements?: number;
  /** Size of its result in bytes, see Work. Set at `asyncEnd`. */
  bytes?: number;
}

export const operationChannel = tracingChannel<unknown, OperationTrace>('gateway:operation');

/** A use case, called by any interface: permission check, input rules, transaction. */
export interface UseCaseTrace extends OfCustomer {
  readonly name: string;
  readonly action: string;
  readonly role: string;
  /** Distinct codes of refusals and failures, including those of batch items; empty on success. Set at `asyncEnd`. */
  codes?: readonly string[];
  /** True when the call was a repeated one that returned the kept result. Set at `asyncEnd`. */
  replayed?: boolean;
}

export const useCaseChannel = tracingChannel<unknown, UseCaseTrace>('gateway:use-case');

/** A batch of a loader. */
export interface BatchTrace {
  readonly loader: string;
  readonly keys: number;
}

export const batchChannel = tracingChannel<unknown, BatchTrace>('gateway:batch');

/** A statement, from sending it to its result. */
export interface StatementTrace extends OfCustomer {
  readonly name: string;
  readonly scope: 'customer' | 'operator' | 'system';
  readonly isInTransaction: boolean;
  /** Number of rows returned or changed. Set at `asyncEnd`. */
  rows?: number | null;
  /** SQLSTATE of its failure. */
  sqlState?: string;
}

export const statementChannel = tracingChannel<unknown, StatementTrace>('gateway:statement');

/** The wait of a statement or transaction for a connection of a pool, including the opening of a new one. */
export interface ConnectionTrace {
  readonly pool: 'customer' | 'operator' | 'system';
  /** True when a connection was taken. Set at `asyncEnd`. */
  isTaken?: boolean;
}

export const connectionChannel = tracingChannel<unknown, ConnectionTrace>('gateway:connection');

/** The fan-out of an event to the subscriptions of this instance. Synchronous: it ends at `end`. */
export interface EventTrace extends OfCustomer {
  readonly eventId: string;
  readonly type: string;
  readonly createdAt: Date;
  /** Number of subscriptions that waited for it. Others take it later, when their client has taken the events before. Set at `end`. */
  subscriptions?: number;
}

export const eventChannel = tracingChannel<unknown, EventTrace>('gateway:event');

/** An attempt to deliver a message to a webhook, including the storage of its outcome. */
export interface WebhookAttemptTrace extends OfCustomer {
  readonly webhookId: string;
  readonly deliveryId: string;
  /** Id of the message, as receivers see it. */
  readonly messageId: string;
  readonly eventType: string;
  /** Number of failed attempts before this one. */
  readonly failures: number;
  /** Status of the HTTP response; null when there was none. Set at `asyncEnd`. */
  status?: number | null;
  /** Outcome of the delivery after the attempt. Set at `asyncEnd`. */
  outcome?: string;
}

export const webhookAttemptChannel = tracingChannel<unknown, WebhookAttemptTrace>('gateway:webhook-attempt');

/** The planning of a portion of a customer's events, including its transaction. */
export interface WebhookPlanningTrace extends OfCustomer {
  /** Number of events that were read. Set at `asyncEnd`, as all that follow. */
  events?: number;
  /** Number of deliveries that were written. */
  deliveries?: number;
  /** Number of events that were set aside, because their deliveries cannot be planned. */
  setAside?: number;
  /** False when the portion failed. It is planned again, with fewer events. */
  isPlanned?: boolean;
}

export const webhookPlanningChannel = tracingChannel<unknown, WebhookPlanningTrace>('gateway:webhook-planning');

/** A request over HTTP whose response was sent, or whose client has disconnected. */
export interface RequestNotice {
  readonly method: string;
  /** Pattern of its route, such as `/api/v3/device/:id`. Undefined for an unknown path. */
  readonly route: string | undefined;
  /** 499 when the client has disconnected before the response began. */
  readonly status: number;
  readonly seconds: number;
}

/** Receives a RequestNotice for each request over HTTP. */
export const requestChannel = channel('gateway:request');

/** A credential was refused. */
export interface CredentialNotice {
  readonly transport: 'http' | 'websocket';
}

/** Receives a CredentialNotice for each refused credential. */
export const credentialChannel = channel('gateway:refused-credential');

export function noteRefusedCredential(transport: CredentialNotice['transport']): void {
  if (credentialChannel.hasSubscribers) credentialChannel.publish({ transport } satisfies CredentialNotice);
}

/** Something that the retention of readings has deleted, or a customer for which that failed. */
export interface RetentionNotice {
  readonly what: 'readings' | 'partitions' | 'failures';
  readonly count: number;
}

/** Receives a RetentionNotice for each portion. */
export const retentionChannel = channel('gateway:retention');

export function noteRetention(notice: RetentionNotice): void {
  if (notice.count > 0 && retentionChannel.hasSubscribers) retentionChannel.publish(notice);
}

/** A caller reached a limit: its request was refused, its connection was closed, or its work was stopped. */
export interface LimitNotice {
  /** Name of the limit in the documented table, see `defineLimit`. */
  readonly limit: string;
}

/** Receives a LimitNotice each time that a limit is reached. */
export const limitChannel = channel('gateway:limit');

/**
 * Runs `work` as one trace of a channel. Costs nothing without subscribers.
 *
 * Subscribers see only `trace`, and `asyncEnd` on success and on failure. Node's `tracePromise` would also pass them the
 * result or the error: results are personal data, and errors may quote it.
 *
 * @param trace `work` completes it before settling
 */
export function traced<Trace extends object, Result>(
  channel: TracingChannel<unknown, Trace>,
  trace: Trace,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!channel.hasSubscribers) return work();
  const { start, end, asyncStart, asyncEnd } = channel;
  const settled = () => {
    asyncStart.publish(trace);
    asyncEnd.publish(trace);
  };
  return start.runStores(trace, () => {
    const outcome = work();
    end.publish(trace);
    return outcome.then(
      (result) => {
        settled();
        return result;
      },
      (error: unknown) => {
        settled();
        throw error;
      },
    );
  });
}
