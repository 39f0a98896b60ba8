import { eventually } from '../support/eventually';
import { gate } from '../support/gate';
import type { DeliveryResponse } from './webhook-api.harness';
import { LATER, WebhookFixture } from './webhook-fixture.harness';

const HOUR_MS = 3_600_000;
/** Delay after each failure in turn: 5 s, 5 min, 15 min, 30 min, 1 h, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h; then FAILED. */
const DELAYS_MS = [5_000, 300_000, 900_000, 1_800_000, ...[1, 2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR_MS)];
const DAY_MS = 24 * HOUR_MS;

let webhooks: WebhookFixture;
beforeAll(async () => {
  webhooks = await WebhookFixture.start();
});
afterAll(() => webhooks.stop());
// Each test has its own webhook, and no other webhook receives its events.
beforeEach(() => webhooks.sql('delete from webhook'));

// The schedule adds a random jitter of up to a fifth. Here it always adds half of that.
beforeEach(() => jest.spyOn(Math, 'random').mockReturnValue(0.5));
afterEach(() => jest.restoreAllMocks());

/** Asserts that the next attempt is so long after the last one was over, which was at a moment between its end and now. */
function expectDelay({ attempts, nextAttemptAt }: DeliveryResponse, delayMs: number): void {
  const { startedAt, durationMs } = attempts.nodes.at(-1)!;
  const over = Date.parse(nextAttemptAt!) - delayMs;
  expect(over).toBeGreaterThanOrEqual(Date.parse(startedAt) + durationMs - 1);
  expect(over).toBeLessThanOrEqual(Date.now());
}

it('a delivery fails after twelve attempts with growing delays', async () => {
  const { id, path } = await webhooks.endpoint({ status: 500 });
  const deliveryId = await webhooks.sendTest(id);
  for (const [index, delayMs] of DELAYS_MS.entries()) {
    const delivery = await webhooks.attempted(deliveryId, index + 1);
    expect(delivery.status).toBe('PENDING');
    expectDelay(delivery, delayMs * 1.1);
    await webhooks.makeDue(deliveryId);
  }
  const delivery = await webhooks.attempted(deliveryId, 12);
  expect(delivery).toMatchObject({ status: 'FAILED', nextAttemptAt: null });
  expect(delivery.attempts.nodes.map(({ error }) => error)).toEqual(Array(12).fill('Response status 500.'));
  await webhooks.allDueSent();
  expect(webhooks.receiver.at(path)).toHaveLength(12);
});

it('nothing is sent before it is due', async () => {
  const { id, path } = await webhooks.endpoint(LATER);
  await webhooks.attempted(await webhooks.sendTest(id));
  await webhooks.allDueSent();
  expect(webhooks.receiver.at(path)).toHaveLength(1);
});

describe('Retry-After', () => {
  it.each([429, 503])('in seconds is honored with status %d', async (status) => {
    const { id } = await webhooks.endpoint({ status, headers: { 'retry-after': '120' } });
    expectDelay(await webhooks.attempted(await webhooks.sendTest(id)), 120_000);
  });

  it.each([429, 503])('as a date is honored with status %d, to the second', async (status) => {
    const date = new Date(Date.now() + 36_000_000).toUTCString();
    const { id } = await webhooks.endpoint({ status, headers: { 'retry-after': date } });
    const { nextAttemptAt } = await webhooks.attempted(await webhooks.sendTest(id));
    expect(new Date(nextAttemptAt!).toUTCString()).toBe(date);
    expect(nextAttemptAt).toMatch(/\.000Z$/);
  });

  it('is ignored with another status', async () => {
    const { id } = await webhooks.endpoint({ status: 500, headers: { 'retry-after': '120' } });
    expectDelay(await webhooks.attempted(await webhooks.sendTest(id)), 5_500);
  });
});

it('410 disables the webhook; pending deliveries wait until it is enabled again', async () => {
  const { id, path } = await webhooks.endpoint((nth) => (nth === 1 ? LATER : { status: nth === 2 ? 410 : 200 }));
  const waiting = await webhooks.deliver(id);
  await webhooks.attempted(waiting);
  const gone = await webhooks.attempted(await webhooks.sendTest(id));
  expect(gone).toMatchObject({
    status: 'FAILED',
    nextAttemptAt: null,
    attempts: { nodes: [{ responseStatus: 410, error: 'Response status 410.' }] },
  });
  expect(await webhooks.webhook(id)).toMatchObject({
    active: false,
    disabledAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    disabledReason: 'ENDPOINT_GONE',
  });

  await webhooks.makeDue(waiting);
  await webhooks.allDueSent();
  expect((await webhooks.delivery(waiting)).status).toBe('PENDING');
  expect(webhooks.receiver.at(path)).toHaveLength(2);

  const { webhook } = await webhooks.call('enableWebhook', { webhookId: id });
  expect(webhook).toMatchObject({ active: true, disabledAt: null, disabledReason: null });
  expect((await webhooks.attempted(waiting, 2)).status).toBe('SUCCEEDED');
  expect((await webhooks.delivery(gone.databaseId)).status).toBe('FAILED');
});

describe('an endpoint that fails', () => {
  const failingSince = async (id: string) =>
    (await webhooks.sql<{ since: Date | null }>('select failing_since as since from webhook where id = $1', [id]))[0]!
      .since;
  const failingFor = (id: string, ms: number) =>
    webhooks.sql('update webhook set failing_since = $2 where id = $1', [id, new Date(Date.now() - ms)]);

  it('has failingSince from its first failure to its next success', async () => {
    const { id } = await webhooks.endpoint((nth) => (nth < 3 ? LATER : {}));
    const before = Date.now();
    await webhooks.attempted(await webhooks.sendTest(id));
    const since = await failingSince(id);
    expect(since!.getTime()).toBeGreaterThanOrEqual(before);
    expect(since!.getTime()).toBeLessThanOrEqual(Date.now());
    await webhooks.attempted(await webhooks.sendTest(id));
    expect(await failingSince(id)).toEqual(since);
    await webhooks.attempted(await webhooks.sendTest(id));
    expect(await failingSince(id)).toBeNull();
  });

  it('for 5 days is disabled with the reason; enabling clears the reason and sends pending deliveries', async () => {
    const { id } = await webhooks.endpoint((nth) => (nth < 3 ? LATER : {}));
    await failingFor(id, 5 * DAY_MS - HOUR_MS);
    const first = await webhooks.deliver(id);
    await webhooks.attempted(first);
    expect((await webhooks.webhook(id)).active).toBe(true);

    await failingFor(id, 5 * DAY_MS);
    const since = (await failingSince(id))!.toISOString();
    await webhooks.makeDue(first);
    expect(await webhooks.attempted(first, 2)).toMatchObject({ status: 'PENDING' });
    expect(await webhooks.webhook(id)).toMatchObject({
      active: false,
      disabledReason: 'ENDPOINT_FAILING',
      failingSince: since,
    });

    await webhooks.call('enableWebhook', { webhookId: id });
    expect(await failingSince(id)).toBeNull();
    await webhooks.makeDue(first);
    expect((await webhooks.attempted(first, 3)).status).toBe('SUCCEEDED');
  });

  it('is not disabled if another delivery succeeds in the meantime', async () => {
    const [succeed, fail] = [gate(), gate()];
    const { id, path } = await webhooks.endpoint((nth) =>
      nth === 1 ? { after: succeed.opened } : { status: 500, after: fail.opened },
    );
    await failingFor(id, 6 * DAY_MS);
    const before = Date.now();
    const deliveries = [await webhooks.sendTest(id), await webhooks.sendTest(id)];
    await webhooks.receiver.count(path, 2);
    succeed.open();
    await eventually(async () => (await failingSince(id)) === null);
    fail.open();
    for (const deliveryId of deliveries) await webhooks.attempted(deliveryId);
    expect((await webhooks.webhook(id)).active).toBe(true);
    expect((await failingSince(id))!.getTime()).toBeGreaterThanOrEqual(before);
  });
});
