import {
  ApolloServer,
  HeaderMap,
  type ApolloServerPlugin,
  type DocumentStore,
  type GraphQLResponse,
} from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { parse, type DocumentNode, type GraphQLFormattedError } from 'graphql';
import type { CheckedDocument } from '../operation/document-cache';
import type { ErrorFormatter } from '../operation/format-error';
import type { OperationOutcome, OperationPipeline } from '../operation/operation-pipeline';
import type { RequestContext } from '../operation/request-context';

/**
 * The HTTP side of the pipeline. GraphQL over HTTP, CSRF, what a GET may do and persisted queries are Apollo Server's work;
 * documents, execution and errors are the pipeline's.
 */
export function createApolloServer(pipeline: OperationPipeline, errors: ErrorFormatter): ApolloServer<RequestContext> {
  const documents = new DocumentHandover();
  return new ApolloServer<RequestContext>({
    schema: pipeline.schema,
    documentStore: documents,
    dangerouslyDisableValidation: true, // the pipeline's documents are valid
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    // Each would wrap every field or serve pages that this gateway does not want.
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      pipelinePlugin(pipeline, documents),
    ],
    formatError: (_formatted, error): GraphQLFormattedError => errors.format(error).toJSON(),
  });
}

function pipelinePlugin(pipeline: OperationPipeline, documents: DocumentHandover): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      let document: CheckedDocument;
      return {
        async didResolveSource({ source, queryHash, metrics }) {
          document = pipeline.documents.get(source);
          documents.leave(queryHash, 'errors' in document ? REFUSED : document.document);
          if ('errors' in document) metrics.persistedQueryRegister = false;
        },
        async responseForOperation({ contextValue, request: { operationName, variables } }) {
          return toResponse(
            await pipeline.run(contextValue, { transport: 'http', document, operationName, variables }),
          );
        },
        async willSendResponse({ request, response: { http } }) {
          if (http.status === 400 && namesPlainJsonOnly(request.http?.headers.get('accept'))) http.status = 200;
        },
      };
    },
  };
}

/** What Apollo Server takes a refused document for: a query that it has nothing against. */
const REFUSED = parse('{ __typename }');

/**
 * Apollo Server asks its store for the document of each request, by nothing but the hash of its text: each request leaves
 * one for it, and any of the same hash is as good.
 */
class DocumentHandover implements DocumentStore {
  private readonly left = new Map<string, DocumentNode[]>();

  leave(hash: string, document: DocumentNode): void {
    this.left.set(hash, [document, ...(this.left.get(hash) ?? [])]);
  }

  /** @param key the schema's hash and the document's */
  async get(key: string): Promise<DocumentNode | undefined> {
    const hash = key.slice(key.lastIndexOf(':') + 1);
    const [document, ...others] = this.left.get(hash) ?? [];
    if (others.length > 0) this.left.set(hash, others);
    else this.left.delete(hash);
    return document;
  }

  set = async (): Promise<void> => {};
  delete = async (): Promise<boolean> => false;
}

function toResponse(outcome: OperationOutcome): GraphQLResponse {
  if ('results' in outcome) throw new Error('The pipeline runs no subscriptions over HTTP.');
  const isRefused = 'refused' in outcome;
  const singleResult = isRefused ? { errors: outcome.refused } : outcome.result;
  // Without data nothing was executed: the document, the operation or its variables were refused, if it was no fault.
  const isFault = isRefused && outcome.refused.some(({ extensions }) => extensions.errorId !== undefined);
  const status = singleResult.data === undefined ? (isFault ? 500 : 400) : undefined;
  return { http: { status, headers: new HeaderMap() }, body: { kind: 'single', singleResult } };
}

/**
 * Whether a client asks by name for the media type of old, `application/json`, and not for `application/graphql-response+json`.
 *
 * GraphQL over HTTP gives such a client 200 for a document that is refused: it takes any other status for a proxy's response.
 * Clients that name neither get the 400 that tells the truth.
 */
function namesPlainJsonOnly(accept: string | undefined): boolean {
  return (
    accept !== undefined && accept.includes('application/json') && !accept.includes('application/graphql-response+json')
  );
}
