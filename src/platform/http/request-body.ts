import type { IncomingMessage } from 'node:http';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { FastifyInstance, RequestPayload } from 'fastify';
import { defineLimit } from '../base/limit';
import { BODY_NOT_DECODED, HttpRefusal } from './http-error';

/** Maximum size of a request body, also after decompression, and of a WebSocket message. */
export const MAX_BODY_BYTES = defineLimit('body bytes', {
  value: 1_048_576,
  unit: 'bytes',
  description:
    'Size of an HTTP request body, also when it is decompressed (413 when larger), or of a WebSocket message (closed with 1009 when larger).',
});

/** The rest of a refused body is read and dropped within these bounds. */
const MAX_DRAINED_BYTES = 32 * MAX_BODY_BYTES;
const MAX_DRAIN_MS = 5_000;

const DECODERS = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);
const NOT_ENCODED = ['', 'identity'];

/** Decompresses bodies, and reads the rest of a refused body before the response is sent. */
export function readBodies(app: FastifyInstance): void {
  app.addHook('preParsing', (request, reply, payload, next) => {
    const encoding = (request.headers['content-encoding'] ?? '').trim().toLowerCase();
    if (NOT_ENCODED.includes(encoding) || !hasBody(request.raw)) {
      next(null, payload);
      return;
    }
    const decoder = DECODERS.get(encoding)?.();
    if (!decoder) {
      void reply.header('accept-encoding', 'gzip, deflate, br');
      next(new HttpRefusal(415, 'The content-encoding must be gzip, deflate or br, or none.'));
      return;
    }
    // Fastify stops at the limit of either size.
    const decoded: RequestPayload = Object.assign(decoder, { receivedEncodedLength: 0 });
    payload.on('data', (chunk: Buffer) => (decoded.receivedEncodedLength! += chunk.length));
    decoder.on('error', (error) => Object.assign(error, { statusCode: 400, code: BODY_NOT_DECODED }));
    reply.raw.once('close', () => decoder.destroy());
    payload.pipe(decoder);
    next(null, decoded);
  });

  app.addHook('onSend', (request, reply, payload, next) => {
    if (request.raw.complete || request.raw.destroyed || !hasBody(request.raw)) {
      next(null, payload);
      return;
    }
    void drain(request.raw).then((isDrained) => {
      if (!isDrained) void reply.header('connection', 'close');
      next(null, payload);
    });
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Reads and drops the rest of a body. If the connection were closed before, the client would get an error of the connection, and
 * never see the response.
 *
 * @returns false if the bounds were reached first
 */
function drain(request: IncomingMessage): Promise<boolean> {
  return new Promise((resolve) => {
    let bytes = 0;
    const timer = setTimeout(() => end(false), MAX_DRAIN_MS);
    const end = (isDrained: boolean) => {
      clearTimeout(timer);
      request.off('data', onData);
      resolve(isDrained);
    };
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_DRAINED_BYTES) end(false);
    };
    request.unpipe();
    request.on('data', onData).once('end', () => end(true));
    request.once('close', () => end(true)).once('error', () => end(true));
    request.resume();
  });
}
