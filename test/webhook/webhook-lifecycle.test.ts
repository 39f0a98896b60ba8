import { globalId } from '../support/global-id';
import { WebhookProgramme } from './webhook-programme.harness';

const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
const URL = 'https://hooks.example.com/impilo?source=gateway';
const NO_TYPES = {
  code: 'INVALID_INPUT',
  message: 'eventTypes must have at least one type.',
  path: ['input', 'eventTypes'],
};

let webhooks: WebhookProgramme;
beforeAll(async () => {
  webhooks = await WebhookProgramme.start();
});
afterAll(() => webhooks.stop());

const create = async (input: object = {}) =>
  (await webhooks.call('createWebhook', { url: URL, eventTypes: ['ORDER_STATUS'], ...input })).webhook!;

describe('createWebhook', () => {
  it('makes an active webhook of the caller, and shows its secret', async () => {
    const eventTypes = ['ORDER_STATUS', 'DEVICE_STATUS_CHANGED', 'ORDER_STATUS'];
    const payload = await webhooks.call('createWebhook', { url: URL, eventTypes });
    const { databaseId: id } = payload.webhook!;
    expect(payload).toEqual({
      webhook: {
        id: globalId('Webhook', id),
        databaseId: id,
        customer: { databaseId: '1' },
        url: URL,
        eventTypes: ['ORDER_STATUS', 'DEVICE_STATUS_CHANGED'],
        active: true,
        disabledAt: null,
        disabledReason: null,
        createdAt: ISO,
      },
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{32}$/) as string,
      userErrors: [],
    });
    expect(await webhooks.webhook(id)).toEqual(payload.webhook);
    expect(await webhooks.webhook(globalId('Webhook', id))).toEqual(payload.webhook);
  });

  it('makes another one for the same URL, with a secret of its own', async () => {
    const [one, other] = [
      await webhooks.call('createWebhook', { url: URL, eventTypes: ['ORDER_STATUS'] }),
      await webhooks.call('createWebhook', { url: URL, eventTypes: ['ORDER_STATUS'] }),
    ];
    expect(one.webhook!.databaseId).not.toBe(other.webhook!.databaseId);
    expect(one.secret).not.toBe(other.secret);
  });

  it('wants at least one type', async () => {
    await webhooks.expectRefusal('createWebhook', { url: URL, eventTypes: [] }, NO_TYPES);
    await webhooks.expectError('createWebhook', { url: URL, eventTypes: ['DEVICE_STOLEN'] }, 'BAD_USER_INPUT');
    await webhooks.expectError('createWebhook', { url: URL, eventTypes: [null] }, 'BAD_USER_INPUT');
  });
});

describe('updateWebhook', () => {
  it('changes what is given and keeps the rest', async () => {
    const webhook = await create();
    const webhookId = webhook.id;
    const { url } = webhook;
    const steps: [object, object][] = [
      [
        { eventTypes: ['READING_WEIGHT', 'READING_WEIGHT', 'ORDER_STATUS'] },
        { url, eventTypes: ['READING_WEIGHT', 'ORDER_STATUS'] },
      ],
      [{ url: 'https://example.org/a' }, { url: 'https://example.org/a' }],
      [{}, {}],
      [{ active: true }, {}],
    ];
    let expected = webhook;
    for (const [change, changed] of steps) {
      const payload = await webhooks.call('updateWebhook', { webhookId, ...change });
      expected = { ...expected, ...changed };
      expect(payload).toEqual({ webhook: expected, userErrors: [] });
      expect(await webhooks.webhook(webhookId)).toEqual(expected);
    }
  });

  it('switches off with a reason, and on again', async () => {
    const webhook = await create();
    const webhookId = webhook.databaseId;
    const off = { ...webhook, active: false, disabledAt: ISO, disabledReason: 'Switched off by hand.' };

    const first = await webhooks.call('updateWebhook', { webhookId, active: false });
    expect(first).toEqual({ webhook: off, userErrors: [] });
    const again = await webhooks.call('updateWebhook', { webhookId, active: false, url: 'https://example.org/' });
    expect(again.webhook).toEqual({ ...first.webhook, url: 'https://example.org/' });
    const on = await webhooks.call('updateWebhook', { webhookId, active: true, url: webhook.url });
    expect(on).toEqual({ webhook, userErrors: [] });
  });

  it('clears nothing', async () => {
    const { databaseId: webhookId } = await create();
    await webhooks.expectRefusal('updateWebhook', { webhookId, eventTypes: [] }, NO_TYPES);
    for (const member of ['url', 'eventTypes', 'active']) {
      const message = `${member} cannot be cleared: leave it out to keep it.`;
      const refusal = { code: 'INVALID_INPUT', message, path: ['input', member] };
      await webhooks.expectRefusal('updateWebhook', { webhookId, [member]: null }, refusal);
    }
  });
});

it('deleteWebhook removes a webhook with its deliveries and their attempts', async () => {
  const { id, secret: _secret } = await webhooks.create('/gone', ['ORDER_STATUS']);
  const kept = await webhooks.create('/kept', ['ORDER_STATUS']);
  const [gone, stays] = [await webhooks.sendTest(id), await webhooks.sendTest(kept.id)];
  await webhooks.attempted(gone);
  const delivery = await webhooks.attempted(stays);

  expect(await webhooks.call('deleteWebhook', { webhookId: id })).toEqual({
    deletedWebhookId: globalId('Webhook', id),
    userErrors: [],
  });

  expect(await webhooks.webhook(id)).toBeNull();
  expect(await webhooks.delivery(gone)).toBeNull();
  expect(await webhooks.delivery(stays)).toEqual(delivery);
  expect(await webhooks.sql('select id from webhook_delivery')).toEqual([{ id: stays }]);
  expect(await webhooks.sql('select delivery_id from webhook_attempt')).toEqual([{ delivery_id: stays }]);
  const refusal = {
    code: 'WEBHOOK_NOT_FOUND',
    message: 'There is no such webhook: check webhookId.',
    path: ['input', 'webhookId'],
  };
  await webhooks.expectRefusal('deleteWebhook', { webhookId: id }, refusal);
});

it('two who delete at once: one does, the other finds none', async () => {
  const { databaseId: webhookId } = await create();
  const answers = await Promise.all([1, 2].map(() => webhooks.call('deleteWebhook', { webhookId })));
  expect(answers.map(({ userErrors }) => userErrors.map(({ code }) => code)).sort()).toEqual([
    [],
    ['WEBHOOK_NOT_FOUND'],
  ]);
});
