import type { Database } from '../../platform/db/database';
import { isCanceled, isLocked, isUnavailable, OutcomeUnknownError } from '../../platform/db/pg-error';
import { DELIVERY_SCOPE } from '../../platform/db/scope';
import type { StreamLog } from '../../platform/db/stream-log';
import { recordAttempts, recordHealth, type EndedAttempt } from './webhook-attempt.repository';

/** Most attempts that one transaction records. */
const MAX_GROUP = 100;

/** An attempt that waits for its record. */
interface Waiting extends EndedAttempt {
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Records attempts in groups: those of a customer that end while a record of that customer waits or is written are recorded
 * together after it, in one transaction. So a customer uses one connection at a time.
 *
 * A group that fails is recorded by webhook, and then one attempt after the other, so that none is lost because of another.
 */
export class AttemptRecorder {
  private readonly waiting = new Map<string, Waiting[]>();

  constructor(
    private readonly database: Database,
    private readonly log: StreamLog,
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
      let group: Waiting[] | undefined;
      // Taken when there is a connection. Until then, more attempts join.
      await this.recordGroup(customerId, () => (group ??= takeGroup(queue)));
    }
    this.waiting.delete(customerId);
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
