import type { ExecutionResult } from 'graphql';
import type { OperationOutcome } from '../operation/operation-pipeline';
import { statusOfRefusal } from './http-error';

/** An outcome as GraphQL over HTTP sends it. */
export interface GraphqlResponse {
  /** Undefined for 200. */
  readonly status: number | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly result: ExecutionResult;
}

/** The body of a response. The order of members and the line feed are those of Apollo Server. */
export function bodyOf({ errors, data, extensions }: ExecutionResult): string {
  return `${JSON.stringify({ errors, data, extensions })}\n`;
}

export function responseOf(outcome: OperationOutcome): GraphqlResponse {
  if ('results' in outcome) throw new Error('Subscriptions do not run over HTTP.');
  const isRefused = 'refused' in outcome;
  const result = isRefused ? { errors: outcome.refused } : outcome.result;
  // Without data, nothing was executed: the document, the operation or its variables were refused, or there was a fault.
  const status = result.data === undefined ? statusOf(isRefused ? outcome.refused : []) : undefined;
  const { retryAfter } = result.errors?.[0]?.extensions ?? {};
  return { status, headers: status === 429 ? [['retry-after', String(retryAfter)]] : [], result };
}

function statusOf(refused: NonNullable<ExecutionResult['errors']>): number {
  if (refused.some(({ extensions }) => extensions.errorId !== undefined)) return 500;
  const code = refused[0]?.extensions.code;
  // As Apollo Server has it: clients read the code, and send the text.
  return code === 'PERSISTED_QUERY_NOT_FOUND' ? 200 : (statusOfRefusal(code) ?? 400);
}

/**
 * The status for a client that explicitly accepts the legacy media type `application/json` and not
 * `application/graphql-response+json`.
 *
 * The GraphQL over HTTP specification requires status 200 for a refused document then, because such clients take any other status
 * for the response of a proxy. Clients that accept neither explicitly get 400.
 */
export function statusFor(status: number | undefined, accept: string | undefined): number | undefined {
  const namesPlainJsonOnly =
    accept !== undefined &&
    accept.includes('application/json') &&
    !accept.includes('application/graphql-response+json');
  return status === 400 && namesPlainJsonOnly ? 200 : status;
}
