import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { GraphQLError } from 'graphql';
import type { AccessService } from '../access/access.service';
import type { Caller } from '../access/caller';
import { credentialFromHeaders } from '../access/credential';
import { RequestContext, type RequestEnvironment } from '../operation/request-context';
import type { ErrorFormatter } from '../operation/format-error';
import { sendGraphiqlPage } from './explorer/graphiql';
import { sendError } from './http-error';
import { prefersHtml } from './page';
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
  const handle = fastifyApolloHandler(options.apollo, {
    context: (request: FastifyRequest) =>
      Promise.resolve(new RequestContext(options.environment, requests.get(request)!.caller)),
  }) as RouteHandlerMethod;

  app.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    async onRequest(request, reply) {
      if (options.graphiql && isExplorerRequest(request)) return sendGraphiqlPage(reply);
      try {
        const end = options.inFlight.begin();
        reply.raw.once('close', () => {
          const handled = requests.get(request)?.handled ?? Promise.resolve();
          handled.then(end, end);
        });
        requests.set(request, {
          caller: await options.access.authenticate(credentialFromHeaders(request.headers)),
        });
      } catch (error) {
        return refuse(reply, options.errors.format(error));
      }
    },
    handler(request, reply) {
      const handled = Promise.resolve(handle.call(this, request, reply));
      requests.get(request)!.handled = handled;
      return handled;
    },
  });
}

/** A request in flight until its response is sent and its handler has finished, even if its client has disconnected. */
interface AuthenticatedRequest {
  caller: Caller;
  handled?: Promise<unknown>;
}

function isExplorerRequest(request: FastifyRequest): boolean {
  const query = request.query as Record<string, unknown>;
  return request.method === 'GET' && query.query === undefined && prefersHtml(request.headers.accept);
}

const STATUSES: Record<string, number> = { UNAUTHENTICATED: 401, SERVICE_UNAVAILABLE: 503 };

function refuse(reply: FastifyReply, { message, extensions }: GraphQLError): FastifyReply {
  const code = String(extensions.code);
  if (code === 'UNAUTHENTICATED') void reply.header('www-authenticate', 'Bearer');
  return sendError(reply, STATUSES[code] ?? 500, code, message);
}
