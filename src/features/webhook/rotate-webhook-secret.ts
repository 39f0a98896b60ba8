import { sql } from '../../platform/db/sql';
import { useCase } from '../../platform/operation/use-case';
import { SecretCipher } from './secret-cipher';
import { lockNamed } from '../../platform/list/named-row';
import { WEBHOOKS } from './webhook.list';
import type { WebhookParts } from './webhook-rules';
import type { RotateWebhookSecretInput } from './webhook.input';
import { changeWebhook } from './webhook.repository';

/** Time after a rotation during which deliveries are signed with both secrets. */
const END_OF_ROTATION = sql`clock_timestamp() + interval '24 hours'`;

/**
 * Replaces the secret of a webhook. For 24 hours deliveries are signed with both secrets. This is the only time that the new
 * secret is returned.
 */
export const rotateWebhookSecret = useCase(
  { name: 'rotateWebhookSecret', action: 'webhook:manage', codes: ['WEBHOOK_NOT_FOUND'] },
  async (_ctx, tx, { webhookId }: RotateWebhookSecretInput, { secrets }: WebhookParts) => {
    const webhook = await lockNamed(tx, WEBHOOKS, 'webhook', webhookId);
    const secret = SecretCipher.generate();
    const change = { secret: secrets.encrypt(secret), previousSecret: webhook.secret };
    const changed = await changeWebhook(tx, webhook, change, { previousSecretUntil: END_OF_ROTATION });
    return { webhook: changed, secret };
  },
);
