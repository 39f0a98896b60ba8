import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { logo } from './graphiql.page';

const brotliAsync = promisify(brotliCompress);
const gzipAsync = promisify(gzip);
const loadModule = createRequire(__filename);

const JAVASCRIPT = 'text/javascript; charset=utf-8';
const CSS = 'text/css; charset=utf-8';
const SVG = 'image/svg+xml';

/** Measured on the bundle's 8.8 MB: quality 5 makes 2.1 MB in 0.3 s, 11 makes 1.9 MB in 16 s; gzip makes 2.4 MB. */
const BROTLI_QUALITY = 5;

export type ContentEncoding = 'br' | 'gzip' | 'identity';

/** One file in one encoding, as it goes over the wire. */
export interface Representation {
  readonly contentType: string;
  readonly body: Buffer;
  /** Strong, of the uncompressed content and the encoding. */
  readonly etag: string;
}

interface Source {
  readonly contentType: string;
  readonly read: () => string | Promise<string>;
}

/**
 * The explorer's files by name.
 *
 * Nothing is read before it is asked for: the bundle is a 9 MB module that takes 130 ms to load, which the start of the
 * process must not pay. What was read and compressed once is kept.
 */
export class GraphiqlAssets {
  private readonly sources: ReadonlyMap<string, Source>;
  private readonly prepared = new Map<string, Promise<Representation>>();

  /** @param configScript  the script that hands the settings to boot.js */
  constructor(configScript: string) {
    this.sources = new Map<string, Source>([
      ['config.js', { contentType: JAVASCRIPT, read: () => configScript }],
      ['boot.js', { contentType: JAVASCRIPT, read: () => readFile(join(__dirname, 'graphiql.boot.js'), 'utf8') }],
      ['graphql-ws.js', { contentType: JAVASCRIPT, read: readGraphqlWsClient }],
      ['graphiql.js', { contentType: JAVASCRIPT, read: () => loadBundle().js }],
      ['graphiql.css', { contentType: CSS, read: () => loadBundle().css }],
      ['editor.worker.js', { contentType: JAVASCRIPT, read: () => loadBundle().editorWorkerService }],
      ['json.worker.js', { contentType: JAVASCRIPT, read: () => loadBundle().jsonWorker }],
      ['graphql.worker.js', { contentType: JAVASCRIPT, read: () => loadBundle().graphqlWorker }],
      ['logo.svg', { contentType: SVG, read: () => logo }],
    ]);
  }

  has(name: string): boolean {
    return this.sources.has(name);
  }

  /** @throws Error  when there is no such file, see `has` */
  get(name: string, encoding: ContentEncoding): Promise<Representation> {
    const source = this.sources.get(name);
    if (!source) throw new Error(`The explorer has no file ${name}`);
    const key = `${encoding} ${name}`;
    const known = this.prepared.get(key);
    if (known) return known;
    const representation = represent(source, encoding);
    this.prepared.set(key, representation);
    representation.catch(() => this.prepared.delete(key)); // so that the next request tries again
    return representation;
  }
}

async function represent(source: Source, encoding: ContentEncoding): Promise<Representation> {
  const content = Buffer.from(await source.read());
  const hash = createHash('sha256').update(content).digest('base64url').slice(0, 22);
  return { contentType: source.contentType, body: await compress(content, encoding), etag: `"${hash}-${encoding}"` };
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

function loadBundle(): typeof import('@graphql-yoga/render-graphiql/graphiql') {
  return loadModule('@graphql-yoga/render-graphiql/graphiql') as ReturnType<typeof loadBundle>;
}

/** The browser build is not among the package's exports, only its package.json is. */
function readGraphqlWsClient(): Promise<string> {
  return readFile(join(dirname(loadModule.resolve('graphql-ws/package.json')), 'umd', 'graphql-ws.min.js'), 'utf8');
}
