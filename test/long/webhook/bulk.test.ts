import { expectBulkDelivered } from '../../webhook/bulk.harness';
import { WebhookProgramme } from '../../webhook/webhook-programme.harness';

let webhooks: WebhookProgramme;
beforeAll(async () => {
  webhooks = await WebhookProgramme.start();
});
afterAll(() => webhooks.stop());

it('1,000 readings in one call make 1,000 deliveries, each to the webhooks that receive its type', () =>
  expectBulkDelivered(webhooks, 1_000));
