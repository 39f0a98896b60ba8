import { tracingChannel } from 'node:diagnostics_channel';
import type { OperationTypeNode } from 'graphql';
import type { CallerTrace } from '../access/caller';

export type Transport = 'http' | 'websocket';

/** What is known of an operation; never its variables, nor anything of its result but the codes of its errors. */
export interface OperationTrace extends CallerTrace {
  readonly transport: Transport;
  /** Whether its document was parsed and validated for an earlier operation. */
  readonly isDocumentCached: boolean;
  /** Unknown for a document that is refused. */
  type?: OperationTypeNode;
  name?: string;
  /** See operationCost. */
  cost?: number;
  /** Of its top-level errors, refusals included; known at `asyncEnd`. */
  codes?: readonly string[];
}

/** Each operation from its checked document to its result, a subscription to the beginning of its stream. */
export const operationChannel = tracingChannel<unknown, OperationTrace>('gateway:operation');
