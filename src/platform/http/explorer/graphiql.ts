import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { GraphiqlAssets } from './graphiql.assets';
import { protect, sendPage } from '../page';
import { contentSecurityPolicy, page } from './graphiql.page';

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
    protect(reply, contentSecurityPolicy).headers({ etag, vary: 'accept-encoding', 'cache-control': 'no-cache' });
    if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send();
    if (encoding !== 'identity') reply.header('content-encoding', encoding);
    return reply.type(contentType).send(body);
  });
}

/** Sends the explorer page. GraphQL clients use the same address. */
export function sendGraphiqlPage(reply: FastifyReply): FastifyReply {
  return sendPage(reply, contentSecurityPolicy, page);
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
