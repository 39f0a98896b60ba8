import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import type { HttpRequest } from './exchange';
import { protect, vary } from './page';

const brotliAsync = promisify(brotliCompress);
const gzipAsync = promisify(gzip);

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json; charset=utf-8',
  '.yaml': 'application/yaml; charset=utf-8',
};

/** For GraphiQL's bundle of 8.8 MB, quality 5 gives 2.1 MB in 0.3 s and quality 11 gives 1.9 MB in 16 s. gzip gives 2.4 MB. */
const BROTLI_QUALITY = 5;

/** In order of preference. */
const COMPRESSIONS = ['br', 'gzip'] as const;

type ContentEncoding = (typeof COMPRESSIONS)[number] | 'identity';

/** One file in one content encoding. */
interface Representation {
  readonly contentType: string;
  readonly body: Buffer;
  /** Strong ETag: a hash of the uncompressed content, and the encoding. */
  readonly etag: string;
}

type Source = () => string | Buffer | Promise<string | Buffer>;

/**
 * Files by name.
 *
 * A file is read and compressed on its first request, then kept in memory. Reading all at the start would slow it down: GraphiQL's
 * bundle is a 9 MB module that takes 130 ms to load.
 */
export class Assets {
  private readonly sources: ReadonlyMap<string, Source>;
  private readonly prepared = new Map<string, Promise<Representation>>();

  constructor(sources: Readonly<Record<string, Source>>) {
    this.sources = new Map(Object.entries(sources));
  }

  has(name: string): boolean {
    return this.sources.has(name);
  }

  /**
   * Sends a file in the encoding that the client prefers, or 304 when the client has it.
   *
   * @param name of an existing file, see `has`
   */
  async send(request: FastifyRequest, reply: FastifyReply, name: string): Promise<FastifyReply> {
    const encoding = preferredEncoding(request);
    const { body, contentType, etag } = await this.get(name, encoding);
    vary(reply, 'accept-encoding').headers({ etag, 'cache-control': 'no-cache' });
    if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send();
    if (encoding !== 'identity') reply.header('content-encoding', encoding);
    return reply.type(contentType).send(body);
  }

  private get(name: string, encoding: ContentEncoding): Promise<Representation> {
    const key = `${encoding} ${name}`;
    const known = this.prepared.get(key);
    if (known) return known;
    const representation = this.represent(name, encoding);
    this.prepared.set(key, representation);
    representation.catch(() => this.prepared.delete(key)); // the next request tries again
    return representation;
  }

  private async represent(name: string, encoding: ContentEncoding): Promise<Representation> {
    const content = Buffer.from(await this.sources.get(name)!());
    const hash = createHash('sha256').update(content).digest('base64url').slice(0, 22);
    const body = await compress(content, encoding);
    return { contentType: CONTENT_TYPES[extname(name)]!, body, etag: `"${hash}-${encoding}"` };
  }
}

/** The smallest encoding that the client accepts. */
export function preferredEncoding({ headers }: HttpRequest): ContentEncoding {
  const accepted = new Negotiator({ headers }).encodings(COMPRESSIONS);
  return COMPRESSIONS.find((compression) => accepted.includes(compression)) ?? 'identity';
}

/** Serves the files of a page below a path. @param contentSecurityPolicy that of the page */
export function serveAssets(app: FastifyInstance, path: string, assets: Assets, contentSecurityPolicy: string): void {
  app.get(`${path}/:file`, async (request: FastifyRequest<{ Params: { file: string } }>, reply) => {
    const { file } = request.params;
    if (assets.has(file)) return assets.send(request, protect(reply, contentSecurityPolicy), file);
    reply.callNotFound();
    return reply;
  });
}

async function compress(content: Buffer, encoding: ContentEncoding): Promise<Buffer> {
  if (encoding === 'identity') return content;
  if (encoding === 'gzip') return gzipAsync(content);
  return brotliAsync(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
}
