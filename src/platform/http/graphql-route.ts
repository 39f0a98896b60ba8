import type { ApolloServer } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLError } from 'graphql';
import type { AccessService } from '../access/access.service';
import type { Caller } from '../access/caller';
import { credentialFromHeaders } from '../access/credential';
import { RequestContext, type RequestEnvironment } from '../operation/request-context';
import type { ErrorFormatter } from '../operation/format-error';
import { sendGraphiqlPage } from './explorer/graphiql';
import { toGraphqlRequest } from './graphql-request';
import { sendError } from './http-error';
import { prefersHtml, vary } from './page';
import type { InFlight } from '../operation/in-flight';

export interface GraphqlRouteOptions {
  apollo: ApolloServer<RequestContext>;
  access: AccessService;
  environment: RequestEnvironment;
  errors: ErrorFormatter;
  inFlight: InFlight;
  /** Whether the explorer page is served to browsers. */
  graphiql: boolean;
}

/** `/graphql` over HTTP. Requests are authenticated before their body is parsed. */
export function serveGraphql(app: FastifyInstance, options: GraphqlRouteOptions): void {
  const requests = new WeakMap<FastifyRequest, AuthenticatedRequest>();
  app.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    async onRequest(request, reply) {
      if (options.graphiql && isExplorerRequest(request)) return sendGraphiqlPage(reply);
      // Responses have patients' data, and depend on the caller.
      vary(reply, 'authorization', 'impilo-api-key', 'accept').header('cache-control', 'no-store');
      try {
        const end = options.inFlight.begin();
        reply.raw.once('close', () => {
          const handled = requests.get(request)?.handled ?? Promise.resolve();
          handled.then(end, end);
        });
        requests.set(request, {
          caller: await options.access.authenticate(credentialFromHeaders(request.raw.headersDistinct)),
        });
      } catch (error) {
        return refuse(reply, options.errors.format(error));
      }
    },
    handler(request, reply) {
      const authenticated = requests.get(request)!;
      const handled = run(options, authenticated.caller, request, reply);
      authenticated.handled = handled;
      return handled;
    },
  });
}

async function run(
  { apollo, environment }: GraphqlRouteOptions,
  caller: Caller,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: toGraphqlRequest(request),
    context: () => Promise.resolve(new RequestContext(environment, caller)),
  });
  if (body.kind !== 'complete') throw new Error('Results in parts are not supported.');
  headers.delete('cache-control');
  return reply
    .code(status ?? 200)
    .headers(Object.fromEntries(headers))
    .send(body.string);
}

/** A request in flight until its response is sent and its handler has finished, even if its client has disconnected. */
interface AuthenticatedRequest {
  caller: Caller;
  handled?: Promise<unknown>;
}

function isExplorerRequest(request: FastifyRequest): boolean {
  const query = request.query as Record<string, unknown>;
  return request.method !== 'POST' && query.query === undefined && prefersHtml(request.headers.accept);
}

const STATUSES: Record<string, number> = { UNAUTHENTICATED: 401, SERVICE_UNAVAILABLE: 503 };

function refuse(reply: FastifyReply, { message, extensions }: GraphQLError): FastifyReply {
  const code = String(extensions.code);
  if (code === 'UNAUTHENTICATED') void reply.header('www-authenticate', 'Bearer');
  return sendError(reply, STATUSES[code] ?? 500, code, message);
}
