import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { addressesAllowedFor, assertHostAllowed, checkedLookup } from './endpoint-address';
import { defineLimit } from '../../platform/base/limit';

const TIMEOUT_MS = defineLimit('attempt of a webhook, milliseconds', {
  value: 15_000,
  unit: 'ms',
  description: 'From the resolution of the name to the end of the answer; then the attempt has failed.',
});

/** Characters of an answer that are kept. */
const MAX_BODY_LENGTH = 1_024;

export interface WebhookRequest {
  url: string;
  body: string;
  headers: Record<string, string>;
}

/** What came of an attempt. */
export interface WebhookResponse {
  /** Null when there was no answer. */
  status: number | null;
  body: string | null;
  /** As the header Retry-After says; null when it does not. */
  retryAfter: string | null;
  /** Null for a success. */
  error: string | null;
}

export interface WebhookClientOptions {
  /** In demo mode, http to this machine. */
  allowsLoopback: boolean;
  timeoutMs?: number;
}

/**
 * Posts a delivery: to checked addresses only, a new connection each time, never following a redirect.
 *
 * Over node:http, whose `lookup` is the check of the addresses. fetch would need a dispatcher of undici with one, a package that
 * the gateway has no other use for: the fetch that Node brings does not export its Agent.
 */
export async function post(request: WebhookRequest, options: WebhookClientOptions): Promise<WebhookResponse> {
  const { allowsLoopback, timeoutMs = TIMEOUT_MS } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await send(request, allowsLoopback, signal);
    const body = await readBeginning(response);
    signal.throwIfAborted(); // an answer of no given length seems to end there
    const status = response.statusCode!;
    const error = isSuccess(status) ? null : describeStatus(status);
    return { status, body, retryAfter: response.headers['retry-after'] ?? null, error };
  } catch (error) {
    const message = signal.aborted ? `No answer within ${timeoutMs / 1000} s.` : describe(error);
    return { status: null, body: null, retryAfter: null, error: message };
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function describeStatus(status: number): string {
  return status >= 300 && status < 400 ? `Answered ${status}: redirects are not followed.` : `Answered ${status}.`;
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
    // The last event in any case, and the only one after 101: without it an endpoint could hold an attempt for ever.
    sent.on('close', () => reject(new Error('The connection was closed without an answer.')));
    sent.end(body);
  });
}

/** The first characters of an answer; the rest is not waited for. */
async function readBeginning(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response as AsyncIterable<string>) {
    text += chunk;
    if (text.length >= MAX_BODY_LENGTH) break;
  }
  response.destroy();
  // PostgreSQL cannot hold NUL, nor half of a character at the end.
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
