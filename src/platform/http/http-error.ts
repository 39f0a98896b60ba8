import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { noteLimitReached } from '../base/limit';
import { PROBLEM_TYPE, toProblem, type Fault } from '../rest/problem';
import type { HttpReply, HttpRequest } from './exchange';
import { REQUEST_ID } from './request-id';
import { entryOf } from './request-log';
import { pathOf } from './url-path';

/** Time for a refused client to read the response and to close the connection. */
const LINGER_MS = 1_000;

const JSON_TYPE = 'application/json; charset=utf-8';
const PROBLEM_CONTENT = `${PROBLEM_TYPE}; charset=utf-8`;

/** Path of the REST interface. */
export const REST_PATH = '/api/v3';

/** @param url path and query, or the whole URL, as sent */
export function isRestUrl(url: string | undefined): boolean {
  if (url === undefined) return false;
  const path = pathOf(url);
  return path === REST_PATH || path.startsWith(`${REST_PATH}/`);
}

/** An error outside of GraphQL execution, in the shape that GraphQL clients expect. */
const bodyOf = (code: string, message: string, details: object = {}): string =>
  JSON.stringify({ errors: [{ message, extensions: { code, ...details } }] });

const STATUSES: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  RATE_LIMITED: 429,
  SERVICE_UNAVAILABLE: 503,
};

/** The status of a request that is refused whatever it asks for; undefined for other codes. */
export function statusOfRefusal(code: unknown): number | undefined {
  return STATUSES[String(code)];
}

/**
 * Sends an error outside of an operation, in the shape that clients of the path expect.
 *
 * @param field member of the body, parameter or header that is at fault
 * @param details further members of `extensions` in GraphQL
 */
export function sendError<Reply extends HttpReply>(
  reply: Reply,
  status: number,
  code: string,
  message: string,
  field: string | null = null,
  details: object = {},
): Reply {
  entryOf(reply.request).codes = [code];
  if (isRestUrl(reply.request.raw.url)) return sendProblem(reply, status, [{ code, detail: message, field }]);
  reply
    .code(status)
    .header('cache-control', 'no-store')
    .type(JSON_TYPE)
    .send(bodyOf(code, message, details));
  return reply;
}

/** @param faults at least one */
export function sendProblem<Reply extends HttpReply>(reply: Reply, status: number, faults: readonly Fault[]): Reply {
  reply
    .code(status)
    .header('cache-control', 'no-store')
    .type(PROBLEM_CONTENT)
    .send(JSON.stringify(toProblem(status, faults)));
  return reply;
}

/** Tells the client when to try again. @param seconds of the error, if it has them */
export function retryAfter(reply: HttpReply, seconds: unknown): void {
  if (typeof seconds === 'number') reply.header('retry-after', String(seconds));
}

/**
 * Sends an error, and ends the connection, where there is no request: for what is not HTTP, and for a refused upgrade.
 *
 * @param url as sent, if it is known
 */
export function endWithError(
  socket: Duplex,
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
  url?: string,
): void {
  const [type, body] = isRestUrl(url)
    ? [PROBLEM_CONTENT, JSON.stringify(toProblem(status, [{ code, detail: message, field: null }]))]
    : [JSON_TYPE, bodyOf(code, message)];
  const lines = Object.entries({
    connection: 'close',
    'cache-control': 'no-store',
    'content-type': type,
    'content-length': String(Buffer.byteLength(body)),
    [REQUEST_ID]: randomUUID(),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  // Bytes that are not read would reset the connection before the client has read the response.
  socket.resume();
  const cutOff = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(cutOff));
}

/** A request that is refused before an operation is read from it. Clients receive the message. */
export class HttpRefusal extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
    readonly field: string | null = null,
  ) {
    super(message);
    this.name = 'HttpRefusal';
  }
}

/** Of a URL that is not ASCII with percent-encoded UTF-8. */
export const MALFORMED_URL = 'The URL is malformed. Percent-encode the UTF-8 bytes of its text.';

/** Of a body of another type. */
export const NOT_JSON = 'The body must be JSON, with the content type application/json.';

/** Code of an error of a decompressor. */
export const BODY_NOT_DECODED = 'BODY_NOT_DECODED';

const REFUSALS: Record<string, string> = {
  [BODY_NOT_DECODED]: 'The body does not match its content-encoding.',
  FST_ERR_BAD_URL: MALFORMED_URL,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: NOT_JSON,
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty. It must be JSON.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not valid JSON.',
};

interface Refused {
  readonly code?: string;
  readonly statusCode?: number;
}

/** Refuses a request by an error of this server or of fastify. */
export function refuse(error: Refused, reply: HttpReply): void {
  const { message, field } =
    error instanceof HttpRefusal ? error : { message: REFUSALS[error.code ?? ''], field: null };
  sendError(reply, error.statusCode ?? 400, 'BAD_USER_INPUT', message ?? 'The request is malformed.', field);
}

/** By the code of Node's error: status and message. */
const NOT_HTTP: Record<string, readonly [number, string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: [431, 'The headers are larger than 16 KB.'],
  HPE_INVALID_URL: [400, MALFORMED_URL],
};

interface ClientError {
  readonly code?: string;
  /** The bytes in which the fault is. */
  readonly rawPacket?: unknown;
}

/**
 * Handles what Node cannot read as a request.
 *
 * @param lastUrl of the last request that was read from the connection
 */
export function handleClientError(error: ClientError, socket: Socket, lastUrl: string | undefined): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  // The code is the same when only the headers are late.
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') noteLimitReached('request, milliseconds');
  const [status, message] = NOT_HTTP[error.code ?? ''] ?? [400, 'The request is not valid HTTP.'];
  const [, url = lastUrl] =
    /^[A-Z]+ (\S+)/.exec(error.rawPacket instanceof Buffer ? error.rawPacket.toString('latin1', 0, 200) : '') ?? [];
  endWithError(socket, status, 'BAD_USER_INPUT', message, {}, url);
}

/** Handles an error outside of operations. Messages of other packages are not sent, because they may quote the body. */
export function handleError(error: unknown, request: HttpRequest, reply: HttpReply): void {
  if (((error as Refused).statusCode ?? 500) < 500) {
    refuse(error as Refused, reply);
    return;
  }
  const errorId = randomUUID();
  entryOf(request).errorId = errorId;
  request.log.error({ err: error, errorId }, 'request failed');
  sendError(reply, 500, 'INTERNAL_SERVER_ERROR', `Internal server error. Error id: ${errorId}`);
}
