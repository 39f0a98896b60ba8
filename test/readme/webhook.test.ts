import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fencedBlocks, section } from '../support/readme';
import { TestApp } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test("the receiver of the README takes what is signed with the webhook's secret, and nothing else", async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const { createWebhook } = await app.data(
    'northside',
    'mutation ($url: String!) { createWebhook(input: { url: $url, eventTypes: [DEVICE_STATUS_CHANGED] }) { webhook { id } secret } }',
    { url },
  );
  const { webhook, secret } = createWebhook as { webhook: { id: string }; secret: string };
  const code = fencedBlocks(section('## Webhooks')).find(({ kind }) => kind === 'js')!.text;
  expect(code).toContain('.listen(4100,');
  const receiver = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      code.replace('.listen(4100,', `.listen(${port},`).replace(/;\s*$/, ".on('listening', () => console.log('up'));"),
    ],
    { env: { ...process.env, NODE_OPTIONS: '', WEBHOOK_SECRET: secret }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines = createInterface(receiver.stdout)[Symbol.asyncIterator]();
  try {
    expect((await lines.next()).value).toBe('up');
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
