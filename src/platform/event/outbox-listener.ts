import type { Client } from 'pg';
import { BackgroundLoop, Backoff, every, pause } from '../base/loop';
import { createClient } from '../db/connection';
import { CONNECTION_LIFETIME_MS } from '../db/connections';
import { DATABASE_ROLES } from '../db/scope';
import { describeFailure, type StreamLog } from '../db/stream-log';

const RECONNECT = { firstMs: 100, maxMs: 5_000 };

/** A silently lost connection is detected within this time plus HEARTBEAT_TIMEOUT_MS. Until then events arrive by the poll. */
const HEARTBEAT_MS = 5_000;
const HEARTBEAT_TIMEOUT_MS = 3_000;

export interface OutboxListenerOptions {
  url: string;
  log: StreamLog;
  /** Called when an instance has sequenced the events up to this position. */
  onSequenced: (head: number) => void;
  /** Called when the connection starts to listen. Earlier notifications may have been missed. */
  onListening: () => void;
  /** The connection is replaced after this time, so that a host name that leads elsewhere is followed. Default 300,000. */
  lifetimeMs?: number | undefined;
}

/**
 * Receives notifications about sequenced events from all instances, on its own connection (LISTEN).
 *
 * Notifications are lost while it is disconnected. It makes the stream fast; the tail's poll makes it complete.
 */
export class OutboxListener extends BackgroundLoop {
  private readonly backoff = new Backoff(RECONNECT);
  private listening = false;

  constructor(private readonly options: OutboxListenerOptions) {
    super();
  }

  get isListening(): boolean {
    return this.listening;
  }

  /** Connects in the background and keeps connecting until `stop`. */
  start(): void {
    this.running = every(() => this.listen(), {
      intervalMs: 0,
      backoff: this.backoff,
      signal: this.stopping.signal,
      onError: (error, _failures, pauseMs) => {
        const fields = { ...describeFailure(error), backoffMs: Math.round(pauseMs) };
        this.options.log.warn(fields, 'lost the LISTEN connection, events arrive by polling');
      },
    });
  }

  /** Returns when stopped, and after the lifetime. Throws when the connection cannot be opened or is lost. */
  private async listen(): Promise<void> {
    const { signal } = this.stopping;
    const client = createClient(this.options.url, {
      name: 'listen',
      role: DATABASE_ROLES.system,
      connectionTimeoutMillis: HEARTBEAT_TIMEOUT_MS,
      query_timeout: HEARTBEAT_TIMEOUT_MS,
    });
    client.on('notification', ({ payload }) => this.options.onSequenced(Number(payload)));
    let stop: () => void = () => undefined;
    let heartbeat: NodeJS.Timeout | undefined;
    let lifetime: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        stop = resolve;
        signal.addEventListener('abort', stop);
        client.on('error', reject);
        client.on('end', () => reject(new Error('The LISTEN connection ended.')));
        this.connect(client).catch(reject);
        lifetime = setTimeout(stop, this.options.lifetimeMs ?? CONNECTION_LIFETIME_MS);
        heartbeat = setInterval(() => void this.beat(client).catch(reject), HEARTBEAT_MS);
      });
    } finally {
      this.listening = false;
      clearInterval(heartbeat);
      clearTimeout(lifetime);
      signal.removeEventListener('abort', stop);
      // pg closes at once when a query is open or the connection is lost. A host that is gone does not confirm the end.
      const ended = new AbortController();
      void client.end().finally(() => ended.abort());
      await pause(HEARTBEAT_TIMEOUT_MS, ended.signal);
    }
  }

  private async connect(client: Client): Promise<void> {
    await client.connect();
    await client.query('listen gateway_events');
    if (this.stopping.signal.aborted) return;
    this.listening = true;
    this.backoff.reset();
    this.options.onListening();
  }

  private async beat(client: Client): Promise<void> {
    if (!this.listening) return;
    const { rows } = await client.query<{ notifies: boolean }>(
      `select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off' as notifies`,
    );
    // Events are sequenced where writes are accepted: after a failover, that is another server.
    if (!rows[0]!.notifies) throw new Error('The LISTEN connection is to a database that accepts no writes.');
  }
}
