import { DomainError } from '../../platform/base/errors';
import type { SecretCipher } from './secret-cipher';
import type { MessagesByEventType, WebhookEventType } from './webhook-event-type';

/** What the use cases of webhooks need of the process. */
export interface WebhookParts {
  secrets: SecretCipher;
  /** In demo mode, http to this machine. */
  allowsLoopback: boolean;
  /** Whose samples are what a test delivery tells. */
  messages: MessagesByEventType;
}

/** @throws DomainError INVALID_INPUT when there is none */
export function distinctTypes(eventTypes: readonly WebhookEventType[]): WebhookEventType[] {
  if (eventTypes.length > 0) return [...new Set(eventTypes)];
  const message = 'eventTypes must have at least one type.';
  throw new DomainError('INVALID_INPUT', message, ['input', 'eventTypes']);
}
