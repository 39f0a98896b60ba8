import { expectBulkDelivered } from '../../webhook/bulk.harness';
import { WebhookProgramme } from '../../webhook/webhook-programme.harness';

let webhooks: WebhookProgramme;
beforeAll(async () => {
  webhooks = await WebhookProgramme.start();
});
afterAll(() => webhooks.stop());

it('a bulk of 1,000 readings gives 1,000 deliveries, to each webhook those that it wants', () =>
  expectBulkDelivered(webhooks, 1_000));
