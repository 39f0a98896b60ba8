import { setTimeout as sleep } from 'node:timers/promises';
import { gate } from '../event/stream-fixture';
import { NEVER } from '../support/webhook-receiver';
import { WebhookProgramme } from './webhook-programme.harness';

/** Attempts of one instance under way at one endpoint. */
const MOST_AT_ONCE = 8;

let webhooks: WebhookProgramme;
beforeAll(async () => {
  // No attempt is given up while a test runs.
  webhooks = await WebhookProgramme.start({ webhooks: { timeoutMs: 60_000, leaseMs: 120_000 } });
});
afterAll(() => webhooks.stop());
beforeEach(() => webhooks.sql('delete from webhook'));

it('a slow endpoint and a dead one delay no other', async () => {
  const answered = gate();
  webhooks.receiver.answer('/slow', { after: answered.opened });
  webhooks.receiver.answer('/dead', { after: NEVER });
  for (const path of ['/slow', '/dead', '/healthy']) await webhooks.create(path, ['DEVICE_STATUS_CHANGED']);
  await webhooks.changeDevices(100);

  await webhooks.receiver.count('/healthy', 100);
  await webhooks.receiver.count('/dead', MOST_AT_ONCE);
  await webhooks.receiver.count('/slow', MOST_AT_ONCE);
  await webhooks.allDueSent();
  // Each had its share, and all that time it has answered none.
  expect(['/slow', '/dead', '/healthy'].map((path) => webhooks.receiver.at(path).length)).toEqual([
    MOST_AT_ONCE,
    MOST_AT_ONCE,
    100,
  ]);
  const attempts = await webhooks.sql(
    `select w.url, count(*)::int from webhook_attempt a join webhook_delivery d on d.id = a.delivery_id join webhook w on w.id = d.webhook_id group by 1`,
  );
  expect(attempts).toEqual([{ url: webhooks.receiver.url('/healthy'), count: 100 }]);

  answered.open();
  await webhooks.receiver.count('/slow', 100);
  expect(webhooks.receiver.at('/dead')).toHaveLength(MOST_AT_ONCE);
});

it('an endpoint never has more than its share at once', async () => {
  webhooks.receiver.answer('/busy', (nth) => ({ after: sleep(30 + (nth % 20)) }));
  await webhooks.create('/busy', ['DEVICE_STATUS_CHANGED']);
  await webhooks.changeDevices(100);
  await webhooks.planned();
  await webhooks.done();
  expect(webhooks.receiver.at('/busy')).toHaveLength(100);
  expect(webhooks.receiver.mostAtOnce('/busy')).toBeLessThanOrEqual(MOST_AT_ONCE);
});
