import type { GraphQLError } from 'graphql';
import type { AccessService } from '../access/access.service';
import { credentialFromHeaders, credentialHeadersOf, isOfCredential, type Credential } from '../access/credential';
import { noteRefusedCredential } from '../base/channels';
import type { ErrorFormatter } from '../operation/format-error';
import type { InFlight } from '../operation/in-flight';
import { Departure } from '../operation/client-gone';
import { RequestContext, type RequestEnvironment } from '../operation/request-context';
import { addressOf } from './client-address';
import { onClose, type HttpReply, type HttpRequest } from './exchange';
import { retryAfter, sendError, statusOfRefusal } from './http-error';
import { logRequest } from './log-request';
import { vary } from './page';
import { entryOf, type RequestLog } from './request-log';

export interface RequestsOptions {
  access: AccessService;
  errors: ErrorFormatter;
  inFlight: InFlight;
  environment: RequestEnvironment;
  lines: RequestLog;
}

/**
 * The requests of callers, on all HTTP interfaces. They are authenticated before their body is parsed. A request is in flight until its
 * response is sent and its handler has finished, even if its client has disconnected.
 */
export class Requests {
  constructor(private readonly options: RequestsOptions) {}

  /**
   * Authenticates a request, and sets the headers of responses with patients' data, which depend on the caller.
   *
   * @returns undefined when the request was authenticated at once: all that must be known of its credential was in memory
   */
  begin(request: HttpRequest, reply: HttpReply): Promise<unknown> | undefined {
    const { access, environment } = this.options;
    vary(reply, VARIES).header('cache-control', 'no-store');
    try {
      this.follow(request, reply);
      const address = (entryOf(request).address = addressOf(request.raw));
      const credential = access.read(address, () => credentialFromHeaders(credentialHeadersOf(request.raw)));
      const caller = access.knownCaller(credential);
      if (!caller || !environment.rates.trySpend(caller, 0))
        return this.authenticate(request, reply, credential, address);
      entryOf(request).caller = caller;
      return undefined;
    } catch (error) {
      return Promise.resolve(this.refuse(request, reply, error));
    }
  }

  /** Handles a request that has begun, in a context of its own. */
  handle<Result>(request: HttpRequest, work: (ctx: RequestContext) => Promise<Result>): Promise<Result> {
    const entry = entryOf(request);
    const ctx = new RequestContext(this.options.environment, entry.caller!);
    ctx.requestId = request.id;
    ctx.departure = entry.departure!;
    return (entry.handled = work(ctx));
  }

  /** Counts the request, and notes when its client goes. */
  private follow(request: HttpRequest, reply: HttpReply): void {
    const end = this.options.inFlight.begin();
    const entry = entryOf(request);
    const departure = (entry.departure = new Departure());
    onClose(reply.raw, () => {
      const { handled } = entry;
      if (handled) handled.then(end, end);
      else end();
      if (reply.raw.writableFinished) return;
      entry.isGone = !reply.raw.headersSent;
      departure.depart();
      // Otherwise it is logged with its response.
      const log = () => logRequest(this.options.lines, request, reply);
      (handled ?? Promise.resolve()).then(log, log);
    });
  }

  private async authenticate(
    request: HttpRequest,
    reply: HttpReply,
    credential: Credential,
    address: string,
  ): Promise<HttpReply | undefined> {
    const { access, environment } = this.options;
    try {
      const caller = await access.authenticate(credential, address);
      entryOf(request).caller = caller;
      await environment.rates.spend(caller, 0);
      return undefined;
    } catch (error) {
      return this.refuse(request, reply, error);
    }
  }

  /** Sends the refusal. */
  private refuse(request: HttpRequest, reply: HttpReply, error: unknown): HttpReply {
    const formatted = this.options.errors.format(error, request.id);
    if (!entryOf(request).caller && isOfCredential(formatted.extensions.code)) {
      noteRefusedCredential('http');
      entryOf(request).refusal = formatted.message;
    }
    return refuseCaller(reply, formatted);
  }
}

const VARIES = 'authorization, impilo-api-key, accept';

function refuseCaller(reply: HttpReply, { message, extensions }: GraphQLError): HttpReply {
  const code = String(extensions.code);
  retryAfter(reply, extensions.retryAfter);
  if (code === 'UNAUTHENTICATED') reply.header('www-authenticate', 'Bearer');
  const details = extensions.retryAfter === undefined ? {} : { retryAfter: extensions.retryAfter };
  return sendError(reply, statusOfRefusal(code) ?? 500, code, message, null, details);
}
