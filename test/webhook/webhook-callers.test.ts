import type { Caller } from '../support/device-fixture';
import { globalId } from '../support/global-id';
import { type Made, type WebhookOperation } from './webhook-api.harness';
import { WebhookFixture } from './webhook-fixture.harness';

const noId = (member: string) => ({
  code: 'INVALID_INPUT',
  message: `${member} is not an id of this API.`,
  path: ['input', member],
});
const NO_WEBHOOK = {
  code: 'WEBHOOK_NOT_FOUND',
  message: 'There is no such webhook. Check webhookId.',
  path: ['input', 'webhookId'],
};
const NO_DELIVERY = {
  code: 'WEBHOOK_DELIVERY_NOT_FOUND',
  message: 'There is no such delivery. Check deliveryId. Old deliveries are deleted.',
  path: ['input', 'deliveryId'],
};
const NO_CUSTOMER = {
  code: 'CUSTOMER_NOT_FOUND',
  message: 'There is no such customer. Check customerId.',
  path: ['input', 'customerId'],
};

let webhooks: WebhookFixture;
let northside: Made;
let deliveryId: string;
beforeAll(async () => {
  webhooks = await WebhookFixture.start();
  northside = await webhooks.create('/northside', ['ORDER_STATUS']);
  deliveryId = await webhooks.sendTest(northside.id);
  await webhooks.attempted(deliveryId);
  await webhooks.done();
});
afterAll(() => webhooks.stop());

/** Each operation with a valid input. */
function inputs(webhookId: string, delivery: string): [WebhookOperation, object][] {
  return [
    ['createWebhook', { url: 'https://example.com/', eventTypes: ['ORDER_STATUS'] }],
    ['updateWebhook', { webhookId, eventTypes: ['ORDER_STATUS_FULL'] }],
    ['disableWebhook', { webhookId }],
    ['enableWebhook', { webhookId }],
    ['rotateWebhookSecret', { webhookId }],
    ['sendTestWebhook', { webhookId, eventType: 'ORDER_STATUS' }],
    ['retryWebhookDelivery', { deliveryId: delivery }],
    ['deleteWebhook', { webhookId }],
  ];
}

/** Queries that read a webhook or a delivery, each with the fields that return it. */
function reads(webhookId: string, delivery: string): [string, string][] {
  const ids = [globalId('Webhook', webhookId), globalId('WebhookDelivery', delivery)];
  return [
    ['webhook', `webhook(id: ${webhookId}) { url }`],
    ['webhooks', `webhooks { nodes { url } }`],
    ['node', `node(id: "${ids[0]}") { id }`],
    ['node', `node(id: "${ids[1]}") { id }`],
    ['nodes', `nodes(ids: ["${ids.join('", "')}"]) { id }`],
  ];
}

describe.each(['MEMBER', 'READ_ONLY', 'INGEST'] as const)('%s', (role) => {
  let caller: { key: string };
  beforeAll(async () => (caller = await webhooks.fixture.key(role, '1')));

  it('cannot read webhooks and deliveries by any query', async () => {
    for (const [field, query] of reads(northside.id, deliveryId)) {
      const { data, errors } = await webhooks.app.query(caller, `{ ${query} viewer { role } }`);
      expect({ field, data, codes: errors?.map(({ extensions, path }) => [extensions.code, path]) }).toEqual({
        field,
        data: { [field]: null, viewer: { role } },
        codes: [['FORBIDDEN', [field]]],
      });
    }
  });

  it('cannot change any', async () => {
    for (const [operation, input] of inputs(northside.id, deliveryId))
      await webhooks.expectError(operation, input, 'FORBIDDEN', caller);
  });
});

describe.each(['ADMIN', 'OPERATOR'] as const)('%s', (role) => {
  it('reads and writes them', async () => {
    const caller = await webhooks.fixture.key(role, role === 'ADMIN' ? '1' : null);
    const { id } = await webhooks.create('/own', ['ORDER_STATUS'], { customerId: '1' }, caller);
    const sent = await webhooks.call('sendTestWebhook', { webhookId: id, eventType: 'ORDER_STATUS' }, caller);
    for (const [, query] of reads(id, sent.delivery!.databaseId))
      expect((await webhooks.app.query(caller, `{ ${query} }`)).errors).toBeUndefined();
    for (const [operation, input] of inputs(id, sent.delivery!.databaseId)) {
      const whose = operation === 'createWebhook' ? { customerId: '1' } : {};
      expect((await webhooks.call(operation, { ...input, ...whose }, caller)).userErrors).toEqual([]);
      await webhooks.done();
    }
  });
});

it('another customer finds none of them', async () => {
  for (const [operation, input] of inputs(northside.id, deliveryId).slice(1))
    await webhooks.expectRefusal(
      operation,
      input,
      operation === 'retryWebhookDelivery' ? NO_DELIVERY : NO_WEBHOOK,
      'lakeview',
    );
  const [webhook, list, ...nodes] = reads(northside.id, deliveryId).map(([, query]) => query);
  expect(await webhooks.app.data('lakeview', `{ ${webhook} ${list} }`)).toEqual({
    webhook: null,
    webhooks: { nodes: [] },
  });
  expect(await Promise.all(nodes.map((node) => webhooks.app.data('lakeview', `{ ${node} }`)))).toEqual([
    { node: null },
    { node: null },
    { nodes: [null, null] },
  ]);
});

it('no caller finds an unknown id, or an id of another type', async () => {
  for (const id of ['999', globalId('Site', northside.id), globalId('WebhookDelivery', northside.id)]) {
    for (const caller of ['northside', 'operator'] as Caller[]) {
      await webhooks.expectRefusal('deleteWebhook', { webhookId: id }, NO_WEBHOOK, caller);
      expect(await webhooks.webhook(id, caller)).toBeNull();
    }
  }
  for (const id of ['999', globalId('Webhook', deliveryId)])
    await webhooks.expectRefusal('retryWebhookDelivery', { deliveryId: id }, NO_DELIVERY, 'operator');
  await webhooks.expectRefusal('deleteWebhook', { webhookId: 'not an id' }, noId('webhookId'));
  await webhooks.expectRefusal('retryWebhookDelivery', { deliveryId: '-1' }, noId('deliveryId'));
});

describe('customerId', () => {
  const create = (customerId: unknown) => ({
    url: 'https://example.com/',
    eventTypes: ['ORDER_STATUS'],
    ...(customerId !== undefined && { customerId }),
  });

  it('is required for operators', async () => {
    const message = 'customerId is required for operators.';
    const refusal = { code: 'REFERENCE_MISSING', message, path: ['input', 'customerId'] };
    for (const customerId of [undefined, null])
      await webhooks.expectRefusal('createWebhook', create(customerId), refusal, 'operator');
  });

  it('must name an existing customer, any of them for operators', async () => {
    for (const customerId of ['999', '0', globalId('Site', '1')])
      await webhooks.expectRefusal('createWebhook', create(customerId), NO_CUSTOMER, 'operator');
    const { webhook } = await webhooks.call('createWebhook', create(globalId('Customer', '2')), 'operator');
    expect(webhook!.customer).toEqual({ databaseId: '2' });
    expect(await webhooks.webhook(webhook!.databaseId, 'lakeview')).toEqual(webhook);
    expect(await webhooks.webhook(webhook!.databaseId, 'northside')).toBeNull();
  });

  it('may be omitted by other callers, or be their own', async () => {
    for (const customerId of [undefined, null, '1'])
      expect((await webhooks.call('createWebhook', create(customerId))).webhook!.customer).toEqual({ databaseId: '1' });
    await webhooks.expectRefusal('createWebhook', create('2'), NO_CUSTOMER);
  });
});

it("an operator's change of a webhook is visible to its customer", async () => {
  const { id } = await webhooks.create('/theirs', ['ORDER_STATUS'], { customerId: '2' }, 'operator');
  const { delivery } = await webhooks.call('sendTestWebhook', { webhookId: id, eventType: 'ORDER_STATUS' }, 'lakeview');
  expect((await webhooks.attempted(delivery!.databaseId, 1, 'operator')).status).toBe('SUCCEEDED');
  const { webhook } = await webhooks.call('disableWebhook', { webhookId: id }, 'operator');
  expect(await webhooks.webhook(id, 'lakeview')).toEqual(webhook);
});
