import { DomainError } from '../../platform/base/errors';
import { parseId } from '../../platform/base/global-id';
import type { Tx } from '../../platform/db/session';
import type { WebhookEntity } from './webhook.entity';
import { lockWebhook } from './webhook.repository';

/**
 * Finds the webhook that an input names and takes its row lock until the transaction ends.
 *
 * @throws DomainError WEBHOOK_NOT_FOUND
 */
export async function lockNamedWebhook(tx: Tx, webhookId: string): Promise<WebhookEntity> {
  const id = parseId('Webhook', webhookId, 'input.webhookId');
  const webhook = id === null ? undefined : await lockWebhook(tx, id);
  if (webhook) return webhook;
  const message = 'There is no such webhook: check webhookId.';
  throw new DomainError('WEBHOOK_NOT_FOUND', message, ['input', 'webhookId']);
}
