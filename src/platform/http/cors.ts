import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

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

/** Lets pages of the configured origins call the API, without cookies. */
export async function allowOrigins(app: FastifyInstance, { corsOrigins, corsHeaders }: CorsOptions): Promise<void> {
  if (corsOrigins.length === 0) return;
  const options: FastifyCorsOptions = {
    origin: [...corsOrigins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH'],
    allowedHeaders: [...new Set([...CREDENTIALS, ...CLIENTS, ...TRACING, ...corsHeaders])],
    exposedHeaders: [
      'allow',
      'location',
      'ratelimit',
      'ratelimit-policy',
      'retry-after',
      'www-authenticate',
      'x-request-id',
    ],
    maxAge: 600,
  };
  await app.register(cors, {
    delegator: (request, next) => {
      // Any other OPTIONS asks for the methods of a path.
      next(null, { ...options, preflight: request.headers['access-control-request-method'] !== undefined });
    },
  });
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
