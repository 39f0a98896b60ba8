import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { GraphiqlAssets } from './graphiql.assets';
import { contentSecurityPolicy, page } from './graphiql.page';

const HTML = 'text/html';
/** What the endpoint responds with. */
const TYPES = ['application/graphql-response+json', 'application/json', HTML];
/** The better one first. */
const COMPRESSIONS = ['br', 'gzip'] as const;

/** One tab of the explorer. Its title is the name of the document's first operation. */
export interface GraphiqlTab {
  readonly query: string;
  /** JSON text. */
  readonly variables?: string;
  /** JSON text; the default headers when left out. */
  readonly headers?: string;
}

export interface GraphiqlOptions {
  /** Path of the GraphQL endpoint on this server, for HTTP and WebSocket. */
  readonly endpoint: string;
  /** What the headers editor starts with. Every visitor of the page can read it: demo keys only. */
  readonly defaultHeaders?: Readonly<Record<string, string>>;
  /** Shown to first visitors, and again to everybody once they differ. */
  readonly tabs: readonly GraphiqlTab[];
}

/**
 * Serves the explorer's files under /graphiql, from packages on this machine: the page asks no other host for anything.
 *
 * The page itself shares the endpoint's address: answer GET requests there with `sendGraphiqlPage` where `prefersHtml`.
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

/** Sends the explorer page. GraphQL clients use the same address, hence `vary`. */
export function sendGraphiqlPage(reply: FastifyReply): FastifyReply {
  return protect(reply)
    .headers({ vary: 'accept', 'cache-control': 'no-cache' })
    .type('text/html; charset=utf-8')
    .send(page);
}

/**
 * Whether a GET of the endpoint comes from a browser's address bar rather than from a GraphQL client.
 *
 * True when the header names text/html and prefers it to the types of GraphQL responses. A wildcard alone, which curl and fetch send, is
 * a GraphQL client's.
 */
export function prefersHtml(accept = ''): boolean {
  // Of types with the same weight negotiator takes the one named first: html must win from either end.
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
  const content = { endpoint, defaultHeaders: headers, tabs: tabs.map((tab) => ({ headers, ...tab })) };
  const revision = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 8);
  return `globalThis.explorerConfig = ${JSON.stringify({ ...content, revision })};\n`;
}
