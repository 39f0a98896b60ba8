import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { defineLimit, noteLimitReached } from '../base/limit';
import { onClose, type HttpReply, type HttpRequest } from './exchange';
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

/** What a body is read from: it has its decompressed bytes. @throws HttpRefusal */
export function payloadOf({ headers, raw }: HttpRequest, reply: HttpReply): Readable {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (NOT_ENCODED.includes(encoding) || !hasBody(raw)) return raw;
  const decoder = DECODERS.get(encoding)?.();
  if (!decoder) {
    reply.header('accept-encoding', 'gzip, deflate, br');
    throw new HttpRefusal(415, 'The content-encoding must be gzip, deflate or br, or none.');
  }
  decoder.on('error', (error) => Object.assign(error, { statusCode: 400, code: BODY_NOT_DECODED }));
  onClose(reply.raw, () => decoder.destroy());
  return raw.pipe(decoder);
}

/**
 * Reads a body.
 *
 * @param payload of the request, see `payloadOf`
 * @param done called once, with the bytes or with what refuses them
 */
export function readBody(
  request: IncomingMessage,
  payload: Readable,
  done: (error: Error | undefined, body?: Buffer) => void,
): void {
  if (Number(request.headers['content-length']) > MAX_BODY_BYTES) {
    done(tooLarge());
    return;
  }
  const chunks: Buffer[] = [];
  const end = (error?: Error) => {
    request.off('data', onEncoded);
    payload.off('data', onData).off('end', onEnd).off('error', onError);
    if (error) done(error);
    else done(undefined, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  };
  const limited = () => {
    let left = MAX_BODY_BYTES;
    return (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) end(tooLarge());
      return left >= 0;
    };
  };
  const onEncoded = limited();
  const isWithin = limited();
  const onData = (chunk: Buffer) => {
    if (isWithin(chunk)) chunks.push(chunk);
  };
  const onEnd = () => end();
  const onError = (error: Error) => end(Object.assign(error, { statusCode: 400 }));
  if (payload !== request) request.on('data', onEncoded);
  payload.on('data', onData).on('end', onEnd).on('error', onError);
}

function tooLarge(): HttpRefusal {
  noteLimitReached('body bytes');
  return new HttpRefusal(413, 'The body is larger than the limit of 1 MB.');
}

/** Reads the rest of a refused body before the response is sent. @returns undefined if there is none */
export function drainRest({ raw }: HttpRequest, reply: HttpReply): Promise<void> | undefined {
  if (raw.complete || raw.destroyed || !hasBody(raw)) return undefined;
  return drain(raw).then((isDrained) => {
    if (!isDrained) reply.header('connection', 'close');
  });
}

/** Whether a request says that it has a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
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
