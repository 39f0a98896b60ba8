import { Backoff, pause, type BackoffOptions } from '../../platform/base/loop';
import { readResponse, TemporaryFailure, type CallResult, type ReadingResult } from './gateway-response';
import { ImportError } from './import-error';

/** Long for a batch that takes a second at most, short for a connection that is dead. */
const ANSWER_TIMEOUT_MS = 60_000;
/** How long a gateway's Retry-After is obeyed. */
const MAX_ASKED_MS = 60_000;

const QUERY = `mutation ImportReadings($input: RecordReadingsInput!) {
  recordReadings(input: $input) { results { outcome userErrors { code message path } } userErrors { code message path } }
}`;

/** How often to call a gateway again that is not available, and when. */
export interface RetryOptions extends BackoffOptions {
  /** In all. */
  readonly attempts: number;
}

/** One to two minutes: a gateway that is replaced by its next version is back by then. */
const DEFAULT_RETRY: RetryOptions = { attempts: 10, firstMs: 500, maxMs: 30_000 };

export interface GatewayClientOptions {
  readonly url: URL;
  /** Never logged, and shown in no message. */
  readonly apiKey: string;
  readonly retry?: RetryOptions | undefined;
  /** Ends pauses between attempts, with its reason; requests in flight are waited for. */
  readonly signal: AbortSignal;
  /** Called before each pause, with its reason. */
  readonly onWait: (why: string, pauseMs: number) => void;
}

/** Records readings over the gateway's API. */
export class GatewayClient {
  constructor(private readonly options: GatewayClientOptions) {}

  /**
   * Records readings; repeating it is harmless, since the gateway knows a reading again.
   *
   * A reading that makes the gateway refuse the whole call is REFUSED, and the others are sent without it.
   *
   * @param readings as JSON, one ReadingInput each
   * @returns the results, in the order of the readings
   * @throws ImportError when no sending helps; the reason of `signal`
   */
  async record(readings: readonly string[]): Promise<ReadingResult[]> {
    const results: ReadingResult[] = [];
    let open = [...readings.keys()];
    while (open.length > 0) {
      const found = await this.call(open.map((index) => readings[index]!));
      if ('results' in found) {
        for (const [position, index] of open.entries()) results[index] = found.results[position]!;
        return results;
      }
      for (const [position, problems] of found.culprits) results[open[position]!] = { outcome: 'REFUSED', problems };
      open = open.filter((_, position) => !found.culprits.has(position));
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
        if (attempt >= retry.attempts) throw new ImportError(`${error.message} It was tried ${attempt} times.`);
        const pauseMs = Math.max(backoff.next(), Math.min(error.retryAfterMs, MAX_ASKED_MS));
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
        redirect: 'manual', // a key is for the host that it was given for
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      });
      return { response, text: await response.text() };
    } catch (error) {
      throw new TemporaryFailure(`The gateway at ${url.origin} does not answer: ${causeOf(error)}.`);
    }
  }
}

/** fetch says "fetch failed" and hides why; a host with several addresses fails with one error for each. */
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
