import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLError } from 'graphql';
import type { AccessService } from '../access/access.service';
import type { Caller } from '../access/caller';
import { credentialFromHeaders, isOfCredential } from '../access/credential';
import { noteRefusedCredential } from '../base/channels';
import type { ErrorFormatter } from '../operation/format-error';
import type { InFlight } from '../operation/in-flight';
import { ClientGone } from '../operation/client-gone';
import { RequestContext, type RequestEnvironment } from '../operation/request-context';
import { addressOf } from './client-address';
import { retryAfter, sendError, statusOfRefusal } from './http-error';
import { vary } from './page';
import { entryOf, type RequestLog } from './request-log';
import { logRequest } from './server';

/** A request in flight until its response is sent and its handler has finished, even if its client has disconnected. */
interface AuthenticatedRequest {
  caller: Caller;
  /** Aborted when the client has disconnected before its response was sent. */
  signal: AbortSignal;
}

export interface RequestsOptions {
  access: AccessService;
  errors: ErrorFormatter;
  inFlight: InFlight;
  environment: RequestEnvironment;
  lines: RequestLog;
}

/** The requests of callers, on all HTTP interfaces. They are authenticated before their body is parsed. */
export class Requests {
  private readonly requests = new WeakMap<FastifyRequest, AuthenticatedRequest>();

  constructor(private readonly options: RequestsOptions) {}

  /** Authenticates a request, and sets the headers of responses with patients' data, which depend on the caller. */
  async begin(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const { access, errors, inFlight, environment } = this.options;
    const { rates } = environment;
    vary(reply, 'authorization', 'impilo-api-key', 'accept').header('cache-control', 'no-store');
    try {
      const end = inFlight.begin();
      const gone = new AbortController();
      reply.raw.once('close', () => {
        const { handled = Promise.resolve() } = entryOf(request);
        handled.then(end, end);
        if (reply.raw.writableFinished) return;
        entryOf(request).isGone = !reply.raw.headersSent;
        gone.abort(new ClientGone());
        // Fastify logs only requests whose response was sent.
        const log = () => logRequest(this.options.lines, request, reply);
        handled.then(log, log);
      });
      const address = addressOf(request.raw);
      const credential = access.read(address, () => credentialFromHeaders(request.raw.headersDistinct));
      const caller = await access.authenticate(credential, address);
      entryOf(request).caller = caller;
      await rates.spend(caller, 0);
      this.requests.set(request, { caller, signal: gone.signal });
      return undefined;
    } catch (error) {
      const formatted = errors.format(error, request.id);
      if (!entryOf(request).caller && isOfCredential(formatted.extensions.code)) {
        noteRefusedCredential('http');
        entryOf(request).refusal = formatted.message;
      }
      return refuseCaller(reply, formatted);
    }
  }

  /** Handles a request that has begun, in a context of its own. */
  handle<Result>(request: FastifyRequest, work: (ctx: RequestContext) => Promise<Result>): Promise<Result> {
    const { caller, signal } = this.requests.get(request)!;
    const ctx = Object.assign(new RequestContext(this.options.environment, caller), { requestId: request.id, signal });
    const handled = work(ctx);
    entryOf(request).handled = handled;
    return handled;
  }
}

function refuseCaller(reply: FastifyReply, { message, extensions }: GraphQLError): FastifyReply {
  const code = String(extensions.code);
  retryAfter(reply, extensions.retryAfter);
  if (code === 'UNAUTHENTICATED') void reply.header('www-authenticate', 'Bearer');
  const details = extensions.retryAfter === undefined ? {} : { retryAfter: extensions.retryAfter };
  return sendError(reply, statusOfRefusal(code) ?? 500, code, message, null, details);
}
