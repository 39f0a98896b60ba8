import { randomBytes } from 'node:crypto';
import { eventually } from '../support/eventually';
import { WebhookFixture } from './webhook-fixture.harness';

let webhooks: WebhookFixture;
beforeAll(async () => {
  webhooks = await WebhookFixture.start();
});
afterAll(() => webhooks.stop());

const marker = () => `Marker${randomBytes(6).toString('hex')}`;

it('the log never has a secret, a payload, a response or the query of a URL', async () => {
  const query = marker();
  const [note, responseBody, path] = [marker(), marker(), marker()];
  const responses = {
    fine: { body: responseBody },
    gone: { status: 410, body: responseBody },
    failing: { status: 500, body: responseBody, headers: { 'retry-after': responseBody } },
    moved: { status: 302, headers: { location: `https://example.com/${responseBody}` } },
    cut: { cut: 'in the body', body: responseBody },
  } as const;
  const made = [];
  for (const [name, script] of Object.entries(responses)) {
    const url = `/${name}-${path}?key=${query}`;
    webhooks.receiver.respond(url, script);
    made.push(await webhooks.create(url, ['DEVICE_STATUS_CHANGED']));
  }
  const rotated = await webhooks.call('rotateWebhookSecret', { webhookId: made[0]!.id });

  const { id } = await webhooks.fixture.freeDevice();
  await webhooks.fixture.call('updateDeviceStatus', { deviceId: id, status: 'LOST', note });
  await eventually(async () => (await webhooks.sql('select from webhook_attempt')).length === made.length);
  // An attempt that cannot be recorded is logged too. The receiver got the delivery.
  await webhooks.sql('alter table webhook_attempt add constraint fails check (response_body is null) not valid');
  await webhooks.sendTest(made[0]!.id);
  await eventually(() => webhooks.app.log.includes('was not recorded'));
  await webhooks.sql('alter table webhook_attempt drop constraint fails');

  const delivered = webhooks.receiver.received.filter(({ body }) => body.includes(note));
  expect(new Set(delivered.map((received) => received.path)).size).toBe(made.length);
  expect(webhooks.app.log).toContain('"msg":"webhook disabled"');
  const secrets = [...made.map(({ secret }) => secret), rotated.secret!];
  const leaks = [query, note, responseBody, path, ...secrets].filter((text) => webhooks.app.log.includes(text));
  expect(leaks).toEqual([]);
});

it('logs the reason when a webhook is disabled', async () => {
  webhooks.receiver.respond('/gone', { status: 410 });
  const { id } = await webhooks.create('/gone', ['DEVICE_STATUS_CHANGED']);
  await webhooks.sendTest(id);
  const line = await eventually(() =>
    webhooks.app.log.split('\n').find((one) => one.includes('disabled') && one.includes(`"webhookId":"${id}"`)),
  );
  expect(JSON.parse(line)).toMatchObject({ level: 'warn', webhookId: id, why: 'ENDPOINT_GONE' });
});
