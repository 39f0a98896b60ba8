import { StubbedDns } from './stubbed-dns.harness';
import { WebhookFixture } from './webhook-fixture.harness';

const NAME = 'hooks.example.com';
const NAME_NOT_PUBLIC = 'The name resolves to an address that is not public.';
const ADDRESS_NOT_PUBLIC = 'The address is not public.';

let dns: StubbedDns;
let webhooks: WebhookFixture;
beforeAll(async () => {
  dns = new StubbedDns();
  webhooks = await WebhookFixture.start();
});
afterAll(async () => {
  await webhooks.stop();
  dns.restore();
});

async function attemptAt(url: string): Promise<string | null> {
  const { webhook } = await webhooks.call('createWebhook', { url, eventTypes: ['ORDER_STATUS'] });
  const {
    attempts: { nodes: attempts },
  } = await webhooks.attempted(await webhooks.sendTest(webhook!.databaseId));
  expect(attempts).toMatchObject([{ responseStatus: null, responseBody: null }]);
  return attempts[0]!.error;
}

it.each([
  [['127.0.0.1']],
  [['::1']],
  [['::ffff:127.0.0.1']],
  [['10.0.0.1']],
  [['93.184.216.34', '127.0.0.1']],
  [['169.254.169.254']],
])('for a name that resolves to %p the attempt has that reason, and no connection is made', async (addresses) => {
  dns.name(NAME, addresses);
  expect(await attemptAt(`https://${NAME}:${webhooks.receiver.port}/`)).toBe(NAME_NOT_PUBLIC);
  expect(webhooks.receiver.connections).toBe(0);
});

it('a name is resolved on every attempt', async () => {
  dns.name(NAME, ['127.0.0.1']);
  const { webhook } = await webhooks.call('createWebhook', {
    url: `https://${NAME}:${webhooks.receiver.port}/`,
    eventTypes: ['ORDER_STATUS'],
  });
  const asked = dns.asked.length;
  const deliveryId = await webhooks.sendTest(webhook!.databaseId);
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    await webhooks.attempted(deliveryId, attempt);
    await webhooks.makeDue(deliveryId);
  }
  const {
    attempts: { nodes: attempts },
  } = await webhooks.attempted(deliveryId, 4);
  expect(attempts.map(({ error }) => error)).toEqual(Array(4).fill(NAME_NOT_PUBLIC));
  expect(dns.asked.slice(asked)).toEqual(Array(4).fill(NAME));
  expect(webhooks.receiver.connections).toBe(0);
});

it('for an unknown name the attempt has that reason', async () => {
  dns.name(NAME, []);
  expect(await attemptAt(`https://${NAME}/`)).toBe('The name cannot be resolved (ENOTFOUND)');
});

it('in demo mode http reaches this machine by any name, and nothing else', async () => {
  dns.name('localhost', ['127.0.0.1']);
  const { webhook } = await webhooks.call('createWebhook', {
    url: `http://localhost:${webhooks.receiver.port}/local`,
    eventTypes: ['ORDER_STATUS'],
  });
  expect((await webhooks.attempted(await webhooks.sendTest(webhook!.databaseId))).status).toBe('SUCCEEDED');
  dns.name('localhost', ['10.0.0.1']);
  const elsewhere = await webhooks.attempted(await webhooks.sendTest(webhook!.databaseId));
  expect(elsewhere.attempts.nodes[0]!.error).toBe(NAME_NOT_PUBLIC);
});

it('without demo mode, webhooks created in demo mode are no longer reached', async () => {
  const byAddress = await webhooks.create('/by-address', ['ORDER_STATUS']);
  const { webhook: byName } = await webhooks.call('createWebhook', {
    url: `http://localhost:${webhooks.receiver.port}/`,
    eventTypes: ['ORDER_STATUS'],
  });
  dns.name('localhost', ['127.0.0.1']);
  const admin = await webhooks.fixture.key('ADMIN', '1');
  await webhooks.stopInstance();
  await webhooks.startInstance({ DEMO: 'off' });
  const before = webhooks.receiver.connections;
  for (const [webhookId, error] of [
    [byAddress.id, ADDRESS_NOT_PUBLIC],
    [byName!.databaseId, NAME_NOT_PUBLIC],
  ]) {
    const { delivery } = await webhooks.call('sendTestWebhook', { webhookId, eventType: 'ORDER_STATUS' }, admin);
    const {
      attempts: { nodes: attempts },
    } = await webhooks.attempted(delivery!.databaseId, 1, admin);
    expect(attempts).toMatchObject([{ responseStatus: null, error }]);
  }
  expect(webhooks.receiver.connections).toBe(before);
});
