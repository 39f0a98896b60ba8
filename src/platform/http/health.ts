import type { FastifyInstance } from 'fastify';

/**
 * `/livez`: the process answers. `/readyz`: it can do its work, and is not stopping.
 *
 * @param unreadiness why the gateway should get no requests now; undefined when it should
 */
export function serveHealth(app: FastifyInstance, unreadiness: () => string | undefined): void {
  app.get('/livez', { logLevel: 'warn' }, async () => ({ status: 'ok' }));
  app.get('/readyz', { logLevel: 'warn' }, async (_request, reply) => {
    const reason = unreadiness();
    return reply
      .code(reason === undefined ? 200 : 503)
      .send(reason === undefined ? { status: 'ok' } : { status: 'unavailable', reason });
  });
}
