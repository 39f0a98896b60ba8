import type { FastifyInstance } from 'fastify';

export interface HealthChecks {
  /** Why the gateway should get no requests now; undefined when it should. */
  unreadiness: () => Promise<string | undefined>;
}

/** `/livez`: the process answers. `/readyz`: it can do its work, and is not stopping. */
export function serveHealth(app: FastifyInstance, checks: HealthChecks): void {
  app.get('/livez', { logLevel: 'warn' }, async () => ({ status: 'ok' }));
  app.get('/readyz', { logLevel: 'warn' }, async (_request, reply) => {
    const reason = await checks.unreadiness();
    return reply
      .code(reason === undefined ? 200 : 503)
      .send(reason === undefined ? { status: 'ok' } : { status: 'unavailable', reason });
  });
}
