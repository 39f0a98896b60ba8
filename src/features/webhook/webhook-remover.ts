import { BackgroundLoop, every } from '../../platform/base/loop';
import type { Database } from '../../platform/db/database';
import { SYSTEM_SCOPE } from '../../platform/db/scope';
import { describeFailure, type StreamLog } from '../../platform/db/stream-log';
import { pauseAfter } from './pace';
import { deleteRemovedWebhooks, pruneRemovedDeliveries } from './webhook-removal.repository';

const INTERVAL_MS = 10_000;

/** Deliveries that one transaction deletes, with their attempts. */
const PORTION = 1_000;

export interface WebhookRemoverOptions {
  readonly intervalMs?: number | undefined;
  readonly portion?: number;
  /** Called after each portion, with the time that it took. */
  readonly rest?: (ms: number) => Promise<void>;
}

/**
 * Deletes the deliveries of removed webhooks in portions, and then the webhooks. Each portion is a transaction of its own, so a crash
 * loses at most one, and the next round continues. Every instance runs it.
 */
export class WebhookRemover extends BackgroundLoop {
  constructor(
    private readonly database: Database,
    private readonly log: StreamLog,
    private readonly options: WebhookRemoverOptions = {},
  ) {
    super();
  }

  start(): void {
    this.running = every(() => this.remove(), {
      intervalMs: this.options.intervalMs ?? INTERVAL_MS,
      signal: this.stopping.signal,
      /** Logs the first of consecutive failures. */
      onError: (error, failures) => {
        if (failures === 1) this.log.warn(describeFailure(error), 'could not delete removed webhooks, will retry');
      },
    });
  }

  async remove(): Promise<void> {
    const { portion = PORTION, rest = pauseAfter } = this.options;
    for (let last = portion; last === portion && !this.stopping.signal.aborted;) {
      const startedMs = performance.now();
      last = await this.database.transact(SYSTEM_SCOPE, (tx) => pruneRemovedDeliveries(tx, portion));
      if (last === portion) await rest(performance.now() - startedMs);
    }
    if (!this.stopping.signal.aborted) await this.database.transact(SYSTEM_SCOPE, deleteRemovedWebhooks);
  }
}
