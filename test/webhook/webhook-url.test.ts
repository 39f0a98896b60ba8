import { WebhookFixture } from './webhook-fixture.harness';

const NO_URL = 'url must be an absolute URL, e.g. https://example.com/impilo.';
const NO_HTTPS = 'url must be an https URL.';
const CREDENTIALS = 'url must not contain credentials. Verify the signature instead.';
const NOT_PUBLIC = 'url must have a public address.';
const TOO_LONG = 'url must have at most 2000 characters.';
const TOO_LONG_AS_SENT = 'url must have at most 2000 characters. With percent-encoding, as it is sent, it has 2006.';
const PORT_0 = 'url must not have port 0. Omit the port, or name the one that the endpoint listens on.';

/** URLs that are refused in every mode, with the broken rule. */
const REFUSED: Readonly<Record<string, string[]>> = {
  [NO_URL]: [
    '',
    ' ',
    'example.com',
    '/impilo',
    '//example.com',
    'https://',
    'https://a b/',
    'https://[::1',
    'https://a:99999/',
    'https://1.2.3.4.5/',
    'https://[fe80::1%25eth0]/',
    'https://300.0.0.1/',
  ],
  [NO_HTTPS]: [
    'http://example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:,',
    'ws://example.com/',
    'http://10.0.0.1/',
    'http://169.254.169.254/latest/meta-data',
    'http://[::ffff:127.0.0.1]/',
    'http://[::127.0.0.1]/',
    'http://128.0.0.1/',
    'http://app.localhost/',
    'http://localhost.example.com/',
  ],
  [CREDENTIALS]: [
    'https://user:password@example.com/',
    'https://user@example.com/',
    'https://:password@example.com/',
    'http://user@127.0.0.1/',
  ],
  [NOT_PUBLIC]: [
    'https://localhost/',
    'https://LOCALHOST:8443/',
    'https://localhost./',
    'https://localhost../',
    'https://app.localhost/',
    'https://app.localhost./',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://127.0.0.1./',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0x7f.0.0.1/',
    'https://0177.0.0.1/',
    'https://017700000001/',
    'https://１２７.0.0.1/',
    'https://0/',
    'https://10.0.0.1/',
    'https://172.16.0.1/',
    'https://192.168.1.1:8443/x',
    'https://100.64.0.1/',
    'https://169.254.169.254/',
    'https://0.0.0.0/',
    'https://240.0.0.1/',
    'https://255.255.255.255/',
    'https://224.0.0.1/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::ffff:8.8.8.8]/',
    'https://[::127.0.0.1]/',
    'https://[::8.8.8.8]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[2001::1]/',
    'https://[fe80::1]/',
    'https://[fd00::1]/',
    'https://[ff02::1]/',
    'https://[2001:db8::1]/',
  ],
  [TOO_LONG]: [`https://example.com/${'x'.repeat(1_981)}`, `https://example.com/${'ü'.repeat(2_000)}`],
  [TOO_LONG_AS_SENT]: [
    `https://example.com/${'ü'.repeat(331)}`,
    `https://example.com/${'日'.repeat(220)}xxxxxx`,
    `https://example.com/?${'ü'.repeat(330)}xxxxx`,
  ],
  [PORT_0]: ['https://example.com:0/', 'https://example.com:0000/', 'https://8.8.8.8:0', 'http://127.0.0.1:0/'],
};

/** http URLs of this machine, for a receiver next to the gateway in demo mode. */
const LOOPBACK = ['http://127.0.0.1:4100/', 'http://localhost:4100/impilo', 'http://[::1]:4100/', 'http://127.1.2.3/'];

/** URLs that are accepted, with the stored spelling if it differs. */
const ACCEPTED: readonly [string, string?][] = [
  ['https://example.com/', 'https://example.com/'],
  ['https://example.com', 'https://example.com/'],
  ['  HTTPS://Hooks.Example.COM:443/Impilo?a=1#part ', 'https://hooks.example.com/Impilo?a=1#part'],
  ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
  ['https://93.184.216.34:8443/'],
  ['https://[2606:4700::1]/'],
  ['https://notlocalhost/'],
  ['https://localhost.example.com/'],
  [`https://example.com/${'x'.repeat(1_980)}`],
  [
    'https://example.com/Grüße/日本?q=ä b#ü',
    'https://example.com/Gr%C3%BC%C3%9Fe/%E6%97%A5%E6%9C%AC?q=%C3%A4%20b#%C3%BC',
  ],
  [`https://example.com/${'ü'.repeat(330)}`, `https://example.com/${'%C3%BC'.repeat(330)}`],
  [`  https://example.com:443/./${'x'.repeat(1_980)}  `, `https://example.com/${'x'.repeat(1_980)}`],
  ['https://xn--bcher-kva.example./a%2Fb%2fc%'],
  ['https://example.com:00065/', 'https://example.com:65/'],
];

describe.each(['on', 'off'])('with DEMO=%s', (demo) => {
  let webhooks: WebhookFixture;
  let admin: { key: string };
  beforeAll(async () => {
    webhooks = await WebhookFixture.start({ env: { DEMO: demo } });
    admin = await webhooks.fixture.key('ADMIN', '1');
  });
  afterAll(() => webhooks.stop());

  const create = (url: string) => webhooks.call('createWebhook', { url, eventTypes: ['ORDER_STATUS'] }, admin);
  const refusalOf = (message: string) => ({ code: 'INVALID_URL', message, path: ['input', 'url'] });

  it.each(Object.entries(REFUSED))('refuses URLs with the message: %s', async (message, urls) => {
    for (const url of urls) {
      const { webhook, secret, userErrors } = await create(url);
      expect({ url, webhook, secret, userErrors }).toEqual({
        url,
        webhook: null,
        secret: null,
        userErrors: [refusalOf(message)],
      });
    }
    expect(await webhooks.sql('select from webhook')).toHaveLength(0);
  });

  it('accepts other URLs and normalizes their spelling', async () => {
    for (const [url, kept = url] of ACCEPTED) {
      const { webhook, userErrors } = await create(url);
      expect({ url: webhook?.url, userErrors }).toEqual({ url: kept, userErrors: [] });
    }
  });

  it(`${demo === 'on' ? 'accepts' : 'refuses'} http to this machine`, async () => {
    for (const url of LOOPBACK) {
      const { webhook, userErrors } = await create(url);
      expect({ url: webhook?.url, userErrors }).toEqual(
        demo === 'on' ? { url, userErrors: [] } : { url: undefined, userErrors: [refusalOf(NO_HTTPS)] },
      );
    }
  });

  it('the stored URL may be sent back, and is that of the requests', async () => {
    for (const [url] of ACCEPTED) {
      const { webhook } = await create(url);
      const input = { webhookId: webhook!.databaseId, url: webhook!.url };
      const { webhook: updated, userErrors } = await webhooks.call('updateWebhook', input, admin);
      expect({ updated, userErrors }).toEqual({ updated: webhook, userErrors: [] });
    }
    if (demo === 'off') return;
    const { webhook } = await create(webhooks.receiver.url('/Grüße?q=ä b'));
    const { databaseId } = (
      await webhooks.call('sendTestWebhook', { webhookId: webhook!.databaseId, eventType: 'ORDER_STATUS' }, admin)
    ).delivery!;
    expect((await webhooks.attempted(databaseId)).status).toBe('SUCCEEDED');
    const { pathname, search } = new URL(webhook!.url);
    expect(webhooks.receiver.at(pathname + search)).toHaveLength(1);
  });

  it('a webhook that has port 0 from before it was refused does not connect to the default port', async () => {
    const { webhook } = await create('https://example.com/');
    await webhooks.sql(`update webhook set url = 'https://93.184.216.34:0/' where id = $1`, [webhook!.databaseId]);
    const { delivery } = await webhooks.call(
      'sendTestWebhook',
      { webhookId: webhook!.databaseId, eventType: 'ORDER_STATUS' },
      admin,
    );
    const { attempts } = await webhooks.attempted(delivery!.databaseId, 1, admin);
    expect(attempts.nodes[0]!.error).toBe('The URL has port 0. Update the URL of the webhook.');
  });

  it('applies the same rules to an update', async () => {
    const { webhook } = await create('https://example.com/');
    const input = { webhookId: webhook!.databaseId };
    for (const [message, [url]] of Object.entries(REFUSED))
      await webhooks.expectRefusal('updateWebhook', { ...input, url }, refusalOf(message), admin);
    const { webhook: updated } = await webhooks.call('updateWebhook', { ...input, url: 'https://EXAMPLE.org' }, admin);
    expect(updated).toEqual({ ...webhook, url: 'https://example.org/' });
  });
});
