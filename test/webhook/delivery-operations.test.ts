import { KINDS } from '../../src/features/kind/reading-kind';
import { gate } from '../support/gate';
import { verified } from '../support/webhook-receiver';
import { EVERY_TYPE } from './listener.harness';
import { globalId } from '../support/global-id';
import { LATER, WebhookFixture } from './webhook-fixture.harness';

const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;

let webhooks: WebhookFixture;
beforeAll(async () => {
  webhooks = await WebhookFixture.start();
});
afterAll(() => webhooks.stop());
beforeEach(() => webhooks.sql('delete from webhook'));

const retry = async (deliveryId: string) => (await webhooks.call('retryWebhookDelivery', { deliveryId })).delivery!;

describe('sendTestWebhook', () => {
  it('sends a sample immediately, and returns the pending delivery', async () => {
    const released = gate();
    const { id, secret, path } = await webhooks.endpoint({ body: 'thank you', after: released.opened });
    const payload = await webhooks.call('sendTestWebhook', { webhookId: id, eventType: 'DEVICE_STATUS_CHANGED' });
    const { databaseId, eventId } = payload.delivery!;
    const waiting = {
      id: globalId('WebhookDelivery', databaseId),
      databaseId,
      webhook: { databaseId: id },
      eventType: 'DEVICE_STATUS_CHANGED',
      eventId: expect.stringMatching(/^test_[0-9a-f-]{36}$/) as string,
      payload: expect.any(String) as string,
      status: 'PENDING',
      nextAttemptAt: ISO,
      createdAt: ISO,
      attempts: { nodes: [] },
    };
    expect(payload).toEqual({ delivery: waiting, userErrors: [] });

    released.open();
    const sent = {
      startedAt: ISO,
      responseStatus: 200,
      responseBody: 'thank you',
      durationMs: expect.any(Number) as number,
      error: null,
    };
    expect(await webhooks.attempted(databaseId)).toEqual({
      ...payload.delivery,
      status: 'SUCCEEDED',
      nextAttemptAt: null,
      attempts: { nodes: [sent] },
    });
    const [received] = webhooks.receiver.at(path);
    expect(received).toMatchObject({ id: eventId, body: payload.delivery!.payload });
    expect(verified(secret, received!)).toMatchObject({
      id: eventId,
      type: 'device.statusChanged',
      payload: { status: 'withPatient', actor: { type: 'system', displayName: 'Test delivery' } },
    });
  });

  it('sends a sample of every type, even if the webhook does not receive it', async () => {
    const { id, path } = await webhooks.endpoint();
    for (const eventType of EVERY_TYPE) await webhooks.sendTest(id, eventType);
    await webhooks.done();
    const examples = webhooks.receiver
      .at(path)
      .map(({ body }) => JSON.parse(body) as { type: string; payload: object });
    expect(examples.map(({ type }) => type).sort()).toEqual([
      'device.associationCreated',
      'device.associationRemoved',
      'device.statusChanged',
      'order.parcelAdded',
      'order.status',
      'order.statusFull',
      ...KINDS.map(({ member }) => `reading.${member}`).sort(),
    ]);
    for (const { payload } of examples) expect(Object.keys(payload).length).toBeGreaterThan(1);
  });

  it('reaches a disabled webhook, which stays disabled', async () => {
    const { id } = await webhooks.endpoint((nth) => ({ status: nth === 1 ? 200 : 410 }));
    const { webhook } = await webhooks.call('disableWebhook', { webhookId: id });
    expect((await webhooks.attempted(await webhooks.sendTest(id))).status).toBe('SUCCEEDED');
    expect((await webhooks.attempted(await webhooks.sendTest(id))).status).toBe('FAILED');
    expect(await webhooks.webhook(id)).toEqual(webhook);
  });
});

describe('retryWebhookDelivery', () => {
  it('sends a succeeded delivery again, byte for byte', async () => {
    const released = gate();
    const { id, path } = await webhooks.endpoint((nth) => (nth === 1 ? {} : { after: released.opened }));
    const deliveryId = await webhooks.deliver(id);
    const first = await webhooks.attempted(deliveryId);
    expect(first.status).toBe('SUCCEEDED');
    expect(await retry(deliveryId)).toEqual({ ...first, status: 'PENDING', nextAttemptAt: ISO });
    released.open();
    const again = await webhooks.attempted(deliveryId, 2);
    expect(again).toEqual({
      ...first,
      attempts: { nodes: [first.attempts.nodes[0], expect.objectContaining({ error: null })] },
    });
    const [one, other] = webhooks.receiver.at(path);
    expect([other!.id, other!.body]).toEqual([one!.id, one!.body]);
  });

  it('restarts the schedule of a failed delivery', async () => {
    const { id } = await webhooks.endpoint({ status: 500 });
    const deliveryId = await webhooks.deliver(id);
    await webhooks.attempted(deliveryId);
    await webhooks.sql('update webhook_delivery set failures = 11, next_attempt_at = now() where id = $1', [
      deliveryId,
    ]);
    expect(await webhooks.attempted(deliveryId, 2)).toMatchObject({ status: 'FAILED', nextAttemptAt: null });

    await retry(deliveryId);
    const { status, attempts, nextAttemptAt } = await webhooks.attempted(deliveryId, 3);
    expect(status).toBe('PENDING');
    // The delay after a first failure: 5 to 6 s after the end of the attempt. After a second failure it would be 5 minutes.
    const over = Date.parse(attempts.nodes[2]!.startedAt) + attempts.nodes[2]!.durationMs;
    expect(Date.parse(nextAttemptAt!)).toBeGreaterThanOrEqual(over + 5_000 - 1);
    expect(Date.parse(nextAttemptAt!)).toBeLessThanOrEqual(Date.now() + 6_000);
  });

  it('sends a delivery that waits for its next attempt immediately', async () => {
    const { id } = await webhooks.endpoint((nth) => (nth === 1 ? LATER : {}));
    const deliveryId = await webhooks.deliver(id);
    await webhooks.attempted(deliveryId);
    await retry(deliveryId);
    expect((await webhooks.attempted(deliveryId, 2)).status).toBe('SUCCEEDED');
  });

  it('does not start a second attempt while one is in flight', async () => {
    const released = gate();
    const { id, path } = await webhooks.endpoint({ after: released.opened });
    const deliveryId = await webhooks.deliver(id);
    await webhooks.receiver.count(path, 1);
    expect(await retry(deliveryId)).toMatchObject({ status: 'PENDING', attempts: { nodes: [] } });
    await webhooks.allDueSent();
    released.open();
    expect((await webhooks.attempted(deliveryId)).status).toBe('SUCCEEDED');
    await webhooks.allDueSent();
    expect(webhooks.receiver.at(path)).toHaveLength(1);
  });

  it('sends a delivery in flight again if its attempt fails', async () => {
    const released = gate();
    const { id, path } = await webhooks.endpoint((nth) => (nth === 1 ? { ...LATER, after: released.opened } : {}));
    const deliveryId = await webhooks.deliver(id);
    await webhooks.receiver.count(path, 1);
    await retry(deliveryId);
    released.open();
    expect(await webhooks.attempted(deliveryId, 2)).toMatchObject({
      status: 'SUCCEEDED',
      attempts: { nodes: [{ responseStatus: 503 }, { responseStatus: 200 }] },
    });
  });

  it('waits while the webhook is disabled', async () => {
    const { id, path } = await webhooks.endpoint();
    const deliveryId = await webhooks.deliver(id);
    await webhooks.attempted(deliveryId);
    await webhooks.call('disableWebhook', { webhookId: id });
    await retry(deliveryId);
    await webhooks.allDueSent();
    expect(webhooks.receiver.at(path)).toHaveLength(1);
    await webhooks.call('enableWebhook', { webhookId: id });
    expect((await webhooks.attempted(deliveryId, 2)).status).toBe('SUCCEEDED');
  });
});

describe('a webhook that changes', () => {
  it('gets pending deliveries at its new URL', async () => {
    const { id, path } = await webhooks.endpoint(LATER);
    const deliveryId = await webhooks.deliver(id);
    await webhooks.attempted(deliveryId);
    await webhooks.call('updateWebhook', { webhookId: id, url: webhooks.receiver.url('/moved') });
    await webhooks.makeDue(deliveryId);
    expect((await webhooks.attempted(deliveryId, 2)).status).toBe('SUCCEEDED');
    expect([path, '/moved'].map((one) => webhooks.receiver.at(one).length)).toEqual([1, 1]);
  });

  it('receives nothing after it is deleted, with deliveries pending or in flight', async () => {
    const released = gate();
    const { id, path } = await webhooks.endpoint((nth) => (nth === 1 ? LATER : { after: released.opened }));
    const waiting = await webhooks.deliver(id);
    await webhooks.attempted(waiting);
    await webhooks.deliver(id);
    await webhooks.receiver.count(path, 2);
    const logged = webhooks.app.log.length;

    expect((await webhooks.call('deleteWebhook', { webhookId: id })).userErrors).toEqual([]);
    released.open();
    await webhooks.changeDevice();
    await webhooks.planned();
    await webhooks.allDueSent();

    expect(webhooks.receiver.at(path)).toHaveLength(2);
    await webhooks.removed();
    expect(await webhooks.sql('select from webhook_delivery')).toEqual([]);
    expect(await webhooks.sql('select from webhook_attempt')).toEqual([]);
    expect(webhooks.app.log.slice(logged)).not.toMatch(/"level":"(warn|error)"/);
  });

  it('does not affect deliveries to other webhooks when it is deleted during an event', async () => {
    const stays = await webhooks.endpoint();
    for (let time = 1; time <= 10; time += 1) {
      const { id } = await webhooks.endpoint();
      await Promise.all([webhooks.changeDevice(`event ${time}`), webhooks.call('deleteWebhook', { webhookId: id })]);
    }
    await webhooks.planned();
    await webhooks.done();
    const received = webhooks.receiver.at(stays.path);
    expect([received.length, new Set(received.map(({ id }) => id)).size]).toEqual([10, 10]);
  });
});
