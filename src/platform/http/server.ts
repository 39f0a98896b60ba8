import cors from '@fastify/cors';
import fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from '../base/logger';
import { handleErrors } from './http-error';

/** Largest body of a request, in bytes; issue: 1 MB. */
const MAX_BODY_BYTES = 1_048_576;

export interface HttpServerOptions {
  log: Logger;
  corsOrigins: readonly string[];
}

/** One line a request, when the response has been sent, instead of fastify's two. */
class OneLineLog extends LogController {
  override incomingRequest(): void {
    // logged with its response
  }

  override requestCompleted(_error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    request.log.info({ req: request, res: reply, ms: Math.round(reply.elapsedTime) }, 'request completed');
  }
}

/** The HTTP server without its routes. */
export async function createHttpServer({ log, corsOrigins }: HttpServerOptions): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: log,
    logController: new OneLineLog(),
    bodyLimit: MAX_BODY_BYTES,
    // Idle keep-alive connections are closed at once when the server stops; busy ones after their response.
    forceCloseConnections: 'idle',
    requestTimeout: 30_000,
    exposeHeadRoutes: false,
    routerOptions: { ignoreTrailingSlash: true },
  }) as unknown as FastifyInstance;
  if (corsOrigins.length > 0) {
    await app.register(cors, {
      origin: [...corsOrigins],
      methods: ['GET', 'POST'],
      allowedHeaders: [
        'authorization',
        'content-type',
        'impilo-api-key',
        'apollo-require-preflight',
        'x-apollo-operation-name',
      ],
      maxAge: 600,
    });
  }
  handleErrors(app);
  return app;
}
