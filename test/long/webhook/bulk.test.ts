import { expectBulkDelivered } from '../../webhook/bulk.harness';
import { WebhookFixture } from '../../webhook/webhook-fixture.harness';

let webhooks: WebhookFixture;
beforeAll(async () => {
  webhooks = await WebhookFixture.start();
});
afterAll(() => webhooks.stop());

it('1,000 readings in one call make 1,000 deliveries, each to the webhooks that receive its type', () =>
  expectBulkDelivered(webhooks, 1_000));
