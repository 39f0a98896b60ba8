import type { FastifyInstance } from 'fastify';

/**
 * `/livez`: the process responds. `/readyz`: the gateway can serve requests and is not shutting down.
 *
 * @param unreadiness returns why the gateway is not ready; undefined when it is ready
 */
export function serveHealth(app: FastifyInstance, unreadiness: () => string | undefined): void {
  app.get('/livez', { logLevel: 'warn' }, async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );
  app.get('/readyz', { logLevel: 'warn' }, async (_request, reply) => {
    const reason = unreadiness();
    return reply
      .header('cache-control', 'no-store')
      .code(reason === undefined ? 200 : 503)
      .send(reason === undefined ? { status: 'ok' } : { status: 'unavailable', reason });
  });
}
