import { expectBulkDelivered } from './bulk.harness';
import { EVERY_TYPE } from './listener.harness';
import { WebhookFixture } from './webhook-fixture.harness';

let webhooks: WebhookFixture;
beforeAll(async () => {
  webhooks = await WebhookFixture.start();
});
afterAll(() => webhooks.stop());
beforeEach(() => webhooks.sql('delete from webhook'));

async function settled(): Promise<void> {
  await webhooks.planned();
  await webhooks.done();
}

const notesAt = (path: string) =>
  webhooks.receiver.at(path).map(({ body }) => (JSON.parse(body) as { payload: { note: string } }).payload.note);

it('each event is delivered to the webhooks of its customer that receive its type', async () => {
  await webhooks.create('/one', ['DEVICE_STATUS_CHANGED']);
  await webhooks.create('/two', ['ORDER_STATUS', 'DEVICE_STATUS_CHANGED']);
  await webhooks.create(
    '/other-types',
    EVERY_TYPE.filter((type) => type !== 'DEVICE_STATUS_CHANGED'),
  );
  await webhooks.create('/lakeview', EVERY_TYPE, {}, 'lakeview');

  await webhooks.changeDevice('northside 1');
  await webhooks.changeDevice('lakeview 1', '2');
  await webhooks.changeDevice('northside 2');
  await settled();

  expect(notesAt('/one').sort()).toEqual(['northside 1', 'northside 2']);
  expect(notesAt('/two').sort()).toEqual(['northside 1', 'northside 2']);
  expect(notesAt('/other-types')).toEqual([]);
  expect(notesAt('/lakeview')).toEqual(['lakeview 1']);
  const [one, two] = ['/one', '/two'].map((path) =>
    webhooks.receiver
      .at(path)
      .map(({ id }) => id)
      .sort(),
  );
  expect(one).toEqual(two);
});

it('a webhook does not receive events from before its creation or from while it was disabled', async () => {
  await webhooks.changeDevice('before');
  await webhooks.planned();
  const { id } = await webhooks.create('/from-now-on', ['DEVICE_STATUS_CHANGED']);
  await webhooks.changeDevice('first');
  await settled();
  await webhooks.call('disableWebhook', { webhookId: id });
  await webhooks.changeDevice('while off');
  await settled();
  await webhooks.call('enableWebhook', { webhookId: id });
  await webhooks.changeDevice('on again');
  await settled();
  await webhooks.call('updateWebhook', { webhookId: id, eventTypes: ['ORDER_STATUS'] });
  await webhooks.changeDevice('no longer received');
  await settled();
  expect(notesAt('/from-now-on')).toEqual(['first', 'on again']);
});

it('a refused or unchanged operation is delivered to no webhook', async () => {
  await webhooks.create('/quiet', EVERY_TYPE);
  const { id } = await webhooks.fixture.freeDevice();
  await webhooks.fixture.call('updateDeviceStatus', { deviceId: id, status: 'AVAILABLE_AT_SITE' });
  await webhooks.fixture.call('associateDevice', { deviceId: id, patientId: webhooks.fixture.patients.archived });
  await settled();
  expect(webhooks.receiver.at('/quiet')).toEqual([]);
});

it('200 readings in one call make 200 deliveries, each to the webhooks that receive its type', () =>
  expectBulkDelivered(webhooks, 200));
