import { useCase } from '../../platform/operation/use-case';
import { targetCustomer } from '../customer/target-customer';
import { assertEndpointUrl } from './endpoint-address';
import { SecretCipher } from './secret-cipher';
import { assertBelowMaximum, distinctTypes, type WebhookParts } from './webhook-rules';
import type { CreateWebhookInput } from './webhook.input';
import { webhookTable } from './webhook.entity';
import { countWebhooks, lockWebhooksOf } from './webhook.repository';

/**
 * Creates a webhook. This is the only time that its secret is returned.
 */
export const createWebhook = useCase(
  {
    name: 'createWebhook',
    action: 'webhook:manage',
    codes: ['INVALID_URL', 'REFERENCE_MISSING', 'CUSTOMER_NOT_FOUND', 'TOO_MANY_WEBHOOKS'],
  },
  async (ctx, tx, input: CreateWebhookInput, { secrets, allowsLoopback }: WebhookParts) => {
    const url = assertEndpointUrl(input.url, allowsLoopback);
    const eventTypes = distinctTypes(input.eventTypes);
    const customerId = await targetCustomer(ctx, tx, input.customerId);
    await lockWebhooksOf(tx, customerId);
    assertBelowMaximum(await countWebhooks(tx, customerId));
    const secret = SecretCipher.generate();
    const webhook = await webhookTable.insertOne(tx, { customerId, url, eventTypes, secret: secrets.encrypt(secret) });
    return { webhook, secret };
  },
);
