import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { preferredEncoding } from './assets';
import { vary } from './page';

const brotliAsync = promisify(brotliCompress);
const gzipAsync = promisify(gzip);

/** A smaller response fits into a packet or two anyway. */
const MIN_BYTES = 1_024;
/** Node has four threads for compression, the names of hosts and some cryptography. */
const MAX_RUNNING = 2;

/** Of 0 to 11. This one is faster than gzip, and makes fewer bytes. */
const BROTLI_QUALITY = 4;

const compressed = new WeakSet<object>();

/** Whether a payload was made for one response. Files are in memory once for all clients. */
export function isOfOneResponse(payload: unknown): payload is string | Buffer {
  return typeof payload === 'string' || (Buffer.isBuffer(payload) && compressed.has(payload));
}

/**
 * Compresses texts for clients that accept it, in the threads of Node. Texts beyond the number that is compressed at a time are sent
 * as they are, so compression delays nothing under load. Streams, and what has an encoding or an ETag of its own, are left alone.
 */
export function compressResponses(app: FastifyInstance): void {
  let running = 0;
  const compress = async (payload: string, encoding: 'br' | 'gzip', reply: FastifyReply) => {
    running += 1;
    try {
      const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
      const body = encoding === 'br' ? await brotliAsync(payload, { params }) : await gzipAsync(payload);
      compressed.add(body);
      reply.removeHeader('content-length');
      void reply.header('content-encoding', encoding);
      return body;
    } finally {
      running -= 1;
    }
  };
  app.addHook('onSend', (request, reply, payload, next) => {
    const isText = typeof payload === 'string' && payload.length >= MIN_BYTES;
    if (!isText || reply.hasHeader('content-encoding') || reply.hasHeader('etag')) {
      next();
      return undefined;
    }
    vary(reply, 'accept-encoding');
    const encoding = preferredEncoding(request);
    if (encoding !== 'identity' && running < MAX_RUNNING) return compress(payload, encoding, reply);
    next();
    return undefined;
  });
}
