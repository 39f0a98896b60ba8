import { createServer, maxHeaderSize, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { defineLimit } from '../base/limit';
import type { Logger } from '../base/logger';
import type { HttpReply } from './exchange';
import { handleClientError, handleError, refuse } from './http-error';
import type { HttpRules } from './http-rules';
import { logRequest } from './log-request';
import { handleMissingRoutes } from './methods';
import { newRequestId, REQUEST_ID } from './request-id';
import { RequestLogger } from './request-logger';
import type { RequestLog } from './request-log';
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
/** Time for the next request of a connection. Longer than that of most proxies, which then close first. */
const KEEP_ALIVE_MS = 72_000;

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

const LAST_URL = Symbol('of the last request that was read from a connection');
type Connection = Socket & { [LAST_URL]?: string };

/** The server that all interfaces share. */
export function createHttpServer(listener: RequestListener): Server {
  const server = createServer(
    {
      IncomingMessage: RequestWithoutUpgrade,
      // A missing host is refused like other faults.
      requireHostHeader: false,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // By default, Node looks for requests that are too slow every 30 s.
      connectionsCheckingInterval: 2_000,
    } as object,
    (request, response) => {
      (request.socket as Connection)[LAST_URL] = request.url!;
      listener(request, response);
    },
  );
  // An expectation that is not known may be ignored. Node's own response has no body.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  return server;
}

export interface FastifyParts {
  readonly log: Logger;
  readonly lines: RequestLog;
  readonly rules: HttpRules;
  /** Makes the server from fastify's listener. */
  readonly serverOf: (listener: RequestListener) => Server;
}

/** Fastify without its routes: all of HTTP but `/graphql`. */
export function createFastify({ log, lines, rules, serverOf }: FastifyParts): FastifyInstance {
  const app = fastify({
    serverFactory: serverOf,
    loggerInstance: log,
    logController: new OneLineLog(lines),
    childLoggerFactory: RequestLogger.create,
    genReqId: newRequestId,
    // When the server stops, idle keep-alive connections are closed at once, busy ones after their response.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // Node bounds the whole head of a request. A long text in the path is refused by the rule of its parameter.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: maxHeaderSize },
    clientErrorHandler: (error, socket) => handleClientError(error, socket, (socket as Connection)[LAST_URL]),
    frameworkErrors: (error, request, fastifyReply) => {
      const reply = fastifyReply as HttpReply;
      reply.raw.once('finish', () => logRequest(lines, request, reply));
      reply.header(REQUEST_ID, request.id);
      refuse(error, reply);
    },
  }) as unknown as FastifyInstance;
  rules.applyTo(app);
  app.setErrorHandler((error: Error, request, reply) => handleError(error, request, reply));
  handleMissingRoutes(app);
  return app;
}
