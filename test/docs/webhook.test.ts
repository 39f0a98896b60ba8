import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { markdown } from '../support/markdown';
import { TestApp } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

test("the receiver of the README takes what is signed with the webhook's secret, and nothing else", async () => {
  // Its secret is known before its address.
  const { createWebhook } = await app.data(
    'northside',
    'mutation { createWebhook(input: { url: "https://example.com/", eventTypes: [DEVICE_STATUS_CHANGED] }) { webhook { id } secret } }',
  );
  const { webhook, secret } = createWebhook as { webhook: { id: string }; secret: string };
  const code = markdown('README.md').section('## Webhooks').fenced('js');
  expect(code).toContain('.listen(4100,');
  const receiver = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      code
        .replace('.listen(4100,', '.listen(0,')
        .replace(/;\s*$/, ".on('listening', function () { console.log(this.address().port); });"),
    ],
    { env: { ...process.env, NODE_OPTIONS: '', WEBHOOK_SECRET: secret }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines = createInterface(receiver.stdout)[Symbol.asyncIterator]();
  try {
    const port = String((await lines.next()).value);
    expect(port).toMatch(/^\d+$/);
    const url = `http://127.0.0.1:${port}/`;
    const { updateWebhook } = await app.data(
      'northside',
      'mutation ($id: ID!, $url: String!) { updateWebhook(input: { webhookId: $id, url: $url }) { webhook { url } } }',
      { id: webhook.id, url },
    );
    expect(updateWebhook).toEqual({ webhook: { url } });
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(400);
    const { sendTestWebhook } = await app.data(
      'northside',
      'mutation ($webhookId: ID!) { sendTestWebhook(input: { webhookId: $webhookId, eventType: ORDER_STATUS }) { delivery { eventId } } }',
      { webhookId: webhook.id },
    );
    const { eventId } = (sendTestWebhook as { delivery: { eventId: string } }).delivery;
    expect((await lines.next()).value).toBe(`${eventId} order.status`);
  } finally {
    const exited = once(receiver, 'exit');
    receiver.kill();
    await exited;
  }
});
