import { createClient, type Client as WsClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { keyOf, type CallerName } from './test-app';

/** A client with one subscription that collects its results. */
export class Subscriber<Data = Record<string, unknown>> {
  readonly received: {
    data?: Data | null;
    errors?: readonly { message: string; extensions?: Record<string, unknown> }[];
  }[] = [];
  /** Close code and reason of the socket. */
  closed: { code: number; reason: string } | undefined;
  completed = false;
  private readonly waiting = new Set<() => void>();
  private readonly client: WsClient;
  private readonly unsubscribe: () => void;

  constructor(
    url: string,
    caller: CallerName | { key: string },
    query: string,
    variables: Record<string, unknown> = {},
  ) {
    this.client = createClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${keyOf(caller)}` },
      retryAttempts: 0,
      on: {
        closed: (event) => {
          const { code, reason } = event as { code: number; reason: string };
          this.closed = { code, reason };
          this.changed();
        },
      },
    });
    this.unsubscribe = this.client.subscribe<Data>(
      { query, variables },
      {
        next: (result) => {
          this.received.push(result);
          this.changed();
        },
        error: (error) => {
          if (Array.isArray(error)) this.received.push({ errors: error as never });
          this.changed();
        },
        complete: () => {
          this.completed = true;
          this.changed();
        },
      },
    );
  }

  /** Waits for a condition on the received results, until jest's timeout. */
  async until(condition: (subscriber: this) => boolean): Promise<this> {
    while (!condition(this)) {
      await new Promise<void>((resolve) => {
        this.waiting.add(resolve);
      });
    }
    return this;
  }

  async count(count: number): Promise<this> {
    return this.until(() => this.received.length >= count);
  }

  async stop(): Promise<void> {
    this.unsubscribe();
    await this.client.dispose();
  }

  private changed(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}
