import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { WebhookAttemptTrace } from '../../src/platform/base/channels';
import { eventually } from '../support/eventually';
import { gate } from '../support/gate';
import { Rival } from '../support/rival';
import { namesOf } from '../support/statement-names';
import { WebhookFixture } from './webhook-fixture.harness';

let webhooks: WebhookFixture;
let rival: Rival;
let other: Rival;
let traces: WebhookAttemptTrace[];
const STARTED = 'tracing:gateway:webhook-attempt:start';
const onStarted = (trace: unknown) => void traces.push(trace as WebhookAttemptTrace);
beforeAll(async () => {
  webhooks = await WebhookFixture.start();
  rival = await Rival.start(webhooks);
  other = await Rival.start(webhooks);
  subscribe(STARTED, onStarted);
});
afterAll(async () => {
  unsubscribe(STARTED, onStarted);
  await rival.stop();
  await other.stop();
  await webhooks.stop();
});
beforeEach(async () => {
  await webhooks.sql('delete from webhook');
  traces = [];
});

interface Holder {
  id: string;
  deliveryId: string;
}

/** Keeps the record of an attempt waiting until the rival releases. Others of the customer form a group after it. */
async function holdRecord(): Promise<Holder> {
  const response = gate();
  const { id, path } = await webhooks.endpoint({ after: response.opened });
  const deliveryId = await webhooks.sendTest(id);
  await webhooks.receiver.count(path, 1);
  await rival.hold(`select from webhook where id = ${id} for update`);
  response.open();
  await rival.untilBlocked(1);
  return { id, deliveryId };
}

/** Waits until so many attempts at a webhook have their response. */
const ended = (webhookId: string, count: number) =>
  eventually(
    () => traces.filter((trace) => trace.webhookId === webhookId && trace.status !== undefined).length >= count,
  );

const states = (webhookId: string) =>
  webhooks.sql<{ id: string; status: string; attempts: number }>(
    `select d.id, d.status, count(a.id)::int as attempts from webhook_delivery d
     left join webhook_attempt a on a.delivery_id = d.id where d.webhook_id = $1 group by d.id, d.status order by d.id`,
    [webhookId],
  );
const allOf = async (webhookId: string) => (await states(webhookId)).map(({ status, attempts }) => [status, attempts]);
const SUCCEEDED = ['SUCCEEDED', 1];

/** Sends tests to a webhook, in the order in which they end. @returns the ids of the deliveries */
async function endedTests(webhookId: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let nth = 1; nth <= count; nth += 1) {
    ids.push(await webhooks.sendTest(webhookId));
    await ended(webhookId, nth);
  }
  return ids;
}

const recordsIn = (statements: typeof webhooks.app.statements) =>
  namesOf(statements).filter((name) => name === 'record_attempts').length;

it('attempts that end while a record of their customer is written are recorded together', async () => {
  const [one, two] = [await webhooks.endpoint(), await webhooks.endpoint()];
  const before = webhooks.app.statements.length;
  const holder = await holdRecord();
  await endedTests(one.id, 6);
  await endedTests(two.id, 4);
  await rival.release();
  await webhooks.done();
  expect(recordsIn(webhooks.app.statements.slice(before))).toBe(2);
  expect(await allOf(holder.id)).toEqual([SUCCEEDED]);
  expect(await allOf(one.id)).toEqual(Array(6).fill(SUCCEEDED));
  expect(await allOf(two.id)).toEqual(Array(4).fill(SUCCEEDED));
});

it('while the records of a customer wait for a lock, those of another customer are written', async () => {
  const { id } = await webhooks.endpoint();
  const lakeview = await webhooks.create('/lakeview', ['DEVICE_STATUS_CHANGED'], {}, 'lakeview');
  await holdRecord();
  await endedTests(id, 6);
  const { delivery } = await webhooks.call(
    'sendTestWebhook',
    { webhookId: lakeview.id, eventType: 'DEVICE_STATUS_CHANGED' },
    'lakeview',
  );
  await webhooks.attempted(delivery!.databaseId, 1, 'lakeview');
  expect(await allOf(id)).toEqual(Array(6).fill(['PENDING', 0]));
  await rival.release();
  await webhooks.done();
});

it('an attempt that cannot be recorded loses no other of its group', async () => {
  const bad = await webhooks.endpoint((nth) => ({ body: nth === 2 ? 'refused' : 'fine' }));
  const fine = await webhooks.endpoint();
  const before = webhooks.app.log.length;
  await webhooks.sql(`alter table webhook_attempt add constraint refused check (response_body <> 'refused')`);
  try {
    await holdRecord();
    const ids = await endedTests(bad.id, 4);
    await endedTests(fine.id, 3);
    await rival.release();
    await eventually(() => webhooks.app.log.slice(before).includes('webhook attempt was not recorded'));
    await eventually(async () => (await states(bad.id)).filter(({ attempts }) => attempts === 1).length === 3);
    await webhooks.attempted(ids[3]!);
    expect(await allOf(bad.id)).toEqual([SUCCEEDED, ['PENDING', 0], SUCCEEDED, SUCCEEDED]);
    expect(await allOf(fine.id)).toEqual(Array(3).fill(SUCCEEDED));
    expect(webhooks.app.log.slice(before).split('webhook attempt was not recorded')).toHaveLength(2);
  } finally {
    await webhooks.sql('alter table webhook_attempt drop constraint refused');
  }
});

it('two attempts at a delivery whose lease has ended are both recorded', async () => {
  const { id } = await webhooks.endpoint();
  await holdRecord();
  const [deliveryId] = await endedTests(id, 1);
  await webhooks.sql('update webhook_delivery set claimed_until = now() where id = $1', [deliveryId]);
  await ended(id, 2);
  await rival.release();
  await webhooks.done();
  await webhooks.attempted(deliveryId!, 2);
  expect(await allOf(id)).toEqual([['SUCCEEDED', 2]]);
});

it('a webhook that is deleted beside a group takes its deliveries with it, and the others are recorded', async () => {
  const [one, deleted, last] = [await webhooks.endpoint(), await webhooks.endpoint(), await webhooks.endpoint()];
  const responses = [gate(), gate()];
  webhooks.receiver.respond(deleted.path, (nth) => ({ after: responses[nth - 1]!.opened }));
  for (let nth = 1; nth <= 2; nth += 1) await webhooks.sendTest(deleted.id);
  await webhooks.receiver.count(deleted.path, 2);
  const holder = await holdRecord();
  await endedTests(one.id, 2);
  for (const response of responses) response.open();
  await ended(deleted.id, 2);
  await endedTests(last.id, 2);
  // As deleteWebhook does: the webhook first, then its deliveries.
  await other.hold(`select from webhook where id = ${deleted.id} for update`);
  await rival.release();
  await other.untilBlocked(1);
  // Fails at once if the group has locked a delivery of the webhook. That would be a deadlock.
  await other.run(`select from webhook_delivery where webhook_id = ${deleted.id} for update nowait`);
  await other.run(`delete from webhook where id = ${deleted.id}`);
  await other.release();
  await webhooks.done();
  expect(await allOf(holder.id)).toEqual([SUCCEEDED]);
  for (const { id } of [one, last]) expect(await allOf(id)).toEqual([SUCCEEDED, SUCCEEDED]);
  expect(await allOf(deleted.id)).toEqual([]);
});

const LONG = `now() - interval '6 days'`;
it.each<[what: string, before: string, statuses: number[], after: object]>([
  ['a failure and then a success', 'now()', [503, 200], { isActive: true, isFailing: false }],
  ['a success and then a failure', LONG, [200, 503], { isActive: true, isFailing: true, isLongFailing: false }],
  ['a first failure', 'null', [503, 503], { isActive: true, isFailing: true, isLongFailing: false }],
  ['further failures', LONG, [503, 503], { isActive: false, isLongFailing: true, reason: 'ENDPOINT_FAILING' }],
  ['the end of the endpoint', 'null', [200, 410, 503], { isActive: false, isFailing: true, reason: 'ENDPOINT_GONE' }],
])('a group counts for the health of a webhook in order: %s', async (_what, since, statuses, after) => {
  const { id } = await webhooks.endpoint((nth) => ({
    status: statuses[nth - 1]!,
    headers: { 'retry-after': '3600' },
  }));
  await webhooks.sql(`update webhook set failing_since = ${since} where id = $1`, [id]);
  await holdRecord();
  const ids = await endedTests(id, statuses.length);
  await rival.release();
  for (const deliveryId of ids) await webhooks.attempted(deliveryId);
  const [webhook] = await webhooks.sql(
    `select active as "isActive", failing_since is not null as "isFailing", failing_since <= ${LONG} as "isLongFailing",
       disabled_reason as reason from webhook where id = $1`,
    [id],
  );
  expect(webhook).toMatchObject({ reason: null, ...after });
});
