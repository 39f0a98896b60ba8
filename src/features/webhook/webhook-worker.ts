import type { Emitter } from '../../platform/base/emitter';
import { BackgroundLoop, every } from '../../platform/base/loop';
import type { EventCatalog } from '../../platform/event/event-catalog';
import { OutboxConsumer } from '../../platform/event/outbox-consumer';
import { describeFailure } from '../../platform/db/stream-log';
import { PLANNER, planDeliveries } from './webhook-planner';
import { WebhookSender, type WebhookSenderOptions } from './webhook-sender';

const POLL_INTERVAL_MS = 500;

export interface WebhookWorkerOptions extends WebhookSenderOptions {
  catalog: EventCatalog;
  /** Emits when there are new events. The poll finds events that it misses. */
  arrived: Emitter;
  pollIntervalMs?: number;
}

/** Plans and sends deliveries. It runs on every instance, and each instance works for all customers. */
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
    this.running = every(() => this.work(), {
      intervalMs: pollIntervalMs,
      signal: this.stopping.signal,
      /** Logs the first of consecutive failures. The next run tries again for as long as the database is unavailable. */
      onError: (error, failures) => {
        if (failures === 1) this.options.log.warn(describeFailure(error), 'webhook delivery is temporarily failing');
      },
    });
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
}
