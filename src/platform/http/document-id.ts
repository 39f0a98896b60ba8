import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { CheckedDocument } from '../operation/document-cache';

/** An id that a client sends instead of a document. */
export interface DocumentId {
  readonly id: string;
  /** Whether it is the hash of an automatic persisted query. */
  readonly isAutomatic: boolean;
}

type Members = Readonly<Record<string, unknown>>;

/**
 * The id of the document of a request without a text: `documentId`, as the draft of GraphQL over HTTP has it, or the hash of
 * `extensions.persistedQuery`, as Apollo Client sends it. With a text, both are of no interest.
 */
export function documentIdOf({ query, documentId, extensions }: Members): DocumentId | undefined {
  if (query != null && query !== '') return undefined;
  if (isText(documentId)) return { id: documentId, isAutomatic: false };
  if (!isRecord(extensions)) return undefined;
  const { persistedQuery } = extensions;
  const id = isRecord(persistedQuery) ? persistedQuery.sha256Hash : undefined;
  return isText(id) ? { id, isAutomatic: true } : undefined;
}

/** The same of a message of graphql-transport-ws, whose own members are fixed: clients put the id into `extensions`. */
export function documentIdOfMessage(payload: object): DocumentId | undefined {
  const { query, documentId, extensions } = payload as Members;
  const named = documentIdOf({ query, documentId, extensions });
  if (named || !isRecord(extensions)) return named;
  return documentIdOf({ query, documentId: extensions.documentId ?? extensions.persistedQuery });
}

/** The members of a request over HTTP that name or contain its document. */
export function documentIdOfRequest({ method, body, query }: FastifyRequest): DocumentId | undefined {
  if (method === 'POST') return isRecord(body) ? documentIdOf(body) : undefined;
  const search = query as Members;
  return documentIdOf({ ...search, extensions: parsed(search.extensions) });
}

/** The members of a request with the text of the document instead of its id. */
export function withText({ documentId: _id, extensions, ...members }: Members, text: string): Members {
  if (!isRecord(extensions)) return { ...members, query: text };
  const { persistedQuery: _hash, ...others } = extensions;
  return { ...members, query: text, extensions: others };
}

/**
 * SHA-256 of a document, for the log. Of an id that is refused, the id itself where it is a hash: nothing else that a client chose may
 * be in a line.
 */
export function documentHashOf(
  text: string,
  named: DocumentId | undefined,
  identified: CheckedDocument | undefined,
): string | undefined {
  if (named && identified && 'errors' in identified) return /^(?:sha256:)?[\da-f]{40,64}$/.exec(named.id)?.[0];
  return createHash('sha256')
    .update(identified?.text ?? text)
    .digest('hex');
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
