import { DomainError } from '../../platform/base/errors';
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
