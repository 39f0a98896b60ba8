import { useCase } from '../../platform/operation/use-case';
import { SecretCipher } from './secret-cipher';
import { lockNamed } from '../../platform/list/named-row';
import { WEBHOOKS } from './webhook.list';
import type { WebhookParts } from './webhook-rules';
import type { RotateWebhookSecretInput } from './webhook.input';
import { changeWebhook } from './webhook.repository';

/** After a rotation deliveries are signed with both secrets for so long. */
const ROTATION_MS = 24 * 3_600_000;

/**
 * Gives a webhook another secret; for 24 hours deliveries carry a signature by each. The new one is returned this once.
 */
export const rotateWebhookSecret = useCase(
  { name: 'rotateWebhookSecret', action: 'webhook:manage', codes: ['WEBHOOK_NOT_FOUND'] },
  async (_ctx, tx, { webhookId }: RotateWebhookSecretInput, { secrets }: WebhookParts) => {
    const webhook = await lockNamed(tx, WEBHOOKS, 'webhook', webhookId);
    const secret = SecretCipher.generate();
    const change = {
      secret: secrets.encrypt(secret),
      previousSecret: webhook.secret,
      previousSecretUntil: new Date(Date.now() + ROTATION_MS),
    };
    return { webhook: await changeWebhook(tx, webhook, change), secret };
  },
);
