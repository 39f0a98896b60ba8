import { DomainError } from '../../platform/base/errors';
import { defineLimit, noteLimitReached } from '../../platform/base/limit';
import type { SecretCipher } from './secret-cipher';
import type { MessagesByEventType, WebhookEventType } from './webhook-event-type';

/** Dependencies of the use cases of webhooks. */
export interface WebhookParts {
  secrets: SecretCipher;
  /** Allows http to this machine, in demo mode. */
  allowsLoopback: boolean;
  /** Definitions of all messages. Their samples are the payloads of test deliveries. */
  messages: MessagesByEventType;
}

/** @throws DomainError INVALID_INPUT for an empty list */
export function distinctTypes(eventTypes: readonly WebhookEventType[]): WebhookEventType[] {
  if (eventTypes.length > 0) return [...new Set(eventTypes)];
  const message = 'eventTypes must have at least one type.';
  throw new DomainError('INVALID_INPUT', message, ['input', 'eventTypes']);
}

/** Each message is stored once for each webhook, so the number of webhooks multiplies what a customer's events cost. */
export const MAX_WEBHOOKS = defineLimit('webhooks of a customer', {
  value: 50,
  unit: 'webhooks',
  description: 'Active and disabled ones together. More is TOO_MANY_WEBHOOKS. A customer that has more keeps them.',
});

/** @throws DomainError TOO_MANY_WEBHOOKS */
export function assertBelowMaximum(webhooks: number): void {
  if (webhooks < MAX_WEBHOOKS) return;
  noteLimitReached('webhooks of a customer');
  const message = `A customer can have at most ${MAX_WEBHOOKS} webhooks. Delete webhooks that are no longer used.`;
  throw new DomainError('TOO_MANY_WEBHOOKS', message);
}
