import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { GraphiqlAssets } from './graphiql.assets';
import { contentSecurityPolicy, page } from './graphiql.page';

const HTML = 'text/html';
/** Media types of the endpoint. */
const TYPES = ['application/graphql-response+json', 'application/json', HTML];
/** In order of preference. */
const COMPRESSIONS = ['br', 'gzip'] as const;

/** One tab of the explorer. Its title is the name of the document's first operation. */
export interface GraphiqlTab {
  readonly query: string;
  /** JSON text. */
  readonly variables?: string;
  /** JSON text. Default: the default headers. */
  readonly headers?: string;
}

export interface GraphiqlOptions {
  /** Path of the GraphQL endpoint on this server, for HTTP and WebSocket. */
  readonly endpoint: string;
  /** Initial content of the headers editor. Every visitor of the page can read it, so use demo keys only. */
  readonly defaultHeaders?: Readonly<Record<string, string>>;
  /** Shown on the first visit, and again after the tabs or the default headers have changed. */
  readonly tabs: readonly GraphiqlTab[];
}

/**
 * Serves the explorer's files under /graphiql from installed packages. The page loads nothing from other hosts.
 *
 * The page itself is at the endpoint's address: for GET requests that `prefersHtml`, call `sendGraphiqlPage`.
 */
export function serveGraphiql(app: FastifyInstance, options: GraphiqlOptions): void {
  const assets = new GraphiqlAssets(toConfigScript(options));

  app.get('/graphiql/:file', async (request: FastifyRequest<{ Params: { file: string } }>, reply) => {
    const { file } = request.params;
    if (!assets.has(file)) {
      reply.callNotFound();
      return reply;
    }
    const accepted = new Negotiator(request).encodings(COMPRESSIONS);
    const encoding = COMPRESSIONS.find((name) => accepted.includes(name)) ?? 'identity';
    const { body, contentType, etag } = await assets.get(file, encoding);
    protect(reply).headers({ etag, vary: 'accept-encoding', 'cache-control': 'no-cache' });
    if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send();
    if (encoding !== 'identity') reply.header('content-encoding', encoding);
    return reply.type(contentType).send(body);
  });
}

/** Sends the explorer page. The `vary` header is there because GraphQL clients use the same address. */
export function sendGraphiqlPage(reply: FastifyReply): FastifyReply {
  return protect(reply)
    .headers({ vary: 'accept', 'cache-control': 'no-cache' })
    .type('text/html; charset=utf-8')
    .send(page);
}

/**
 * Whether a GET of the endpoint comes from a browser's address bar rather than from a GraphQL client.
 *
 * True when the header names text/html and prefers it to the types of GraphQL responses. A wildcard alone is false: curl
 * and fetch send it.
 */
export function prefersHtml(accept = ''): boolean {
  // Among types of equal weight, negotiator prefers the first. HTML must win in either order.
  const orders = [accept, accept.split(',').reverse().join()];
  return (
    accept.toLowerCase().includes(HTML) &&
    orders.every((order) => new Negotiator({ headers: { accept: order } }).mediaType(TYPES) === HTML)
  );
}

function protect(reply: FastifyReply): FastifyReply {
  return reply.headers({
    'content-security-policy': contentSecurityPolicy,
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
}

function toConfigScript({ endpoint, defaultHeaders, tabs }: GraphiqlOptions): string {
  const headers = defaultHeaders && JSON.stringify(defaultHeaders, null, 2);
  const content = {
    endpoint,
    defaultHeaders: headers,
    tabs: tabs.map((tab) => ({ ...tab, headers: tab.headers ?? headers })),
  };
  const revision = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 8);
  return `globalThis.explorerConfig = ${JSON.stringify({ ...content, revision })};\n`;
}
