import { readFileSync } from 'node:fs';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { packagePath } from '../../base/package-path';
import { REST_PATH } from '../http-error';
import { prefersHtml, protect, sendPage, vary } from '../page';
import { REFERENCE_PATH } from '../reference/reference.page';
import { toDocumentPage } from './document.page';
import { readDocuments } from './documents';
import { contentSecurityPolicy } from './html';
import { toStartPage } from './start.page';

/** An API key that everybody may use in demo mode. */
export interface PublicKey {
  readonly key: string;
  readonly role: string;
  readonly label: string;
  /** What callers with its role may do, in one or two sentences. */
  readonly allows: string;
}

export interface StartOptions {
  /** Whether the explorer and the reference are served. Without them, the page shows no more than the endpoints and the health checks. */
  readonly explorer: boolean;
  /** Whether introspection is allowed. Without it, the schema is not served. */
  readonly introspection: boolean;
  /** Keys of demo mode; undefined otherwise. */
  readonly demoKeys: readonly PublicKey[] | undefined;
  /** Returns why the gateway is not ready; undefined when it is ready. */
  readonly unreadiness: () => string | undefined;
  /** Returns the URL that the server listens on. */
  readonly url: () => string;
}

/** What `/` returns to a program, and what its page shows. */
export interface Start {
  readonly name: string;
  readonly description: string;
  readonly version?: string;
  /** Paths on this server. */
  readonly links: {
    readonly graphql: string;
    readonly explorer?: string;
    readonly schema?: string;
    readonly rest: string;
    readonly openapi: string;
    readonly reference?: string;
    readonly livez: string;
    readonly readyz: string;
  };
  readonly documents?: readonly { readonly path: string; readonly title: string }[];
  readonly demoKeys?: readonly PublicKey[];
}

const SCHEMA = '/schema.graphql';
const OPENAPI = `${REST_PATH}/openapi.yaml`;

/**
 * Serves `/`: where everything is. A page for browsers, JSON for programs.
 *
 * Version, documents and schema are there only where the explorer is served. In production they would tell a stranger which
 * known faults to try.
 */
export function serveStart(app: FastifyInstance, options: StartOptions): void {
  const { explorer, introspection, demoKeys } = options;
  const documents = explorer ? readDocuments() : [];
  const schema = explorer && introspection ? readFileSync(packagePath('schema.graphql')) : undefined;
  const { version, description } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as Record<
    string,
    string
  >;
  const start: Start = {
    name: 'Device gateway',
    description: `${description!}.`,
    ...(explorer && { version: version! }),
    links: {
      graphql: '/graphql',
      ...(explorer && { explorer: '/graphql' }),
      ...(schema && { schema: SCHEMA }),
      rest: REST_PATH,
      openapi: OPENAPI,
      ...(explorer && { reference: REFERENCE_PATH }),
      livez: '/livez',
      readyz: '/readyz',
    },
    ...(explorer && {
      documents: documents
        .filter(({ path }) => !path.includes('/') || path.endsWith('README.md'))
        .map(({ path, title }) => ({ path: `/docs/${path}`, title })),
    }),
    ...(demoKeys && { demoKeys }),
  };

  app.get('/', (request, reply) =>
    prefersHtml(request.headers.accept)
      ? sendPage(reply, contentSecurityPolicy, toStartPage(start, options.unreadiness(), options.url()))
      : vary(reply, 'accept').header('cache-control', 'no-cache').send(start),
  );

  if (schema) app.get(SCHEMA, (_request, reply) => sendText(reply, schema));

  const byPath = new Map(documents.map((document) => [document.path, document]));
  const served = new Set(['/', ...(schema ? [SCHEMA] : []), ...documents.map(({ path }) => `/docs/${path}`)]);
  app.get('/docs/*', (request: FastifyRequest, reply) => {
    const document = byPath.get((request.params as { '*': string })['*']);
    if (!document) {
      reply.callNotFound();
      return reply;
    }
    if (!prefersHtml(request.headers.accept)) return sendText(reply, document.text);
    return sendPage(
      reply,
      contentSecurityPolicy,
      toDocumentPage(document, (path) => served.has(path)),
    );
  });
}

function sendText(reply: FastifyReply, text: string | Buffer): FastifyReply {
  return protect(vary(reply, 'accept'), contentSecurityPolicy)
    .header('cache-control', 'no-cache')
    .type('text/plain; charset=utf-8')
    .send(text);
}
