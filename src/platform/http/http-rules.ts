import type { FastifyInstance } from 'fastify';
import type { RateLimits } from '../access/rate-limits';
import { Compression } from './compression';
import type { Connections } from './connections';
import { Cors, type CorsOptions } from './cors';
import { onClose, type HttpReply, type HttpRequest, type Payload } from './exchange';
import { refuse } from './http-error';
import { addRateLimits } from './rate-limit-headers';
import { drainRest } from './request-body';
import { REQUEST_ID } from './request-id';
import { refusalOfHead } from './request-text';

/** The rules of every request and response over HTTP, in their order. The routes of fastify and `/graphql` follow the same ones. */
export class HttpRules {
  private readonly cors: Cors | undefined;
  private readonly compression = new Compression();

  constructor(
    private readonly connections: Connections,
    private readonly rates: RateLimits,
    cors: CorsOptions,
  ) {
    this.cors = cors.corsOrigins.length > 0 ? new Cors(cors) : undefined;
  }

  /** Before anything but the head of a request is read. @returns whether its response is sent: a refusal, or that of a preflight */
  begin(request: HttpRequest, reply: HttpReply): boolean {
    reply.header(REQUEST_ID, request.id);
    if (this.connections.refuses(request, reply) || this.cors?.responds(request, reply)) return true;
    const refusal = refusalOfHead(request);
    if (refusal) refuse(refusal, reply);
    return refusal !== undefined;
  }

  /** Before a response is sent. @returns what is sent */
  finish(request: HttpRequest, reply: HttpReply, payload: Payload): Payload {
    const compressed = this.compression.begin(request, reply, payload);
    if (!compressed) return this.finishSized(request, reply, payload, typeof payload === 'string' ? payload.length : 0);
    return compressed.then((body) => this.finishSized(request, reply, body, body.length));
  }

  /** @param bytes of one response. Files are in memory once for all clients */
  private finishSized(request: HttpRequest, reply: HttpReply, payload: Payload, bytes: number): Payload {
    onClose(reply.raw, this.connections.hold(request.raw.socket, bytes));
    const drained = drainRest(request, reply);
    addRateLimits(this.rates, request, reply);
    return drained ? drained.then(() => payload) : payload;
  }

  /** Call it before other hooks are added. */
  applyTo(app: FastifyInstance): void {
    app.addHook('onRequest', (request, reply, next) => {
      if (!this.begin(request, reply)) next();
    });
    app.addHook('onSend', (request, reply, payload, next) => {
      const final = this.finish(request, reply, payload);
      if (final instanceof Promise) final.then((body: unknown) => next(null, body), next);
      else next(null, final);
    });
  }
}
