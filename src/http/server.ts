import cors from '@fastify/cors';
import fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from '../shared/logger';
import { answerErrors } from './http-error';

/** Largest body of a request, in bytes; issue: 1 MB. */
const MAX_BODY_BYTES = 1_048_576;

export interface HttpServerOptions {
  log: Logger;
  corsOrigins: readonly string[];
}

/** The HTTP server without its routes. */
export async function createHttpServer({ log, corsOrigins }: HttpServerOptions): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: log,
    bodyLimit: MAX_BODY_BYTES,
    // Idle keep-alive connections are closed at once when the server stops; busy ones after their answer.
    forceCloseConnections: 'idle',
    requestTimeout: 30_000,
    exposeHeadRoutes: false,
    routerOptions: { ignoreTrailingSlash: true },
  }) as unknown as FastifyInstance;
  if (corsOrigins.length > 0) {
    await app.register(cors, {
      origin: [...corsOrigins],
      methods: ['GET', 'POST'],
      allowedHeaders: ['authorization', 'content-type', 'impilo-api-key', 'apollo-require-preflight', 'x-apollo-operation-name'],
      maxAge: 600,
    });
  }
  answerErrors(app);
  return app;
}
