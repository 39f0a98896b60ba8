import { createHash } from 'node:crypto';
import { Backoff, pause, type BackoffOptions } from '../../platform/base/loop';
import {
  readResponse,
  resultsOf,
  TemporaryFailure,
  type CallResult,
  type EntryResult,
  type GatewayResponse,
} from './gateway-response';
import { ImportError } from './import-error';
import type { ImportKind } from './import-kind';

/** A batch takes at most a second, so after this time the connection is dead. */
const RESPONSE_TIMEOUT_MS = 60_000;
/** Upper limit for a gateway's Retry-After. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Sends a query. Returns its data. */
export type Ask = (query: string, variables: Readonly<Record<string, unknown>>) => Promise<Record<string, unknown>>;

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

/** Sends entries of a kind to the API of a gateway. */
export class GatewayClient {
  private readonly mutation: string;

  constructor(
    private readonly kind: ImportKind,
    private readonly options: GatewayClientOptions,
  ) {
    const { mutation, resultFields } = kind;
    const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}`;
    this.mutation = `mutation Import($input: ${type}Input!) {
  ${mutation}(input: $input) { results { ${resultFields} userErrors { code message path } } userErrors { code message path } }
}`;
  }

  /**
   * Sends entries. Safe to repeat with the same batch key.
   *
   * If entries are malformed, so that the whole call fails, their result is REFUSED and the others are sent without them.
   *
   * @param entries as JSON
   * @param batchKey of these entries, if the gateway does not recognize a repeated entry
   * @returns the results, in the order of the entries
   * @throws ImportError when retrying does not help; the reason of `signal` when it is aborted
   */
  async send(entries: readonly string[], batchKey?: string): Promise<EntryResult[]> {
    const results: EntryResult[] = [];
    let pending = [...entries.keys()];
    while (pending.length > 0) {
      const found = await this.sendAll(
        pending.map((index) => entries[index]!),
        batchKey,
      );
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

  /** @throws ImportError when the query is refused, and as `send` does */
  readonly ask: Ask = async (query, variables) => {
    const { data, errors } = await this.call(JSON.stringify({ query, variables }));
    if (data == null || errors[0])
      throw new ImportError(`The gateway refused a query. It returned: ${errors[0]?.message ?? 'no data'}`);
    return data;
  };

  private async sendAll(entries: readonly string[], batchKey: string | undefined): Promise<CallResult> {
    const list = `[${entries.join(',')}]`;
    // The content too: after a name was found that was unknown before, the batch is another one.
    const hash = () => createHash('sha256').update(list).digest('hex').slice(0, 16);
    const key = batchKey === undefined ? '' : `,"idempotencyKey":${JSON.stringify(`${batchKey}-${hash()}`)}`;
    const input = `{${JSON.stringify(this.kind.name)}:${list}${key}}`;
    const body = `{"query":${JSON.stringify(this.mutation)},"variables":{"input":${input}}}`;
    return resultsOf(await this.call(body), this.kind, entries.length);
  }

  private async call(body: string): Promise<GatewayResponse> {
    const { retry = DEFAULT_RETRY, signal, onWait } = this.options;
    const backoff = new Backoff(retry);
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        const { response, text } = await this.post(body);
        return readResponse(response, text, this.kind.permission);
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
