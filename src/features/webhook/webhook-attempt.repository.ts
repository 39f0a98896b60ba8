import type { Tx } from '../../platform/db/session';
import { bigint, raw, sql, unnest } from '../../platform/db/sql';
import { COMMIT_IS_DEFERRED } from './deferred-commit';
import { IS_LONG_FAILING, type ClaimedDelivery } from './delivery.repository';
import type { WebhookAttemptEntity } from './webhook-attempt.entity';
import type { WebhookDeliveryEntity } from './webhook-delivery.entity';
import { WebhookDeliveryStatus } from './webhook-delivery-status';
import { WebhookDisabledReason } from './webhook-disabled-reason';

/** State of a delivery after an attempt. */
export type DeliveryOutcome = Pick<WebhookDeliveryEntity, 'status' | 'nextAttemptAt' | 'failures'>;

/** An attempt that has ended and is not recorded. */
export interface EndedAttempt {
  readonly delivery: Pick<ClaimedDelivery, 'customerId' | 'webhookId' | 'id' | 'nextAttemptAt'>;
  readonly attempt: Omit<WebhookAttemptEntity, 'customerId' | 'deliveryId' | 'id'>;
  readonly outcome: DeliveryOutcome;
  /** The reason for which its failure disables the webhook. */
  readonly disabling: WebhookDisabledReason | undefined;
}

/** What attempts at a webhook say about it. */
interface Health {
  readonly webhookId: string;
  hasSucceeded: boolean;
  /** After the last success. */
  hasFailed: boolean;
  isGone: boolean;
  /** Before the first success, and for so long that it disables the webhook. */
  wasFailing: boolean;
}

/** @param ended in the order in which they have ended */
function healthOf(ended: readonly EndedAttempt[]): Health[] {
  const healths = new Map<string, Health>();
  for (const { delivery, attempt, disabling } of ended) {
    const { webhookId } = delivery;
    const health = healths.get(webhookId) ?? {
      webhookId,
      hasSucceeded: false,
      hasFailed: false,
      isGone: false,
      wasFailing: false,
    };
    healths.set(webhookId, health);
    health.hasFailed = attempt.error !== null;
    health.isGone ||= disabling === WebhookDisabledReason.ENDPOINT_GONE;
    health.wasFailing ||= disabling === WebhookDisabledReason.ENDPOINT_FAILING && !health.hasSucceeded;
    health.hasSucceeded ||= !health.hasFailed;
  }
  return [...healths.values()];
}

/** How long a record waits for a row, as while its webhook is being deleted. Others wait for the connection. */
const LOCK_TIMEOUT_IS_SET = raw(`(select set_config('lock_timeout', '5s', true)) is not null`);

/**
 * Locks the webhooks of attempts, sets `failingSince` at the first failure of a webhook and clears it after a success, and disables
 * those that are gone or still have failed for long. Pending deliveries stay and are sent when the webhook is enabled again. The
 * first statement of its transaction.
 *
 * @returns the webhooks that were disabled
 */
export async function recordHealth(
  tx: Tx,
  customerId: string,
  ended: readonly EndedAttempt[],
): Promise<{ webhookId: string; reason: WebhookDisabledReason }[]> {
  const healths = unnest(
    healthOf(ended),
    ['bigint', ({ webhookId }) => webhookId],
    ['boolean', ({ hasSucceeded }) => hasSucceeded],
    ['boolean', ({ hasFailed }) => hasFailed],
    ['boolean', ({ isGone }) => isGone],
    ['boolean', ({ wasFailing }) => wasFailing],
  );
  const statement = sql`/* record_health */ with locked as (
      select w.id, w.active, h.has_failed, case when not h.has_succeeded then w.failing_since end as failing_since,
        case when not w.active then null
          when h.is_gone then ${raw(`'${WebhookDisabledReason.ENDPOINT_GONE}'`)}
          when h.was_failing and ${IS_LONG_FAILING} then ${raw(`'${WebhookDisabledReason.ENDPOINT_FAILING}'`)} end as reason
      from ${healths} h(id, has_succeeded, has_failed, is_gone, was_failing)
      join webhook w on w.customer_id = ${bigint(customerId)} and w.id = h.id
      where ${LOCK_TIMEOUT_IS_SET} and ${COMMIT_IS_DEFERRED}
      order by w.id for no key update of w),
    seen as (
      select l.id, l.reason, case when l.has_failed and l.active then coalesce(l.failing_since, clock_timestamp())
        else l.failing_since end as failing_since from locked l)
    update webhook w set failing_since = s.failing_since, active = w.active and s.reason is null,
      disabled_at = case when s.reason is null then w.disabled_at else clock_timestamp() end,
      disabled_reason = coalesce(s.reason, w.disabled_reason)
    from seen s
    where w.customer_id = ${bigint(customerId)} and w.id = s.id
      and (s.reason is not null or s.failing_since is distinct from w.failing_since)
    returning w.id as "webhookId", s.reason`;
  if (ended.every(({ disabling }) => disabling === undefined)) {
    tx.send(statement);
    return [];
  }
  const changed = await tx.sql<{ webhookId: string; reason: WebhookDisabledReason | null }>`${statement}`;
  return changed.flatMap(({ webhookId, reason }) => (reason === null ? [] : [{ webhookId, reason }]));
}

/**
 * Records attempts at different deliveries of a customer, and the new states of the deliveries. A retry that was requested during
 * an attempt stays due, unless the attempt succeeded. A delivery that was deleted during the attempt leaves no record.
 */
export function recordAttempts(tx: Tx, customerId: string, ended: readonly EndedAttempt[]): void {
  const given = unnest(
    ended,
    ['bigint', ({ delivery }) => delivery.id],
    ['timestamptz', ({ delivery }) => delivery.nextAttemptAt],
    ['text', ({ outcome }) => outcome.status],
    ['timestamptz', ({ outcome }) => outcome.nextAttemptAt],
    ['int', ({ outcome }) => outcome.failures],
    ['timestamptz', ({ attempt }) => attempt.startedAt],
    ['int', ({ attempt }) => attempt.responseStatus],
    ['text', ({ attempt }) => attempt.responseBody],
    ['int', ({ attempt }) => attempt.durationMs],
    ['text', ({ attempt }) => attempt.error],
  );
  const isOutcome = raw(`(a.status = '${WebhookDeliveryStatus.SUCCEEDED}' or d.next_attempt_at = a.due_at)`);
  tx.send(sql`/* record_attempts */ with ended as (
      select a.* from ${given} a(delivery_id, due_at, status, next_attempt_at, failures,
        at, response_status, response_body, duration_ms, error)),
    delivery as (
      update webhook_delivery d set claimed_until = null,
        status = case when ${isOutcome} then a.status else d.status end,
        next_attempt_at = case when ${isOutcome} then a.next_attempt_at else d.next_attempt_at end,
        failures = case when ${isOutcome} then a.failures else d.failures end
      from ended a where d.customer_id = ${bigint(customerId)} and d.id = a.delivery_id
      returning d.customer_id, d.id)
    insert into webhook_attempt (customer_id, delivery_id, at, response_status, response_body, duration_ms, error)
    select d.customer_id, d.id, a.at, a.response_status, a.response_body, a.duration_ms, a.error
    from delivery d join ended a on a.delivery_id = d.id order by a.at`);
}
