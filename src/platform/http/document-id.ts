import type { Caller } from '../access/caller';
import type { CheckedDocument } from '../operation/document-cache';
import type { OperationPipeline } from '../operation/operation-pipeline';
import type { PersistedQueries } from '../operation/persisted-queries';
import { UNKNOWN_DOCUMENT } from '../operation/trusted-documents';
import type { GraphqlRequest } from './graphql-exchange';

type Members = Readonly<Record<string, unknown>>;

/** Where documents come from that clients send by an id. */
export interface DocumentSources {
  readonly pipeline: OperationPipeline;
  readonly persisted: PersistedQueries;
}

/**
 * The id of the document of a request without a text: `documentId`, as the draft of GraphQL over HTTP has it, or the hash of
 * `extensions.persistedQuery`, as Apollo Client sends it. With a text, both are of no interest.
 */
function documentIdOf({ query, documentId, extensions }: Members): string | undefined {
  if (query != null && query !== '') return undefined;
  if (isText(documentId)) return documentId;
  return isRecord(extensions) ? hashOfExtension(extensions) : undefined;
}

/** The same of a message of graphql-transport-ws, whose own members are fixed: clients put the id into `extensions`. */
export function documentIdOfMessage(payload: object): string | undefined {
  const { query, documentId, extensions } = payload as Members;
  const id = documentIdOf({ query, documentId, extensions });
  if (id !== undefined || !isRecord(extensions)) return id;
  return documentIdOf({ query, documentId: extensions.documentId ?? extensions.persistedQuery });
}

/** The same of a request over HTTP. */
export function documentIdOfRequest({ method, body, query }: GraphqlRequest): string | undefined {
  if (method === 'POST') return isRecord(body) ? documentIdOf(body) : undefined;
  return documentIdOf({ ...query, extensions: parsed(query.extensions) });
}

/** The members of a request with the text of the document instead of its id. */
export function withText({ documentId: _id, extensions, ...members }: Members, text: string): Members {
  if (!isRecord(extensions)) return { ...members, query: text };
  const { persistedQuery: _hash, ...others } = extensions;
  return { ...members, query: text, extensions: others };
}

/**
 * The text of the document with an id: a trusted one, or one that a client of the same customer has registered. Without one, what
 * refuses the request.
 */
export async function textOfId(
  { pipeline, persisted }: DocumentSources,
  caller: Caller,
  id: string,
): Promise<string | CheckedDocument> {
  const trusted = pipeline.trusted.withId(caller.scope, id);
  if (trusted) return 'errors' in trusted ? trusted : trusted.text;
  return (await persisted.find(caller, id.replace(/^sha256:/, ''))) ?? UNKNOWN_DOCUMENT;
}

/** The hash under which a client registers the text of the same message. */
export function registeredHash(extensions: unknown): string | undefined {
  return isRecord(extensions) ? hashOfExtension(extensions) : undefined;
}

/** For the log: an id that is refused, if it is a hash. Nothing else that a client chose may be in a line. */
export function hashIn(id: string): string | undefined {
  return /^(?:sha256:)?[\da-f]{40,64}$/.exec(id)?.[0];
}

/** Apollo Server refuses other versions. */
function hashOfExtension({ persistedQuery }: Members): string | undefined {
  if (!isRecord(persistedQuery) || persistedQuery.version !== 1) return undefined;
  const { sha256Hash } = persistedQuery;
  return isText(sha256Hash) ? sha256Hash : undefined;
}

function parsed(extensions: unknown): unknown {
  try {
    return isText(extensions) ? (JSON.parse(extensions) as unknown) : undefined;
  } catch {
    return undefined; // refused by Apollo Server
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Whether a value is an object of JSON. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
