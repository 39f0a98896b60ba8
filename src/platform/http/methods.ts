import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GRAPHQL_METHODS, GRAPHQL_PATH } from './graphql-url';
import { REST_PATH, sendError } from './http-error';
import { pathOf } from './url-path';

export const NOT_FOUND = `Not found. The GraphQL endpoint is /graphql. ${REST_PATH}/openapi.yaml describes the REST interface.`;

/**
 * Handles requests without a route: 404 for a path that does not exist, 405 for a method that the path does not allow. OPTIONS is
 * allowed everywhere. Call it before the routes are added.
 */
export function handleMissingRoutes(app: FastifyInstance): void {
  const routes: { path: RegExp; method: string }[] = [];
  const add = (url: string, methods: readonly string[]) => {
    const path = new RegExp(`^${url.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+').replace('*', '.*')}$`);
    for (const method of methods) routes.push({ path, method });
  };
  add(GRAPHQL_PATH, GRAPHQL_METHODS);
  app.addHook('onRoute', ({ url, method }) => add(url, [method].flat()));
  const handle = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = pathOf(request.raw.url!);
    const allowed = [...new Set(routes.filter((route) => route.path.test(path)).map(({ method }) => method))].sort();
    if (allowed.length === 0 || allowed.includes(request.method))
      return sendError(reply, 404, 'BAD_USER_INPUT', NOT_FOUND);
    void reply.header('allow', [...allowed, 'OPTIONS'].join(', '));
    if (request.method === 'OPTIONS') return reply.code(204).send();
    return sendError(
      reply,
      405,
      'BAD_USER_INPUT',
      `This path does not allow this method. Use ${allowed.join(' or ')}.`,
    );
  };
  app.setNotFoundHandler(handle);
  // Before a body is parsed, which nothing would read. Preflights have had their response by now.
  app.addHook('onRequest', (request, reply, next) => {
    if (request.is404) handle(request, reply);
    else next();
  });
}
