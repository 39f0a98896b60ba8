import { globalId } from '../support/global-id';
import { WebhookFixture } from './webhook-fixture.harness';

const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
const URL = 'https://hooks.example.com/impilo?source=gateway';
const NO_TYPES = {
  code: 'INVALID_INPUT',
  message: 'eventTypes must have at least one type.',
  path: ['input', 'eventTypes'],
};

const NOT_FOUND = {
  code: 'WEBHOOK_NOT_FOUND',
  message: 'There is no such webhook. Check webhookId.',
  path: ['input', 'webhookId'],
};

let webhooks: WebhookFixture;
beforeAll(async () => {
  webhooks = await WebhookFixture.start();
});
afterAll(() => webhooks.stop());

const create = async (input: object = {}) =>
  (await webhooks.call('createWebhook', { url: URL, eventTypes: ['ORDER_STATUS'], ...input })).webhook!;

describe('createWebhook', () => {
  it('creates an active webhook of the caller, and returns its secret', async () => {
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
        failingSince: null,
        createdAt: ISO,
      },
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{32}$/) as string,
      userErrors: [],
    });
    expect(await webhooks.webhook(id)).toEqual(payload.webhook);
    expect(await webhooks.webhook(globalId('Webhook', id))).toEqual(payload.webhook);
  });

  it('creates another webhook for the same URL, with another secret', async () => {
    const [one, other] = [
      await webhooks.call('createWebhook', { url: URL, eventTypes: ['ORDER_STATUS'] }),
      await webhooks.call('createWebhook', { url: URL, eventTypes: ['ORDER_STATUS'] }),
    ];
    expect(one.webhook!.databaseId).not.toBe(other.webhook!.databaseId);
    expect(one.secret).not.toBe(other.secret);
  });

  it('requires at least one event type', async () => {
    await webhooks.expectRefusal('createWebhook', { url: URL, eventTypes: [] }, NO_TYPES);
    await webhooks.expectError('createWebhook', { url: URL, eventTypes: ['DEVICE_STOLEN'] }, 'BAD_USER_INPUT');
    await webhooks.expectError('createWebhook', { url: URL, eventTypes: [null] }, 'BAD_USER_INPUT');
  });
});

describe('updateWebhook', () => {
  it('changes the given fields and keeps the others', async () => {
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
    ];
    let expected = webhook;
    for (const [change, changed] of steps) {
      const payload = await webhooks.call('updateWebhook', { webhookId, ...change });
      expected = { ...expected, ...changed };
      expect(payload).toEqual({ webhook: expected, userErrors: [] });
      expect(await webhooks.webhook(webhookId)).toEqual(expected);
    }
  });

  it('refuses null', async () => {
    const { databaseId: webhookId } = await create();
    await webhooks.expectRefusal('updateWebhook', { webhookId, eventTypes: [] }, NO_TYPES);
    for (const member of ['url', 'eventTypes', 'active']) {
      const message = `${member} cannot be cleared; omit it to keep it.`;
      const refusal = { code: 'INVALID_INPUT', message, path: ['input', member] };
      await webhooks.expectRefusal('updateWebhook', { webhookId, [member]: null }, refusal);
    }
  });
});

describe('updateWebhook with active', () => {
  it('disables and enables a webhook, together with other changes', async () => {
    const webhook = await create();
    const webhookId = webhook.databaseId;
    const url = 'https://example.org/b';
    const disabled = { ...webhook, url, active: false, disabledAt: ISO, disabledReason: 'BY_REQUEST' };
    expect(await webhooks.call('updateWebhook', { webhookId, url, active: false })).toEqual({
      webhook: disabled,
      userErrors: [],
    });
    const written = await webhooks.written();
    await webhooks.call('updateWebhook', { webhookId, active: false });
    expect(await webhooks.written()).toEqual(written);
    const eventTypes = ['READING_WEIGHT'];
    expect(await webhooks.call('updateWebhook', { webhookId, eventTypes, active: true })).toEqual({
      webhook: { ...webhook, url, eventTypes },
      userErrors: [],
    });
  });

  it('keeps the reason of a webhook that the gateway disabled', async () => {
    const { databaseId: webhookId } = await create();
    await webhooks.sql(
      `update webhook set active = false, disabled_at = now(), disabled_reason = 'ENDPOINT_GONE' where id = $1`,
      [webhookId],
    );
    const disabled = await webhooks.webhook(webhookId);
    expect((await webhooks.call('updateWebhook', { webhookId, active: false })).webhook).toEqual(disabled);
  });

  it('changes nothing if one of the values is refused', async () => {
    const { databaseId: webhookId } = await create();
    await webhooks.expectRefusal('updateWebhook', { webhookId, active: false, eventTypes: [] }, NO_TYPES);
  });
});

describe('disableWebhook and enableWebhook', () => {
  it('disable a webhook with a reason and enable it again; repeated calls change nothing', async () => {
    const webhook = await create();
    const webhookId = webhook.databaseId;
    const disabled = { ...webhook, active: false, disabledAt: ISO, disabledReason: 'BY_REQUEST' };

    const first = await webhooks.call('disableWebhook', { webhookId });
    expect(first).toEqual({ webhook: disabled, userErrors: [] });
    const written = await webhooks.written();
    expect(await webhooks.call('disableWebhook', { webhookId: webhook.id })).toEqual(first);
    expect(await webhooks.written()).toEqual(written);

    expect(await webhooks.call('enableWebhook', { webhookId })).toEqual({ webhook, userErrors: [] });
    const writtenThen = await webhooks.written();
    expect(await webhooks.call('enableWebhook', { webhookId: webhook.id })).toEqual({ webhook, userErrors: [] });
    expect(await webhooks.written()).toEqual(writtenThen);
  });

  it.each(['ENDPOINT_FAILING', 'ENDPOINT_GONE'])(
    'keep the reason %s until the webhook is enabled',
    async (disabledReason) => {
      const { databaseId: webhookId } = await create();
      await webhooks.sql(
        'update webhook set active = false, disabled_at = now(), disabled_reason = $2, failing_since = now() where id = $1',
        [webhookId, disabledReason],
      );
      const disabled = await webhooks.webhook(webhookId);
      expect(disabled).toMatchObject({ disabledReason, failingSince: ISO });
      expect(await webhooks.call('disableWebhook', { webhookId })).toEqual({ webhook: disabled, userErrors: [] });
      expect((await webhooks.call('updateWebhook', { webhookId, eventTypes: ['ORDER_STATUS_FULL'] })).webhook).toEqual({
        ...disabled,
        eventTypes: ['ORDER_STATUS_FULL'],
      });
      const { webhook } = await webhooks.call('enableWebhook', { webhookId });
      expect(webhook).toMatchObject({ active: true, disabledAt: null, disabledReason: null, failingSince: null });
    },
  );

  it.each(['disableWebhook', 'enableWebhook'] as const)('%s does not find an unknown webhook', async (operation) => {
    const { databaseId } = await create();
    for (const webhookId of ['999999', globalId('Device', databaseId)])
      await webhooks.expectRefusal(operation, { webhookId }, NOT_FOUND);
    await webhooks.expectRefusal(operation, { webhookId: databaseId }, NOT_FOUND, 'lakeview');
  });
});

it('deleteWebhook deletes a webhook with its deliveries and their attempts', async () => {
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
  await webhooks.removed();
  expect(await webhooks.sql('select id from webhook_delivery')).toEqual([{ id: stays }]);
  expect(await webhooks.sql('select delivery_id from webhook_attempt')).toEqual([{ delivery_id: stays }]);
  await webhooks.expectRefusal('deleteWebhook', { webhookId: id }, NOT_FOUND);
});

it('one of two concurrent deletions succeeds, the other finds no webhook', async () => {
  const { databaseId: webhookId } = await create();
  const responses = await Promise.all([1, 2].map(() => webhooks.call('deleteWebhook', { webhookId })));
  expect(responses.map(({ userErrors }) => userErrors.map(({ code }) => code)).sort()).toEqual([
    [],
    ['WEBHOOK_NOT_FOUND'],
  ]);
});
