import { ApolloServer, type ApolloServerPlugin, type GraphQLResponse } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, OperationTypeNode, type GraphQLFormattedError } from 'graphql';
import type { RequestContext } from '../operation/request-context';
import type { ErrorFormatter } from '../operation/format-error';
import type { OperationPipeline } from '../operation/operation-pipeline';

/** The HTTP side of the pipeline. */
export function createApolloServer(
  pipeline: OperationPipeline,
  errors: ErrorFormatter,
  introspection: boolean,
): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema: pipeline.schema,
    introspection: true, // the pipeline's rules refuse it where it is off, the same on all transports
    hideSchemaDetailsFromClientErrors: !introspection,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    validationRules: pipeline.rules,
    parseOptions: { maxLexicalTokens: pipeline.limits.maxTokens },
    // Each would wrap every field or answer pages that this gateway does not want.
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      pipelinePlugin(pipeline),
    ],
    formatError: (_formatted, error): GraphQLFormattedError => errors.format(error).toJSON(),
  });
}

/** The steps of the pipeline that Apollo has no option for. */
function pipelinePlugin(pipeline: OperationPipeline): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ contextValue, document, operation, request }) {
          if (operation?.operation === OperationTypeNode.SUBSCRIPTION) {
            throw badRequest(
              'Subscriptions run over WebSocket (subprotocol graphql-transport-ws) at this path.',
              'BAD_USER_INPUT',
            );
          }
          try {
            await pipeline.beforeExecution(contextValue, document, request);
          } catch (error) {
            throw error instanceof GraphQLError ? badRequest(error.message, String(error.extensions.code)) : error;
          }
        },
        async willSendResponse({ request, response }) {
          keepLimitErrors(response.body);
          if (response.http.status === 400 && namesPlainJsonOnly(request.http?.headers.get('accept')))
            response.http.status = 200;
        },
      };
    },
  };
}

/** A document beyond a limit is refused for that alone, as on the other transports: what else is wrong with it is not looked at there. */
function keepLimitErrors(body: GraphQLResponse['body']): void {
  if (body.kind !== 'single' || body.singleResult.data !== undefined) return;
  const limits = body.singleResult.errors?.filter(({ extensions }) => extensions?.code === 'OPERATION_TOO_COMPLEX');
  if (limits?.length) body.singleResult.errors = limits;
}

/**
 * Whether a client asks by name for the media type of old, `application/json`, and not for `application/graphql-response+json`.
 *
 * GraphQL over HTTP gives such a client 200 for a document that is refused: it takes any other status for a proxy's answer.
 * Clients that name neither get the 400 that tells the truth.
 */
function namesPlainJsonOnly(accept: string | undefined): boolean {
  return (
    accept !== undefined && accept.includes('application/json') && !accept.includes('application/graphql-response+json')
  );
}

function badRequest(message: string, code: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status: 400 } } });
}
