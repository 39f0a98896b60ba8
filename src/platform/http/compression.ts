import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { preferredEncoding } from './assets';
import type { HttpReply, HttpRequest, Payload } from './exchange';
import { vary } from './page';

const brotliAsync = promisify(brotliCompress);
const gzipAsync = promisify(gzip);

/** A smaller response fits into a packet or two anyway. */
const MIN_BYTES = 1_024;
/** Node has four threads for compression, the names of hosts and some cryptography. */
const MAX_RUNNING = 2;

/** Of 0 to 11. This one is faster than gzip, and makes fewer bytes. */
const BROTLI_QUALITY = 4;

/**
 * Compresses texts for clients that accept it, in the threads of Node. Texts beyond the number that is compressed at a time are sent
 * as they are, so compression delays nothing under load. Streams, and what has an encoding or an ETag of its own, are left alone.
 */
export class Compression {
  private running = 0;

  /** @returns undefined for a payload that is sent as it is */
  begin(request: HttpRequest, reply: HttpReply, payload: Payload): Promise<Buffer> | undefined {
    const isText = typeof payload === 'string' && payload.length >= MIN_BYTES;
    if (!isText || reply.hasHeader('content-encoding') || reply.hasHeader('etag')) return undefined;
    vary(reply, 'accept-encoding');
    const encoding = preferredEncoding(request);
    if (encoding === 'identity' || this.running >= MAX_RUNNING) return undefined;
    return this.compress(payload, encoding, reply);
  }

  private async compress(payload: string, encoding: 'br' | 'gzip', reply: HttpReply): Promise<Buffer> {
    this.running += 1;
    try {
      const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
      const body = encoding === 'br' ? await brotliAsync(payload, { params }) : await gzipAsync(payload);
      reply.removeHeader('content-length').header('content-encoding', encoding);
      return body;
    } finally {
      this.running -= 1;
    }
  }
}
