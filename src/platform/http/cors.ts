import type { HttpReply, HttpRequest } from './exchange';
import { sendError } from './http-error';
import { vary } from './page';

export interface CorsOptions {
  /** Origins of browser apps. Without any, no page of another origin may call the API. */
  corsOrigins: readonly string[];
  /** Request headers that these apps may send, beside the usual ones. */
  corsHeaders: readonly string[];
}

const CREDENTIALS = ['authorization', 'impilo-api-key'];
const CLIENTS = [
  'content-type',
  'content-encoding',
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'apollographql-client-name',
  'apollographql-client-version',
  'idempotency-key',
  'x-requested-with',
  'x-cost',
];
/** Browser libraries add these to every request. The gateway ignores them, but a proxy may read them. */
const TRACING = [
  // W3C trace context, which OpenTelemetry sends
  'traceparent',
  'tracestate',
  'baggage',
  // Sentry
  'sentry-trace',
  // Zipkin
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-parentspanid',
  'x-b3-sampled',
  'x-b3-flags',
  // Jaeger, Datadog, New Relic, Elastic
  'uber-trace-id',
  'x-datadog-trace-id',
  'x-datadog-parent-id',
  'x-datadog-origin',
  'x-datadog-sampling-priority',
  'x-datadog-tags',
  'newrelic',
  'elastic-apm-traceparent',
  // AWS, Google Cloud, Azure
  'x-amzn-trace-id',
  'x-cloud-trace-context',
  'request-id',
  'request-context',
  // ids of requests
  'x-request-id',
  'x-correlation-id',
];

const METHODS = 'GET, HEAD, POST, PUT, PATCH';
const EXPOSED = 'allow, location, ratelimit, ratelimit-policy, retry-after, www-authenticate, x-request-id';
const MAX_AGE_S = '600';

/** Lets pages of the configured origins call the API, without cookies. */
export class Cors {
  private readonly origins: ReadonlySet<string>;
  private readonly allowed: string;

  constructor({ corsOrigins, corsHeaders }: CorsOptions) {
    this.origins = new Set(corsOrigins);
    this.allowed = [...new Set([...CREDENTIALS, ...CLIENTS, ...TRACING, ...corsHeaders])].join(', ');
  }

  /** Adds the headers of a response. @returns whether the request is a preflight, whose response is sent */
  responds({ method, headers }: HttpRequest, reply: HttpReply): boolean {
    vary(reply, 'Origin').header('access-control-expose-headers', EXPOSED);
    const { origin } = headers;
    if (origin !== undefined && this.origins.has(origin)) reply.header('access-control-allow-origin', origin);
    // Any other OPTIONS asks for the methods of a path.
    if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return false;
    if (!origin) {
      sendError(reply, 400, 'BAD_USER_INPUT', 'A preflight has the header Origin.', 'Origin');
      return true;
    }
    reply
      .code(204)
      .header('access-control-allow-methods', METHODS)
      .header('access-control-allow-headers', this.allowed)
      .header('access-control-max-age', MAX_AGE_S)
      // Without it, Safari would wait for a body.
      .header('content-length', '0')
      .send();
    return true;
  }
}

/**
 * A browser sends a preflight before a page of another origin may send one of these. A request with one is no forgery, unlike a
 * simple request, which any page can send.
 */
export const PREFLIGHTED_HEADERS: readonly string[] = [
  ...CREDENTIALS,
  'apollo-require-preflight',
  'x-apollo-operation-name',
];
