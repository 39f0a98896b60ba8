import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { RequestContext } from '../request/request-context';
import { toGraphQLError, type ErrorFormatter } from './format-error';
import type { OperationPipeline } from './operation-pipeline';

/** The HTTP side of the pipeline. */
export function createApolloServer(pipeline: OperationPipeline, errors: ErrorFormatter, introspection: boolean): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema: pipeline.schema,
    introspection: true, // the pipeline's rules refuse it where it is off, the same on all transports
    hideSchemaDetailsFromClientErrors: !introspection,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    validationRules: pipeline.rules,
    parseOptions: { maxLexicalTokens: pipeline.limits.maxTokens } as object,
    // Each would wrap every field or answer pages that this gateway does not want.
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), pipelinePlugin(pipeline)],
    formatError: (_formatted, error): GraphQLFormattedError => errors.format(toGraphQLError(error)).toJSON(),
  });
}

/** The steps of the pipeline that Apollo has no option for. */
function pipelinePlugin(pipeline: OperationPipeline): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ contextValue, document, operation, request }) {
          if (operation?.operation === 'subscription') {
            throw badRequest('Subscriptions run over WebSocket (subprotocol graphql-transport-ws) at this path.', 'BAD_USER_INPUT');
          }
          try {
            await pipeline.beforeExecution(contextValue, document, request);
          } catch (error) {
            throw error instanceof GraphQLError ? badRequest(error.message, String(error.extensions.code)) : error;
          }
        },
      };
    },
  };
}

function badRequest(message: string, code: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status: 400 } } });
}
