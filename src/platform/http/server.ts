import { maxHeaderSize } from 'node:http';
import type { Socket } from 'node:net';
import fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { requestChannel, type RequestNotice } from '../base/channels';
import { defineLimit } from '../base/limit';
import type { Logger } from '../base/logger';
import { compressResponses } from './compression';
import type { Connections } from './connections';
import { allowOrigins, type CorsOptions } from './cors';
import { handleClientError, handleErrors, isRestUrl, refuse, REST_PATH } from './http-error';
import { handleMissingRoutes } from './methods';
import { MAX_BODY_BYTES, readBodies } from './request-body';
import { REQUEST_ID, requestIdOf } from './request-id';
import { RequestLogger } from './request-logger';
import { statusOf, type RequestLog } from './request-log';
import { readStrictly } from './request-text';
import { RequestWithoutUpgrade } from './upgrade';

const HEADERS_TIMEOUT_MS = defineLimit('request headers, milliseconds', {
  value: 10_000,
  unit: 'ms',
  description:
    'Time for the headers of an HTTP request to arrive, from the opening of the connection or the first byte. Then 408.',
});
const REQUEST_TIMEOUT_MS = defineLimit('request, milliseconds', {
  value: 30_000,
  unit: 'ms',
  description: 'Time for a whole HTTP request to arrive. Then 408.',
});

/** Logs one line for each request, after the response was sent, instead of fastify's two lines. */
class OneLineLog extends LogController {
  /** Private to JavaScript, because fastify clones its options, with all that they refer to. */
  readonly #lines: RequestLog;

  constructor(lines: RequestLog) {
    super({ requestIdLogLabel: 'requestId' });
    this.#lines = lines;
  }

  override incomingRequest(): void {
    // logged with its response
  }

  override requestCompleted(_error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    logRequest(this.#lines, request, reply);
  }
}

/** A path of the REST interface without a route is not logged: clients with a wrong path may have written a name into it. */
export function logRequest(lines: RequestLog, request: FastifyRequest, reply: FastifyReply): void {
  const { url: route } = request.routeOptions;
  if (requestChannel.hasSubscribers) {
    requestChannel.publish({
      method: request.method,
      route,
      status: statusOf(request, reply),
      seconds: reply.elapsedTime / 1_000,
    } satisfies RequestNotice);
  }
  const isUnknown = route === undefined && isRestUrl(request.raw.url);
  const req = isUnknown ? { method: request.method, url: `${REST_PATH}/*` } : request;
  lines.requestCompleted(request, reply, req);
}

/** The HTTP server without its routes. */
export async function createHttpServer(
  log: Logger,
  lines: RequestLog,
  cors: CorsOptions,
  connections: Connections,
): Promise<FastifyInstance> {
  const urls = new WeakMap<Socket, string>();
  const app = fastify({
    // A missing host is refused like other faults.
    http: {
      IncomingMessage: RequestWithoutUpgrade,
      requireHostHeader: false,
      headersTimeout: HEADERS_TIMEOUT_MS,
      // By default, Node looks for requests that are too slow every 30 s.
      connectionsCheckingInterval: 2_000,
    },
    loggerInstance: log,
    logController: new OneLineLog(lines),
    childLoggerFactory: RequestLogger.create,
    genReqId: (request) => requestIdOf(request),
    bodyLimit: MAX_BODY_BYTES,
    // When the server stops, idle keep-alive connections are closed at once, busy ones after their response.
    forceCloseConnections: 'idle',
    requestTimeout: REQUEST_TIMEOUT_MS,
    return503OnClosing: false,
    // Node bounds the whole head of a request. A long text in the path is refused by the rule of its parameter.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: maxHeaderSize },
    clientErrorHandler: (error, socket) => handleClientError(error, socket, urls.get(socket)),
    frameworkErrors: (error, request, reply) => {
      reply.raw.once('finish', () => logRequest(lines, request, reply));
      void reply.header(REQUEST_ID, request.id);
      refuse(error, reply);
    },
  }) as unknown as FastifyInstance;
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header(REQUEST_ID, request.id);
    done();
  });
  compressResponses(app);
  connections.watch(app);
  await allowOrigins(app, cors);
  // An expectation that is not known may be ignored. Node's own response has no body.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.server.on('request', ({ socket, url }) => urls.set(socket, url!));
  handleErrors(app);
  readStrictly(app);
  readBodies(app);
  handleMissingRoutes(app);
  return app;
}
