import { KINDS } from '../../src/features/kind/reading-kind';
import { gate } from '../support/gate';
import { verified } from '../support/webhook-receiver';
import { EVERY_TYPE } from './listener.harness';
import { globalId } from '../support/global-id';
import { LATER, WebhookProgramme } from './webhook-programme.harness';

const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;

let webhooks: WebhookProgramme;
beforeAll(async () => {
  webhooks = await WebhookProgramme.start();
});
afterAll(() => webhooks.stop());
beforeEach(() => webhooks.sql('delete from webhook'));

const retry = async (deliveryId: string) => (await webhooks.call('retryWebhookDelivery', { deliveryId })).delivery!;

describe('sendTestWebhook', () => {
  it('delivers an example at once, and answers the delivery as it waits', async () => {
    const answered = gate();
    const { id, secret, path } = await webhooks.endpoint({ body: 'thank you', after: answered.opened });
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

    answered.open();
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

  it('of each type is an example of it, wanted or not', async () => {
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

  it('reaches a webhook that is off, which stays so', async () => {
    const { id } = await webhooks.endpoint((nth) => ({ status: nth === 1 ? 200 : 410 }));
    const { webhook } = await webhooks.call('disableWebhook', { webhookId: id });
    expect((await webhooks.attempted(await webhooks.sendTest(id))).status).toBe('SUCCEEDED');
    expect((await webhooks.attempted(await webhooks.sendTest(id))).status).toBe('FAILED');
    expect(await webhooks.webhook(id)).toEqual(webhook);
  });
});

describe('retryWebhookDelivery', () => {
  it('sends again what has succeeded, the same to the letter', async () => {
    const answered = gate();
    const { id, path } = await webhooks.endpoint((nth) => (nth === 1 ? {} : { after: answered.opened }));
    const deliveryId = await webhooks.deliver(id);
    const first = await webhooks.attempted(deliveryId);
    expect(first.status).toBe('SUCCEEDED');
    expect(await retry(deliveryId)).toEqual({ ...first, status: 'PENDING', nextAttemptAt: ISO });
    answered.open();
    const again = await webhooks.attempted(deliveryId, 2);
    expect(again).toEqual({
      ...first,
      attempts: { nodes: [first.attempts.nodes[0], expect.objectContaining({ error: null })] },
    });
    const [one, other] = webhooks.receiver.at(path);
    expect([other!.id, other!.body]).toEqual([one!.id, one!.body]);
  });

  it('gives all its tries again to what has failed', async () => {
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
    // As after a first failure: 5 to 6 s after its end, which was before now; after a second one it is 5 minutes.
    const over = Date.parse(attempts.nodes[2]!.startedAt) + attempts.nodes[2]!.durationMs;
    expect(Date.parse(nextAttemptAt!)).toBeGreaterThanOrEqual(over + 5_000 - 1);
    expect(Date.parse(nextAttemptAt!)).toBeLessThanOrEqual(Date.now() + 6_000);
  });

  it('sends at once what waits for its next try', async () => {
    const { id } = await webhooks.endpoint((nth) => (nth === 1 ? LATER : {}));
    const deliveryId = await webhooks.deliver(id);
    await webhooks.attempted(deliveryId);
    await retry(deliveryId);
    expect((await webhooks.attempted(deliveryId, 2)).status).toBe('SUCCEEDED');
  });

  it('leaves to its attempt what is under way', async () => {
    const answered = gate();
    const { id, path } = await webhooks.endpoint({ after: answered.opened });
    const deliveryId = await webhooks.deliver(id);
    await webhooks.receiver.count(path, 1);
    expect(await retry(deliveryId)).toMatchObject({ status: 'PENDING', attempts: { nodes: [] } });
    await webhooks.allDueSent();
    answered.open();
    expect((await webhooks.attempted(deliveryId)).status).toBe('SUCCEEDED');
    await webhooks.allDueSent();
    expect(webhooks.receiver.at(path)).toHaveLength(1);
  });

  it('sends once more what is under way, if that fails', async () => {
    const answered = gate();
    const { id, path } = await webhooks.endpoint((nth) => (nth === 1 ? { ...LATER, after: answered.opened } : {}));
    const deliveryId = await webhooks.deliver(id);
    await webhooks.receiver.count(path, 1);
    await retry(deliveryId);
    answered.open();
    expect(await webhooks.attempted(deliveryId, 2)).toMatchObject({
      status: 'SUCCEEDED',
      attempts: { nodes: [{ responseStatus: 503 }, { responseStatus: 200 }] },
    });
  });

  it('waits while the webhook is off', async () => {
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
  it('gets what waits at its new URL', async () => {
    const { id, path } = await webhooks.endpoint(LATER);
    const deliveryId = await webhooks.deliver(id);
    await webhooks.attempted(deliveryId);
    await webhooks.call('updateWebhook', { webhookId: id, url: webhooks.receiver.url('/moved') });
    await webhooks.makeDue(deliveryId);
    expect((await webhooks.attempted(deliveryId, 2)).status).toBe('SUCCEEDED');
    expect([path, '/moved'].map((one) => webhooks.receiver.at(one).length)).toEqual([1, 1]);
  });

  it('is sent nothing more when it is deleted, whether deliveries wait or are under way', async () => {
    const answered = gate();
    const { id, path } = await webhooks.endpoint((nth) => (nth === 1 ? LATER : { after: answered.opened }));
    const waiting = await webhooks.deliver(id);
    await webhooks.attempted(waiting);
    await webhooks.deliver(id);
    await webhooks.receiver.count(path, 2);
    const logged = webhooks.app.log.length;

    expect((await webhooks.call('deleteWebhook', { webhookId: id })).userErrors).toEqual([]);
    answered.open();
    await webhooks.changeDevice();
    await webhooks.planned();
    await webhooks.allDueSent();

    expect(webhooks.receiver.at(path)).toHaveLength(2);
    expect(await webhooks.sql('select from webhook_delivery')).toEqual([]);
    expect(await webhooks.sql('select from webhook_attempt')).toEqual([]);
    expect(webhooks.app.log.slice(logged)).not.toMatch(/"level":"(warn|error)"/);
  });

  it('leaves other webhooks their deliveries when it is deleted at the moment of an event', async () => {
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
