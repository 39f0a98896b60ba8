import { eventually } from '../support/eventually';
import { gate } from '../support/gate';
import { NEVER } from '../support/webhook-receiver';
import { WebhookFixture } from './webhook-fixture.harness';

/** Most attempts in flight of one instance at one endpoint. */
const MOST_AT_ONCE = 8;

let webhooks: WebhookFixture;
beforeAll(async () => {
  webhooks = await WebhookFixture.start();
});
afterAll(() => webhooks.stop());
beforeEach(() => webhooks.sql('delete from webhook'));

it('a slow endpoint and a dead endpoint do not delay the others', async () => {
  const released = gate();
  webhooks.receiver.respond('/slow', { after: released.opened });
  webhooks.receiver.respond('/dead', { after: NEVER });
  for (const path of ['/slow', '/dead', '/healthy']) await webhooks.create(path, ['DEVICE_STATUS_CHANGED']);
  await webhooks.changeDevices(100);

  await webhooks.receiver.count('/healthy', 100);
  await webhooks.receiver.count('/dead', MOST_AT_ONCE);
  await webhooks.receiver.count('/slow', MOST_AT_ONCE);
  await webhooks.allDueSent();
  // Each endpoint got its share, and the slow and the dead one have not responded yet.
  expect(['/slow', '/dead', '/healthy'].map((path) => webhooks.receiver.at(path).length)).toEqual([
    MOST_AT_ONCE,
    MOST_AT_ONCE,
    100,
  ]);
  const attempts = await webhooks.sql(
    `select w.url, count(*)::int from webhook_attempt a join webhook_delivery d on d.id = a.delivery_id join webhook w on w.id = d.webhook_id group by 1`,
  );
  expect(attempts).toEqual([{ url: webhooks.receiver.url('/healthy'), count: 100 }]);

  released.open();
  await webhooks.receiver.count('/slow', 100);
  await webhooks.allDueSent();
  expect(['/slow', '/dead'].map((path) => webhooks.receiver.at(path).length)).toEqual([100, MOST_AT_ONCE]);
});

it('an endpoint gets its share of attempts concurrently, and never more', async () => {
  const count = 3 * MOST_AT_ONCE;
  const responses = Array.from({ length: count }, gate);
  webhooks.receiver.respond('/busy', (nth) => ({ after: responses[nth - 1]!.opened }));
  await webhooks.create('/busy', ['DEVICE_STATUS_CHANGED']);
  await webhooks.changeDevices(count);
  await webhooks.planned();

  // For each response one more attempt starts. All attempts of the share wait at the same time.
  for (const [responded, arrived] of [
    [[], MOST_AT_ONCE],
    [[7], MOST_AT_ONCE + 1],
    [[0, 3, 8], MOST_AT_ONCE + 4],
  ] as const) {
    for (const index of responded) responses[index]!.open();
    await webhooks.receiver.count('/busy', arrived);
    await webhooks.allDueSent();
    expect(webhooks.receiver.at('/busy')).toHaveLength(arrived);
    expect(webhooks.receiver.waitingAt('/busy')).toBe(MOST_AT_ONCE);
  }

  for (const response of responses) response.open();
  await webhooks.done();
  expect(webhooks.receiver.at('/busy')).toHaveLength(count);
  expect(new Set(webhooks.receiver.at('/busy').map(({ id }) => id)).size).toBe(count);
  expect(webhooks.receiver.mostAtOnce('/busy')).toBe(MOST_AT_ONCE);
});

it('26 endpoints of a customer that never respond leave places for another customer', async () => {
  const count = 26;
  for (let n = 0; n < count; n += 1) {
    webhooks.receiver.respond(`/never-${n}`, { after: NEVER });
    await webhooks.create(`/never-${n}`, ['DEVICE_STATUS_CHANGED']);
  }
  await webhooks.create('/other', ['DEVICE_STATUS_CHANGED'], {}, 'lakeview');
  const before = webhooks.receiver.waitingAt('/dead'); // of the first test
  await webhooks.changeDevices(20);
  await webhooks.planned();
  const waiting = () =>
    Array.from({ length: count }, (_, n) => webhooks.receiver.waitingAt(`/never-${n}`)).reduce((sum, one) => sum + one);
  // Half of the 200 places, however many deliveries are due.
  const most = 100 - before;
  await eventually(() => waiting() >= most);
  await webhooks.changeDevice(null, '2');
  await webhooks.receiver.count('/other', 1);
  expect(waiting()).toBe(most);
});
