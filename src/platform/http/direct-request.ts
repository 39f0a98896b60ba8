import Negotiator from 'negotiator';
import type { RawVariables } from '../operation/limits.sizes';
import { isRecord } from './document-id';
import type { GraphqlRequest } from './graphql-exchange';

/** A request that needs no rule of Apollo Server: a JSON body with a document, for a client that accepts JSON. */
export interface DirectRequest {
  readonly query: string;
  readonly operationName: string | null | undefined;
  readonly variables: RawVariables;
  /** Of the response. */
  readonly contentType: string;
}

export const JSON_TYPE = 'application/json; charset=utf-8';
/** In the order of preference of Apollo Server. */
const MEDIA_TYPES = [JSON_TYPE, 'application/graphql-response+json; charset=utf-8'];

/** Undefined for any other request, such as a GET, a persisted query or a body that is to be refused. */
export function directRequest({ method, headers, body }: GraphqlRequest): DirectRequest | undefined {
  if (method !== 'POST' || !isJson(headers['content-type']) || !isRecord(body)) return undefined;
  const { query, operationName, variables, extensions } = body;
  if (typeof query !== 'string' || query === '') return undefined;
  if (operationName != null && typeof operationName !== 'string') return undefined;
  if (variables != null && !isRecord(variables)) return undefined;
  if (extensions != null && (!isRecord(extensions) || 'persistedQuery' in extensions)) return undefined;
  const contentType = contentTypeFor(headers.accept);
  if (contentType === undefined) return undefined;
  return {
    query,
    operationName: operationName === '' ? null : operationName,
    variables: variables ?? undefined,
    contentType,
  };
}

function isJson(contentType: string | undefined): boolean {
  return contentType === 'application/json' || contentType === JSON_TYPE;
}

function contentTypeFor(accept: string | undefined): string | undefined {
  if (!accept || accept === '*/*') return JSON_TYPE;
  return new Negotiator({ headers: { accept } }).mediaType(MEDIA_TYPES);
}
