import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ContentEncoding, GraphiqlAssets } from './graphiql.assets';
import { contentSecurityPolicy, page } from './graphiql.page';

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
    const encoding = chooseEncoding(request.headers['accept-encoding']);
    const { body, contentType, etag } = await assets.get(file, encoding);
    protect(reply).headers({ etag, vary: 'accept-encoding', 'cache-control': 'no-cache' });
    if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send();
    if (encoding !== 'identity') reply.header('content-encoding', encoding);
    return reply.type(contentType).send(body);
  });
}

/** Answers with the explorer page. The same address answers GraphQL clients, hence `vary`. */
export function sendGraphiqlPage(reply: FastifyReply): FastifyReply {
  return protect(reply)
    .headers({ vary: 'accept', 'cache-control': 'no-cache' })
    .type('text/html; charset=utf-8')
    .send(page);
}

/**
 * Whether a GET of the endpoint comes from a browser's address bar rather than from a GraphQL client.
 *
 * True when the header names text/html and nothing that GraphQL is answered in is named with the same or a higher
 * weight. A wildcard alone, which curl and fetch send, is a GraphQL client's.
 */
export function prefersHtml(accept: string | undefined): boolean {
  const weights = parseWeights(accept);
  const html = weights.get('text/html') ?? 0;
  const graphql = Math.max(
    weights.get('application/graphql-response+json') ?? 0,
    weights.get('application/json') ?? 0,
    weights.get('application/*') ?? 0,
  );
  return html > 0 && html > graphql && html >= (weights.get('*/*') ?? 0);
}

function chooseEncoding(acceptEncoding: string | undefined): ContentEncoding {
  const weights = parseWeights(acceptEncoding);
  if ((weights.get('br') ?? 0) > 0) return 'br';
  if ((weights.get('gzip') ?? 0) > 0) return 'gzip';
  return 'identity';
}

/** The names of an Accept or Accept-Encoding header with their q values, RFC 9110 section 12.4.2. */
function parseWeights(header = ''): Map<string, number> {
  const weights = new Map<string, number>();
  for (const part of header.split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const q = Number(parameters.find((text) => text.startsWith('q='))?.slice(2) ?? 1);
    weights.set(name, Math.max(weights.get(name) ?? 0, Number.isNaN(q) ? 0 : q));
  }
  return weights;
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
