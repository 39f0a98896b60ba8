import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { LOGO } from '../page';

const brotliAsync = promisify(brotliCompress);
const gzipAsync = promisify(gzip);
const loadModule = createRequire(__filename);

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** For the bundle of 8.8 MB, quality 5 gives 2.1 MB in 0.3 s and quality 11 gives 1.9 MB in 16 s. gzip gives 2.4 MB. */
const BROTLI_QUALITY = 5;

export type ContentEncoding = 'br' | 'gzip' | 'identity';

/** One file in one content encoding. */
export interface Representation {
  readonly contentType: string;
  readonly body: Buffer;
  /** Strong ETag: a hash of the uncompressed content, and the encoding. */
  readonly etag: string;
}

/**
 * The explorer's files by name.
 *
 * A file is read and compressed on its first request, then kept in memory. The bundle is a 9 MB module that takes 130 ms
 * to load, which would slow down the start of the process.
 */
export class GraphiqlAssets {
  private readonly sources: ReadonlyMap<string, () => string | Promise<string>>;
  private readonly prepared = new Map<string, Promise<Representation>>();

  /** @param configScript  the script that passes the settings to boot.js */
  constructor(configScript: string) {
    this.sources = new Map<string, () => string | Promise<string>>([
      ['config.js', () => configScript],
      ['examples.js', () => readFile(join(__dirname, 'graphiql.examples.js'), 'utf8')],
      ['boot.js', () => readFile(join(__dirname, 'graphiql.boot.js'), 'utf8')],
      ['graphql-ws.js', readGraphqlWsClient],
      ['graphiql.js', () => loadBundle().js],
      ['graphiql.css', () => loadBundle().css],
      ['editor.worker.js', () => loadBundle().editorWorkerService],
      ['json.worker.js', () => loadBundle().jsonWorker],
      ['graphql.worker.js', () => loadBundle().graphqlWorker],
      ['logo.svg', () => LOGO],
    ]);
  }

  has(name: string): boolean {
    return this.sources.has(name);
  }

  /** @param name of an existing file, see `has` */
  get(name: string, encoding: ContentEncoding): Promise<Representation> {
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

/** The package exports its package.json but not its browser build. */
function readGraphqlWsClient(): Promise<string> {
  return readFile(join(dirname(loadModule.resolve('graphql-ws/package.json')), 'umd', 'graphql-ws.min.js'), 'utf8');
}
