import type { Emitter } from '../../platform/base/emitter';
import { BackgroundLoop, every } from '../../platform/base/loop';
import type { EventCatalog } from '../../platform/event/event-catalog';
import { describeFailure } from '../../platform/db/stream-log';
import { WebhookPlanner } from './webhook-planner';
import { WebhookSender, type WebhookSenderOptions } from './webhook-sender';

const POLL_INTERVAL_MS = 500;

/** How often events of other versions are looked for. */
const TAKE_UP_INTERVAL_MS = 10_000;

export interface WebhookWorkerOptions extends WebhookSenderOptions {
  catalog: EventCatalog;
  /** Emits when there are new events. The poll finds events that it misses. */
  arrived: Emitter;
  /** See WebhookPlannerOptions. */
  charge?: (customerId: string, points: number) => void;
  pollIntervalMs?: number;
}

/** Plans and sends deliveries. It runs on every instance, and each instance works for all customers. */
export class WebhookWorker extends BackgroundLoop {
  private readonly planner: WebhookPlanner;
  private readonly sender: WebhookSender;
  private takenUpMs = -Infinity;

  constructor(private readonly options: WebhookWorkerOptions) {
    super();
    this.sender = new WebhookSender(options);
    this.planner = new WebhookPlanner({
      ...options,
      reserve: (...planned) => this.sender.reserve(...planned),
      onPlanned: () => void this.sender.send().catch(() => undefined),
    });
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
    if (!this.stopping.signal.aborted) this.planner.planArrived().catch(() => undefined);
  }

  override async stop(): Promise<void> {
    await Promise.all([super.stop(), this.planner.stop(), this.sender.stop()]);
  }

  /**
   * Always sends, because deliveries also come due without planning: tests, retries, and lost attempts of other instances. Each
   * step runs although another one fails, or takes long.
   */
  private async work(): Promise<void> {
    const steps = [this.takeUp(), this.planner.plan(), this.sender.send()];
    const failed = (await Promise.allSettled(steps)).find(({ status }) => status === 'rejected');
    if (failed) throw (failed as PromiseRejectedResult).reason;
  }

  private async takeUp(): Promise<void> {
    if (performance.now() - this.takenUpMs < TAKE_UP_INTERVAL_MS) return;
    this.takenUpMs = performance.now();
    await this.planner.takeUp();
  }
}
