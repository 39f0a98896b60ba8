import type { Database } from '../../platform/db/database';
import { isCanceled, isLocked, isUnavailable, OutcomeUnknownError } from '../../platform/db/pg-error';
import { DELIVERY_SCOPE } from '../../platform/db/scope';
import type { StreamLog } from '../../platform/db/stream-log';
import { pauseAfter } from './pace';
import { recordAttempts, recordHealth, type EndedAttempt } from './webhook-attempt.repository';

/** Most attempts that one transaction records. */
const MAX_GROUP = 100;

/** A customer counts as one of several for so long after a record of another one. */
const SHARED_MS = 2_000;

/** An attempt that waits for its record. */
interface Waiting extends EndedAttempt {
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Records attempts in groups: those of a customer that end while a record of that customer waits or is written are recorded
 * together after it, in one transaction. So a customer uses one connection at a time.
 *
 * If a customer has several attempts at a time, and others have some, too, there is a pause after each group of it. Attempts that wait
 * keep their places, so the sender claims fewer deliveries of that customer.
 *
 * A group that fails is recorded by webhook, and then one attempt after the other, so that none is lost because of another.
 */
export class AttemptRecorder {
  private readonly waiting = new Map<string, Waiting[]>();
  /** The two customers whose attempts were recorded last, and when. */
  private latest: { readonly customerId: string; readonly ms: number }[] = [];

  constructor(
    private readonly database: Database,
    private readonly log: StreamLog,
    private readonly rest = pauseAfter,
  ) {}

  /** @returns resolves when the attempt is recorded */
  record(ended: EndedAttempt): Promise<void> {
    return new Promise((resolve, reject) => {
      const { customerId } = ended.delivery;
      const queue = this.waiting.get(customerId);
      if (queue) queue.push({ ...ended, resolve, reject });
      else void this.recordAll(customerId, [{ ...ended, resolve, reject }]);
    });
  }

  private async recordAll(customerId: string, queue: Waiting[]): Promise<void> {
    this.waiting.set(customerId, queue);
    while (queue.length > 0) {
      this.note(customerId);
      const startedMs = performance.now();
      // Taken when there is a connection. Until then, more attempts join.
      let group: Waiting[] = [];
      await this.recordGroup(customerId, () => (group = group.length > 0 ? group : takeGroup(queue)));
      const hasMany = group.length + queue.length > 1;
      if (hasMany && this.isShared(customerId)) await this.rest(performance.now() - startedMs);
    }
    this.waiting.delete(customerId);
  }

  private note(customerId: string): void {
    const others = this.latest.filter((one) => one.customerId !== customerId);
    this.latest = [{ customerId, ms: performance.now() }, ...others].slice(0, 2);
  }

  /** Whether attempts of other customers are recorded, too. */
  private isShared(customerId: string): boolean {
    return this.latest.some((one) => one.customerId !== customerId && performance.now() - one.ms < SHARED_MS);
  }

  /** Never rejects. */
  private async recordGroup(customerId: string, take: () => readonly Waiting[]): Promise<void> {
    try {
      const disabled = await this.database.transact(DELIVERY_SCOPE, async (tx) => {
        const webhooks = await recordHealth(tx, customerId, take());
        recordAttempts(tx, customerId, take());
        return webhooks;
      });
      for (const { webhookId, reason: why } of disabled) this.log.warn({ webhookId, why }, 'webhook disabled');
      for (const { resolve } of take()) resolve();
    } catch (error) {
      const parts = partsOf(take(), error);
      if (parts.length > 1) for (const part of parts) await this.recordGroup(customerId, () => part);
      else for (const { reject } of take()) reject(error);
    }
  }
}

/** The first that wait, each delivery once. A delivery has two only if the lease of the first has ended. */
function takeGroup(queue: Waiting[]): Waiting[] {
  const ids = queue.slice(0, MAX_GROUP).map(({ delivery }) => delivery.id);
  const repeated = ids.findIndex((id, index) => ids.indexOf(id) < index);
  return queue.splice(0, repeated < 0 ? ids.length : repeated);
}

/** The parts of a group that failed, which are recorded each for itself. At most one when that is of no use. */
function partsOf(group: readonly Waiting[], error: unknown): (readonly Waiting[])[] {
  const isOfDatabase = error instanceof OutcomeUnknownError || (isUnavailable(error) && !isCanceled(error));
  if (isOfDatabase) return [];
  const byWebhook = new Map<string, Waiting[]>();
  for (const one of group) {
    const { webhookId } = one.delivery;
    byWebhook.set(webhookId, [...(byWebhook.get(webhookId) ?? []), one]);
  }
  // The others of a webhook that is locked would wait as long.
  return byWebhook.size > 1 || isLocked(error) ? [...byWebhook.values()] : group.map((one) => [one]);
}
