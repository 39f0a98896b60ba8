import { createHash } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { OperationTrace } from '../../src/platform/base/channels';
import { KEYS, TestApp, type CallerName } from '../support/test-app';

export interface Query {
  readonly query: string;
  readonly variables?: object;
}

interface Response {
  readonly status: number;
  /** Without ids of errors. */
  readonly text: string;
}

const END = 'tracing:gateway:operation:asyncEnd';

/** A gateway whose responses are compared: PostgreSQL writes the JSON text, and the executor makes it. */
export class ComparedReads {
  private constructor(readonly app: TestApp) {}

  static async start(env: Record<string, string> = {}): Promise<ComparedReads> {
    return new ComparedReads(
      await TestApp.start({
        env,
        compiledReads: { compilesAtFirstUse: true, statements: { statements: 10_000, characters: Infinity } },
      }),
    );
  }

  /** Both responses, and the names of the statements of the second one; `compiled` are those that were compiled. */
  async both(query: Query, caller: CallerName = 'northside') {
    return { expected: await this.byExecutor(query, caller), ...(await this.compiled(query, caller)) };
  }

  /** The second response alone. */
  async compiled(query: Query, caller: CallerName = 'northside') {
    const before = this.app.statements.length;
    const outcomes: unknown[] = [];
    const note = (trace: unknown): void => void outcomes.push((trace as OperationTrace).read);
    subscribe(END, note);
    const found = await this.send(query, caller);
    unsubscribe(END, note);
    // The executor would hide it.
    if (outcomes.includes('FAILED')) throw new Error(`A compiled statement failed: ${query.query}`);
    const ofCaller = this.app.statements.slice(before).filter(({ scope }) => scope.kind !== 'system');
    const names = ofCaller.flatMap(({ text }) => /^\/\* (\w+)/.exec(text)?.[1] ?? []);
    return { found, compiled: names.filter((name) => name.startsWith('read_')), names };
  }

  /** Persisted queries take the way of Apollo Server, which needs objects. */
  byExecutor(body: Query, caller: CallerName): Promise<Response> {
    const sha256Hash = createHash('sha256').update(body.query).digest('hex');
    return this.send({ ...body, extensions: { persistedQuery: { version: 1, sha256Hash } } }, caller);
  }

  async send(body: object, caller: CallerName, signal: AbortSignal | null = null): Promise<Response> {
    const response = await fetch(`${this.app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEYS[caller]}` },
      body: JSON.stringify(body),
      signal,
    });
    const text = (await response.text()).replaceAll(/Error id: [\w-]+|"errorId":"[^"]+"/g, '');
    return { status: response.status, text };
  }
}

export const CALLERS: readonly CallerName[] = ['northside', 'readOnly', 'lakeview', 'ingest', 'operator'];
