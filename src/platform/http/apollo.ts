import { ApolloServer, HeaderMap, type ApolloServerPlugin, type DocumentStore } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { parse, type DocumentNode, type GraphQLFormattedError } from 'graphql';
import type { CheckedDocument } from '../operation/document-cache';
import type { ErrorFormatter } from '../operation/format-error';
import type { OperationPipeline } from '../operation/operation-pipeline';
import type { PersistedQueries } from '../operation/persisted-queries';
import type { RequestContext } from '../operation/request-context';
import { PREFLIGHTED_HEADERS } from './cors';
import { responseOf, statusFor } from './graphql-response';
import { asksForCost, COST_HEADER, costOf } from './operation-cost';

/**
 * The HTTP side of the pipeline. Apollo Server implements GraphQL over HTTP, CSRF prevention, the rules for GET, and the check
 * of a text that comes with its hash. The pipeline implements documents, execution and errors.
 */
export function createApolloServer(
  pipeline: OperationPipeline,
  errors: ErrorFormatter,
  persisted: PersistedQueries,
): ApolloServer<RequestContext> {
  const documents = new DocumentRelay();
  return new ApolloServer<RequestContext>({
    schema: pipeline.schema,
    documentStore: documents,
    persistedQueries: { cache: NO_QUERIES },
    dangerouslyDisableValidation: true, // the pipeline has validated its documents
    includeStacktraceInErrorResponses: false,
    csrfPrevention: { requestHeaders: [...PREFLIGHTED_HEADERS] },
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    // Cache control would wrap every field, inline traces are for federated schemas, and the landing page is not wanted.
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      pipelinePlugin(pipeline, documents, persisted),
    ],
    formatError: (_formatted, error): GraphQLFormattedError => errors.format(error).toJSON(),
  });
}

function pipelinePlugin(
  pipeline: OperationPipeline,
  documents: DocumentRelay,
  persisted: PersistedQueries,
): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      let document: CheckedDocument;
      let documentHash: string;
      let isToBeKept = false;
      return {
        async didResolveSource({ contextValue, source, queryHash, metrics }) {
          document = await pipeline.documentOf(contextValue, source);
          documentHash = queryHash;
          documents.put(queryHash, 'errors' in document ? PLACEHOLDER : document.document);
          // Apollo Server has checked the hash. It would keep the text before the cost of the operation is known.
          isToBeKept = metrics.persistedQueryRegister === true;
          metrics.persistedQueryRegister = false;
        },
        async responseForOperation({ contextValue, request: { operationName, variables, http } }) {
          const request = { transport: 'http', document, documentHash, operationName, variables } as const;
          const outcome = await pipeline.run(contextValue, request);
          if (isToBeKept && !('refused' in outcome))
            await persisted.keep(contextValue.caller, documentHash, document.text);
          const { status, headers, result } = responseOf(outcome);
          const singleResult = asksForCost(http?.headers.get(COST_HEADER))
            ? { ...result, extensions: costOf(contextValue) }
            : result;
          return { http: { status, headers: new HeaderMap(headers) }, body: { kind: 'single', singleResult } };
        },
        async willSendResponse({ request, response: { http } }) {
          http.status = statusFor(http.status, request.http?.headers.get('accept'));
        },
      };
    },
  };
}

/** A valid query that Apollo Server gets in place of a refused document. */
const PLACEHOLDER = parse('{ __typename }');

/**
 * Passes documents to Apollo Server, which reads the document of each request from its document store by the hash of its text.
 * Each request puts one document. Documents with the same hash are interchangeable.
 */
class DocumentRelay implements DocumentStore {
  private readonly pending = new Map<string, DocumentNode[]>();

  put(hash: string, document: DocumentNode): void {
    this.pending.set(hash, [document, ...(this.pending.get(hash) ?? [])]);
  }

  /** @param key the schema's hash and the document's hash */
  async get(key: string): Promise<DocumentNode | undefined> {
    const hash = key.slice(key.lastIndexOf(':') + 1);
    const [document, ...others] = this.pending.get(hash) ?? [];
    if (others.length > 0) this.pending.set(hash, others);
    else this.pending.delete(hash);
    return document;
  }

  set = async (): Promise<void> => {};
  delete = async (): Promise<boolean> => false;
}

/** A hash without a text does not reach Apollo Server: the route replaces it by the text, or refuses it. */
const NO_QUERIES = {
  get: async (): Promise<undefined> => undefined,
  set: async (): Promise<void> => {},
  delete: async (): Promise<boolean> => false,
};
