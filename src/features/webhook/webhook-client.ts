import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { addressesAllowedFor, assertHostAllowed, checkedLookup } from './endpoint-address';
import { defineLimit, noteLimitReached } from '../../platform/base/limit';

const TIMEOUT_MS = defineLimit('webhook attempt, milliseconds', {
  value: 15_000,
  unit: 'ms',
  description: 'From the DNS lookup to the status and headers of the response. After that the attempt has failed.',
});

const BODY_TIMEOUT_MS = defineLimit('webhook response body, milliseconds', {
  value: 2_000,
  unit: 'ms',
  description: 'Time for the beginning of the body, after the status. What arrives later is dropped.',
});

/** Characters of a response that are stored. */
const MAX_BODY_LENGTH = 1_024;

export interface WebhookRequest {
  url: string;
  body: string;
  headers: Record<string, string>;
}

/** Result of an attempt. */
export interface WebhookResponse {
  /** Null when there was no response. */
  status: number | null;
  body: string | null;
  /** Value of the header Retry-After. Null when there is none. */
  retryAfter: string | null;
  /** Null for a success. */
  error: string | null;
}

export const NO_RESPONSE = { status: null, body: null, retryAfter: null };

export interface WebhookClientOptions {
  /** Allows http to this machine, in demo mode. */
  allowsLoopback: boolean;
  timeoutMs?: number;
  bodyTimeoutMs?: number;
}

/**
 * Posts a delivery: to checked addresses only, with a new connection each time, without following redirects. The status alone
 * decides whether it succeeded. The body is only kept for people, so it may be cut, slow or endless.
 *
 * Uses node:http, because its `lookup` option can check the addresses. fetch would need an Agent of undici for that, which
 * Node does not export, and the gateway has no other use for the package.
 */
export async function post(request: WebhookRequest, options: WebhookClientOptions): Promise<WebhookResponse> {
  const { allowsLoopback, timeoutMs = TIMEOUT_MS, bodyTimeoutMs = BODY_TIMEOUT_MS } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await send(request, allowsLoopback, signal);
    const body = await readBeginning(response, bodyTimeoutMs);
    const status = response.statusCode!;
    const error = isSuccess(status) ? null : describeStatus(status);
    return { status, body, retryAfter: response.headers['retry-after'] ?? null, error };
  } catch (error) {
    if (signal.aborted) noteLimitReached('webhook attempt, milliseconds');
    const message = signal.aborted ? `No response within ${timeoutMs / 1000} s.` : describe(error);
    return { ...NO_RESPONSE, error: message };
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function describeStatus(status: number): string {
  return status >= 300 && status < 400
    ? `Response status ${status}. Redirects are not followed.`
    : `Response status ${status}.`;
}

function send({ url: text, body, headers }: WebhookRequest, allowsLoopback: boolean, signal: AbortSignal) {
  const url = new URL(text);
  const isAllowed = addressesAllowedFor(url, allowsLoopback);
  assertHostAllowed(url, isAllowed);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      agent: false,
      signal,
      lookup: checkedLookup(isAllowed),
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'device-gateway',
        ...headers,
      },
    });
    sent.on('response', resolve);
    sent.on('error', reject);
    // Always the last event, and the only one after status 101. Without it, an endpoint could hold an attempt forever.
    sent.on('close', () => reject(new Error('The connection was closed without a response.')));
    sent.end(body);
  });
}

/** Reads the first characters of a response, as far as they arrive in time, and drops the rest with its connection. */
async function readBeginning(response: IncomingMessage, timeoutMs: number): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  const timer = setTimeout(() => {
    noteLimitReached('webhook response body, milliseconds');
    response.destroy();
  }, timeoutMs);
  try {
    for await (const chunk of response as AsyncIterable<string>) {
      text += chunk;
      if (text.length >= MAX_BODY_LENGTH) break;
    }
  } catch {
    // Cut off, malformed or late. The beginning is enough.
  } finally {
    clearTimeout(timer);
    response.destroy();
  }
  // PostgreSQL can store neither NUL nor half of a surrogate pair.
  return text
    .slice(0, MAX_BODY_LENGTH)
    .replaceAll('\0', '')
    .replace(/\p{Cs}$/u, '');
}

function describe(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const reason = typeof message === 'string' && message !== '' ? message : 'The connection failed';
  return typeof code === 'string' && !reason.includes(code) ? `${reason} (${code})` : reason;
}
