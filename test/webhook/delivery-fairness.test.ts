import { gate } from '../support/gate';
import { NEVER } from '../support/webhook-receiver';
import { WebhookProgramme } from './webhook-programme.harness';

/** Attempts of one instance under way at one endpoint. */
const MOST_AT_ONCE = 8;

let webhooks: WebhookProgramme;
beforeAll(async () => {
  webhooks = await WebhookProgramme.start();
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
  await webhooks.allDueSent();
  expect(['/slow', '/dead'].map((path) => webhooks.receiver.at(path).length)).toEqual([100, MOST_AT_ONCE]);
});

it('an endpoint has its share at once, not one after the other, and never more', async () => {
  const count = 3 * MOST_AT_ONCE;
  const answers = Array.from({ length: count }, gate);
  webhooks.receiver.answer('/busy', (nth) => ({ after: answers[nth - 1]!.opened }));
  await webhooks.create('/busy', ['DEVICE_STATUS_CHANGED']);
  await webhooks.changeDevices(count);
  await webhooks.planned();

  // Whichever is answered, one more begins and no other; all of them wait at the same time.
  for (const [answered, arrived] of [
    [[], MOST_AT_ONCE],
    [[7], MOST_AT_ONCE + 1],
    [[0, 3, 8], MOST_AT_ONCE + 4],
  ] as const) {
    for (const index of answered) answers[index]!.open();
    await webhooks.receiver.count('/busy', arrived);
    await webhooks.allDueSent();
    expect(webhooks.receiver.at('/busy')).toHaveLength(arrived);
    expect(webhooks.receiver.waitingAt('/busy')).toBe(MOST_AT_ONCE);
  }

  for (const answer of answers) answer.open();
  await webhooks.done();
  expect(webhooks.receiver.at('/busy')).toHaveLength(count);
  expect(new Set(webhooks.receiver.at('/busy').map(({ id }) => id)).size).toBe(count);
  expect(webhooks.receiver.mostAtOnce('/busy')).toBe(MOST_AT_ONCE);
});
