import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { featureParts } from '../../src/features';
import { delayAfter } from '../../src/features/webhook/retry-schedule';
import { toEventType } from '../../src/features/webhook/webhook-event-type';
import { markdown } from '../support/markdown';
import { TestApp } from '../support/test-app';

const page = markdown('docs/webhooks.md');
const { messages } = featureParts().events;

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

test("the receiver of the page takes what is signed with the webhook's secret, and nothing else", async () => {
  // Its secret is known before its address.
  const { createWebhook } = await app.data(
    'northside',
    'mutation { createWebhook(input: { url: "https://example.com/", eventTypes: [DEVICE_STATUS_CHANGED] }) { webhook { id } secret } }',
  );
  const { webhook, secret } = createWebhook as { webhook: { id: string }; secret: string };
  const code = page.section('## How do I verify a delivery?').fenced('js');
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

test('the table of event types is the catalog of events', () => {
  const [, ...rows] = page.section('## Which events are there?').table;
  expect(rows.map(([eventType, type]) => [eventType, type])).toEqual(
    messages.map(({ type }) => [`\`${toEventType(type)}\``, `\`${type}\``]),
  );
});

test('the deliveries that it shows have the payloads of the samples', () => {
  const shown = page.section('## What does a delivery look like?').fencedBlocks;
  expect(shown.length).toBeGreaterThan(1);
  for (const { text } of shown) {
    const delivery = JSON.parse(text) as { type: string };
    const { type, sample } = messages.find((message) => message.type === delivery.type)!;
    expect(delivery).toEqual({
      id: expect.stringMatching(/^evt_\d+(_\d+)?$/) as string,
      type,
      payload: sample,
    });
  }
});

test('the delays between attempts are those of the code', () => {
  const seconds = { s: 1, min: 60, h: 3_600 } as const;
  const sentence = /tried again after (.+?), each/s.exec(page.text)![1]!;
  const delays = [...sentence.matchAll(/(\d+) (s|min|h)\b/g)].map(
    ([, count, unit]) => Number(count) * seconds[unit as keyof typeof seconds] * 1_000,
  );
  const none = { status: null, retryAfter: null };
  expect([...delays, undefined]).toEqual(
    Array.from({ length: delays.length + 1 }, (_, index) => delayAfter(index + 1, none, new Date(), 0)),
  );
  expect(page.text).toContain(`That is ${delays.length + 1} attempts`);
});

test('its operations create a webhook, test it, and show what failed', async () => {
  const run = async (heading: string, variables = {}, index = 0) => {
    const operations = page.section(heading).fencedBlocks.filter(({ kind }) => kind === 'graphql');
    // Nothing listens there: the example's host would be looked up.
    const query = operations[index]!.text.replace('https://hooks.example.com/impilo', 'http://127.0.0.1:9/');
    return app.data('northside', query, variables);
  };
  const { createWebhook } = await run('## How do I get events?');
  expect(createWebhook).toMatchObject({ secret: expect.stringMatching(/^whsec_/) as string, userErrors: [] });
  const webhookId = (createWebhook as { webhook: { id: string } }).webhook.id;
  const { sendTestWebhook } = await run('## How do I get events?', { webhookId }, 1);
  expect(sendTestWebhook).toMatchObject({
    delivery: { eventId: expect.stringMatching(/^test_/) as string },
    userErrors: [],
  });
  const { webhook } = await run('## Why do I get no events?', { webhookId });
  expect(webhook).toMatchObject({ active: true, deliveries: { nodes: [{ eventType: 'ORDER_STATUS' }] } });
});
