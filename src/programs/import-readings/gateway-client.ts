import { Backoff, pause, type BackoffOptions } from '../../platform/base/loop';
import { readResponse, TemporaryFailure, type CallResult, type ReadingResult } from './gateway-response';
import { ImportError } from './import-error';

/** A batch takes at most a second, so after this time the connection is dead. */
const RESPONSE_TIMEOUT_MS = 60_000;
/** Upper limit for a gateway's Retry-After. */
const MAX_RETRY_AFTER_MS = 60_000;

const QUERY = `mutation ImportReadings($input: RecordReadingsInput!) {
  recordReadings(input: $input) { results { outcome userErrors { code message path } } userErrors { code message path } }
}`;

export interface RetryOptions extends BackoffOptions {
  /** Maximum number of attempts, including the first. */
  readonly attempts: number;
}

/** One to two minutes in total, enough for the restart of a gateway. */
const DEFAULT_RETRY: RetryOptions = { attempts: 10, firstMs: 500, maxMs: 30_000 };

export interface GatewayClientOptions {
  readonly url: URL;
  /** Must not appear in logs or messages. */
  readonly apiKey: string;
  readonly retry?: RetryOptions | undefined;
  /** Ends pauses between attempts, with its reason. Requests in flight are completed. */
  readonly signal: AbortSignal;
  /** Called before each pause, with its reason. */
  readonly onWait: (reason: string, pauseMs: number) => void;
}

/** Records readings through the API of a gateway. */
export class GatewayClient {
  constructor(private readonly options: GatewayClientOptions) {}

  /**
   * Records readings. Safe to repeat: the gateway recognizes readings that it has.
   *
   * If readings are malformed, so that the whole call fails, their result is REFUSED and the others are sent without them.
   *
   * @param readings as JSON, one ReadingInput each
   * @returns the results, in the order of the readings
   * @throws ImportError when retrying does not help; the reason of `signal` when it is aborted
   */
  async record(readings: readonly string[]): Promise<ReadingResult[]> {
    const results: ReadingResult[] = [];
    let pending = [...readings.keys()];
    while (pending.length > 0) {
      const found = await this.call(pending.map((index) => readings[index]!));
      if ('results' in found) {
        for (const [position, index] of pending.entries()) results[index] = found.results[position]!;
        return results;
      }
      for (const [position, problems] of found.malformed)
        results[pending[position]!] = { outcome: 'REFUSED', problems };
      pending = pending.filter((_, position) => !found.malformed.has(position));
    }
    return results;
  }

  private async call(readings: readonly string[]): Promise<CallResult> {
    const body = `{"query":${JSON.stringify(QUERY)},"variables":{"input":{"readings":[${readings.join(',')}]}}}`;
    const { retry = DEFAULT_RETRY, signal, onWait } = this.options;
    const backoff = new Backoff(retry);
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        const { response, text } = await this.post(body);
        return readResponse(response, text, readings.length);
      } catch (error) {
        if (!(error instanceof TemporaryFailure)) throw error;
        if (attempt >= retry.attempts) throw new ImportError(`${error.message} Gave up after ${attempt} attempts.`);
        const pauseMs = Math.max(backoff.next(), Math.min(error.retryAfterMs, MAX_RETRY_AFTER_MS));
        onWait(error.message, pauseMs);
        await pause(pauseMs, signal);
      }
    }
  }

  private async post(body: string): Promise<{ response: Response; text: string }> {
    const { url, apiKey } = this.options;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', accept: 'application/json' },
        body,
        redirect: 'manual', // the key must not be sent to another host
        signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS),
      });
      return { response, text: await response.text() };
    } catch (error) {
      throw new TemporaryFailure(`The gateway at ${url.origin} does not respond: ${causeOf(error)}.`);
    }
  }
}

/** Finds the reason of fetch's error "fetch failed". A host with several addresses has one error for each. */
function causeOf(error: unknown): string {
  const { cause, errors, message, code } = error as {
    cause?: unknown;
    errors?: unknown[];
    message?: string;
    code?: string;
  };
  if (cause !== undefined) return causeOf(cause);
  if (errors?.[0] !== undefined) return causeOf(errors[0]);
  return message || code || String(error);
}
