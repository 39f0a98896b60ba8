import fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { defineLimit } from '../base/limit';
import type { Logger } from '../base/logger';
import { allowOrigins, type CorsOptions } from './cors';
import { handleClientError, handleErrors, refuse } from './http-error';
import { readStrictly } from './request-text';
import { RequestWithoutUpgrade } from './upgrade';

/** Maximum size of a request body and of a WebSocket message. */
export const MAX_BODY_BYTES = defineLimit('body bytes', {
  value: 1_048_576,
  unit: 'bytes',
  description: 'Size of an HTTP request body (413 when larger) or a WebSocket message (closed with 1009 when larger).',
});

/** Logs one line for each request, after the response was sent, instead of fastify's two lines. */
class OneLineLog extends LogController {
  override incomingRequest(): void {
    // logged with its response
  }

  override requestCompleted(_error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    request.log.info({ req: request, res: reply, ms: Math.round(reply.elapsedTime) }, 'request completed');
  }
}

/** The HTTP server without its routes. */
export async function createHttpServer(log: Logger, cors: CorsOptions): Promise<FastifyInstance> {
  const app = fastify({
    http: { IncomingMessage: RequestWithoutUpgrade },
    loggerInstance: log,
    logController: new OneLineLog(),
    bodyLimit: MAX_BODY_BYTES,
    // When the server stops, idle keep-alive connections are closed at once, busy ones after their response.
    forceCloseConnections: 'idle',
    requestTimeout: 30_000,
    exposeHeadRoutes: false,
    routerOptions: { ignoreTrailingSlash: true },
    clientErrorHandler: handleClientError,
    frameworkErrors: (error, _request, reply) => void refuse(error, reply as unknown as FastifyReply),
  }) as unknown as FastifyInstance;
  await allowOrigins(app, cors);
  handleErrors(app);
  readStrictly(app);
  return app;
}
