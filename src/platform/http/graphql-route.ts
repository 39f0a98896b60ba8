import type { ApolloServer } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../access/caller';
import { RequestContext, type RequestEnvironment } from '../operation/request-context';
import { sendGraphiqlPage } from './explorer/graphiql';
import { toGraphqlRequest } from './graphql-request';
import { prefersHtml } from './page';
import { entryOf } from './request-log';
import type { Requests } from './requests';

export interface GraphqlRouteOptions {
  apollo: ApolloServer<RequestContext>;
  environment: RequestEnvironment;
  requests: Requests;
  /** Whether the explorer page is served to browsers. */
  graphiql: boolean;
}

/** `/graphql` over HTTP. */
export function serveGraphql(app: FastifyInstance, options: GraphqlRouteOptions): void {
  const { graphiql, requests } = options;
  app.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    onRequest: async (request, reply) =>
      graphiql && isExplorerRequest(request) ? sendGraphiqlPage(reply) : requests.begin(request, reply),
    handler: (request, reply) => requests.handle(request, (caller) => run(options, caller, request, reply)),
  });
}

async function run(
  { apollo, environment }: GraphqlRouteOptions,
  caller: Caller,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const ctx = Object.assign(new RequestContext(environment, caller), { requestId: request.id });
  const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: toGraphqlRequest(request),
    context: () => Promise.resolve(ctx),
  });
  const entry = entryOf(request);
  entry.operation = ctx.run.trace;
  if (body.kind !== 'complete') throw new Error('Results in parts are not supported.');
  headers.delete('cache-control');
  if (!ctx.run.trace) entry.codes = codesIn(body.string);
  return reply
    .code(status ?? 200)
    .headers(Object.fromEntries(headers))
    .send(body.string);
}

/** The codes of what Apollo Server refused before it was an operation. */
function codesIn(text: string): string[] {
  const { errors = [] } = JSON.parse(text) as { errors?: { extensions?: { code?: unknown } }[] };
  return errors.map(({ extensions }) => String(extensions?.code));
}

function isExplorerRequest(request: FastifyRequest): boolean {
  const query = request.query as Record<string, unknown>;
  return request.method !== 'POST' && query.query === undefined && prefersHtml(request.headers.accept);
}
