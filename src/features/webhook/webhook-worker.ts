import type { Emitter } from '../../platform/base/emitter';
import { BackgroundLoop, every, hourly, inBatches } from '../../platform/base/loop';
import { SYSTEM_SCOPE } from '../../platform/db/scope';
import type { EventCatalog } from '../../platform/event/event-catalog';
import { OutboxConsumer } from '../../platform/event/outbox-consumer';
import { describeFailure } from '../../platform/db/stream-log';
import { pruneDeliveries } from './delivery.repository';
import { PLANNER, planDeliveries } from './webhook-planner';
import { WebhookSender, type WebhookSenderOptions } from './webhook-sender';

const POLL_INTERVAL_MS = 500;
const PRUNE_BATCH_SIZE = 1_000;

export interface WebhookWorkerOptions extends WebhookSenderOptions {
  catalog: EventCatalog;
  /** Emits when there are new events. The poll finds events that it misses. */
  arrived: Emitter;
  /** Finished deliveries that are older are deleted. */
  retentionDays: number;
  pollIntervalMs?: number;
}

/** Plans, sends and prunes deliveries. It runs on every instance, and each instance works for all customers. */
export class WebhookWorker extends BackgroundLoop {
  private readonly planner: OutboxConsumer;
  private readonly sender: WebhookSender;
  private hasPlanned = false;

  constructor(private readonly options: WebhookWorkerOptions) {
    super();
    const plan = planDeliveries(options.catalog, () => (this.hasPlanned = true));
    this.planner = new OutboxConsumer(options.database, PLANNER, plan);
    this.sender = new WebhookSender(options);
  }

  start(): void {
    const { pollIntervalMs = POLL_INTERVAL_MS, arrived } = this.options;
    arrived.on(() => this.nudge());
    const options = {
      signal: this.stopping.signal,
      /** Logs the first of consecutive failures. The next run tries again for as long as the database is unavailable. */
      onError: (error: unknown, failures: number) => {
        if (failures === 1) this.options.log.warn(describeFailure(error), 'webhook delivery is temporarily failing');
      },
    };
    this.running = Promise.all([
      every(() => this.work(), { ...options, intervalMs: pollIntervalMs }),
      hourly(() => this.prune(), options),
    ]);
  }

  private nudge(): void {
    if (!this.stopping.signal.aborted) this.planAndSend().catch(() => undefined);
  }

  override async stop(): Promise<void> {
    await Promise.all([super.stop(), this.planner.stop(), this.sender.stop()]);
  }

  private async planAndSend(): Promise<void> {
    await this.planner.consume();
    if (this.hasPlanned) await this.send();
  }

  private async send(): Promise<void> {
    this.hasPlanned = false;
    await this.sender.send();
  }

  /** Always sends, because deliveries also come due without planning: tests, retries, and lost attempts of other instances. */
  private async work(): Promise<void> {
    await this.planner.consume();
    await this.send();
  }

  private async prune(): Promise<void> {
    const { database, retentionDays, log } = this.options;
    const deliveries = await inBatches(PRUNE_BATCH_SIZE, this.stopping.signal, () =>
      database.transact(SYSTEM_SCOPE, (tx) => pruneDeliveries(tx, retentionDays, PRUNE_BATCH_SIZE)),
    );
    if (deliveries > 0) log.info({ deliveries }, 'old webhook deliveries pruned');
  }
}
