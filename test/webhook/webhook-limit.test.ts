import { RestClient } from '../support/rest-client';
import { codeOf, countsOf, Rival } from '../support/rival';
import { WebhookFixture } from './webhook-fixture.harness';

const MAX = 50;
const NEW = { url: 'https://hooks.example.com/', eventTypes: ['ORDER_STATUS'] };
const REFUSAL = {
  code: 'TOO_MANY_WEBHOOKS',
  message: 'A customer can have at most 50 webhooks. Delete webhooks that are no longer used.',
  path: null as unknown as string[],
};

let webhooks: WebhookFixture;
beforeAll(async () => {
  webhooks = await WebhookFixture.start();
});
afterAll(() => webhooks.stop());
beforeEach(() => webhooks.sql('delete from webhook'));

/** Writes webhooks of Northside, every other one disabled. */
const fill = (count: number) =>
  webhooks.sql(
    `insert into webhook (customer_id, url, event_types, secret, active, disabled_at, disabled_reason)
     select 1, 'https://example.com/', '{ORDER_STATUS}', '', n % 2 = 0, case n % 2 when 1 then now() end,
       case n % 2 when 1 then 'BY_REQUEST' end from generate_series(1, $1::int) n`,
    [count],
  );
const count = async () => (await webhooks.sql('select from webhook')).length;

it('refuses the 51st webhook of a customer, whoever creates it, and not those of others', async () => {
  await fill(MAX);
  await webhooks.expectRefusal('createWebhook', NEW, REFUSAL);
  await webhooks.expectRefusal('createWebhook', { ...NEW, customerId: '1' }, REFUSAL, 'operator');
  const response = await new RestClient(webhooks.app).post<{ code: string }>('/webhook', {
    url: NEW.url,
    type: 'order.status',
  });
  expect([response.status, response.body.code]).toEqual([409, REFUSAL.code]);
  expect((await webhooks.call('createWebhook', NEW, 'lakeview')).userErrors).toEqual([]);
});

it('accepts another one after one was deleted', async () => {
  await fill(MAX);
  const [{ id } = { id: '' }] = await webhooks.sql<{ id: string }>('select id from webhook limit 1');
  await webhooks.call('deleteWebhook', { webhookId: id });
  expect((await webhooks.call('createWebhook', NEW)).userErrors).toEqual([]);
});

it('customers that have more keep them, and can change and enable them', async () => {
  await fill(MAX + 2);
  const [{ id } = { id: '' }] = await webhooks.sql<{ id: string }>('select id from webhook where not active limit 1');
  expect((await webhooks.call('enableWebhook', { webhookId: id })).webhook!.active).toBe(true);
  expect(await count()).toBe(MAX + 2);
});

it('concurrent calls create only as many as are allowed', async () => {
  await fill(MAX - 1);
  const rival = await Rival.start(webhooks);
  const calls = Array.from({ length: 4 }, () => () => webhooks.call('createWebhook', NEW));
  const results = await rival.atOnce('lock table webhook in share mode', calls);
  await rival.stop();
  expect(countsOf(results.map(codeOf))).toEqual({ OK: 1, TOO_MANY_WEBHOOKS: 3 });
  expect(await count()).toBe(MAX);
});
