import { deleteRemovedWebhooks } from '../../src/features/webhook/webhook-removal.repository';
import { WebhookRemover } from '../../src/features/webhook/webhook-remover';
import type { Database } from '../../src/platform/db/database';
import { SYSTEM_SCOPE } from '../../src/platform/db/scope';
import { globalId } from '../support/global-id';
import { silentLog } from '../support/silent-log';
import { PlanningFixture } from './planning.harness';
import { LATER, WebhookFixture } from './webhook-fixture.harness';

describe('what a removed webhook leaves', () => {
  let fixture: PlanningFixture;
  let database: Database;
  beforeAll(async () => {
    fixture = await PlanningFixture.create();
    database = fixture.openDatabase();
  });
  afterAll(() => fixture.close());
  beforeEach(() => fixture.reset());

  const PORTION = 10;

  /** Marks a webhook as `deleteWebhook` does. */
  const mark = (id: string) =>
    fixture.superuser.query(
      `update webhook set removed_at = now(), active = false, disabled_at = now(), disabled_reason = 'BY_REQUEST' where id = $1`,
      [id],
    );

  /** Writes deliveries of a webhook, each with two attempts. */
  async function deliver(webhookId: string, count: number): Promise<void> {
    await fixture.superuser.query(
      `with d as (
        insert into webhook_delivery (customer_id, webhook_id, message_id, event_type, payload, next_attempt_at)
        select customer_id, id, 'evt_' || n, 'ORDER_STATUS', '{}', now() from webhook, generate_series(1, $2) n where id = $1
        returning customer_id, id)
      insert into webhook_attempt (customer_id, delivery_id, at, duration_ms)
      select d.customer_id, d.id, now(), 1 from d, generate_series(1, 2)`,
      [webhookId, count],
    );
  }

  const idsIn = async (table: string, column: string) =>
    (
      await fixture.superuser.query<{ id: string }>(`select distinct ${column} as id from ${table} order by 1`)
    ).rows.map(({ id }) => id);

  /** Counts of deliveries after each portion. */
  function removerOf(onPortion: () => Promise<void> = () => Promise.resolve()) {
    const left: number[] = [];
    const rest = async () => {
      left.push((await fixture.planned()).length);
      await onPortion();
    };
    return { remover: new WebhookRemover(database, silentLog, { portion: PORTION, rest }), left };
  }

  it('is deleted in portions, and nothing of another webhook', async () => {
    const [gone, kept, other] = [await fixture.webhook(), await fixture.webhook(), await fixture.webhook('2')];
    for (const id of [gone, kept, other]) await deliver(id, 25);
    await mark(gone);
    await mark(other);
    const { remover, left } = removerOf();
    const names = await fixture.namesOf(() => remover.remove());
    expect(left).toEqual([65, 55, 45, 35, 25]);
    expect(names.filter((name) => name.startsWith('prune'))).toHaveLength(6);
    expect([await idsIn('webhook', 'id'), await idsIn('webhook_delivery', 'webhook_id')]).toEqual([[kept], [kept]]);
    expect(await idsIn('webhook_attempt', 'delivery_id')).toEqual(await idsIn('webhook_delivery', 'id'));
  });

  it('is deleted by the next instance when one dies, and stays marked until then', async () => {
    const gone = await fixture.webhook();
    await deliver(gone, 25);
    await mark(gone);
    const dies = removerOf(() => Promise.reject(new Error('It dies.')));
    await expect(dies.remover.remove()).rejects.toThrow('It dies.');
    expect([dies.left, await idsIn('webhook', 'id')]).toEqual([[15], [gone]]);
    await removerOf().remover.remove();
    expect([await idsIn('webhook', 'id'), await fixture.planned()]).toEqual([[], []]);
  });

  it('does not wait for rows that others have locked', async () => {
    const [locked, gone] = [await fixture.webhook(), await fixture.webhook('2')];
    for (const id of [locked, gone]) await deliver(id, 3);
    await mark(locked);
    await mark(gone);
    await fixture.superuser.query('begin');
    await fixture.superuser.query('select from webhook_delivery where webhook_id = $1 limit 1 for update', [locked]);
    await removerOf().remover.remove();
    expect([await idsIn('webhook', 'id'), (await fixture.planned()).length]).toEqual([[locked], 1]);
    await fixture.superuser.query('commit');
  });

  it('never includes a webhook with deliveries', async () => {
    const gone = await fixture.webhook();
    await deliver(gone, 1);
    await mark(gone);
    await database.transact(SYSTEM_SCOPE, deleteRemovedWebhooks);
    expect(await idsIn('webhook', 'id')).toEqual([gone]);
  });
});

describe('a removed webhook whose rows are not deleted yet', () => {
  let webhooks: WebhookFixture;
  beforeAll(async () => {
    webhooks = await WebhookFixture.start({ webhooks: { removalIntervalMs: 3_600_000 } });
  });
  afterAll(() => webhooks.stop());

  async function removed() {
    const { id, path } = await webhooks.endpoint(LATER);
    const deliveryId = await webhooks.deliver(id);
    await webhooks.attempted(deliveryId);
    const [attempt] = await webhooks.sql<{ id: string }>('select id from webhook_attempt where delivery_id = $1', [
      deliveryId,
    ]);
    expect((await webhooks.call('deleteWebhook', { webhookId: id })).userErrors).toEqual([]);
    expect(await webhooks.sql('select from webhook_delivery where id = $1', [deliveryId])).toHaveLength(1);
    return { id, path, deliveryId, attemptId: attempt!.id };
  }

  it.each(['northside', 'operator'] as const)('is in no result for %s', async (caller) => {
    const { id, deliveryId, attemptId } = await removed();
    const ids = [
      globalId('Webhook', id),
      globalId('WebhookDelivery', deliveryId),
      globalId('WebhookAttempt', attemptId),
    ];
    const result = await webhooks.app.data(
      caller,
      `query ($ids: [ID!]!, $webhook: ID!) {
        nodes(ids: $ids) { id } webhook(id: $webhook) { id } webhooks { nodes { id } totalCount }
        webhookDeliveries { nodes { id } } of: webhookDeliveries(filter: { webhookIds: [$webhook] }) { nodes { id } } }`,
      { ids, webhook: id },
    );
    const none = { nodes: [], totalCount: 0 };
    expect(result).toEqual({
      nodes: [null, null, null],
      webhook: null,
      webhooks: none,
      webhookDeliveries: { nodes: [] },
      of: { nodes: [] },
    });
  });

  it('is found by no mutation, nor are its deliveries', async () => {
    const { id, deliveryId } = await removed();
    const refusals = await Promise.all([
      webhooks.call('deleteWebhook', { webhookId: id }),
      webhooks.call('enableWebhook', { webhookId: id }),
      webhooks.call('sendTestWebhook', { webhookId: id, eventType: 'DEVICE_STATUS_CHANGED' }),
      webhooks.call('retryWebhookDelivery', { deliveryId }),
    ]);
    expect(refusals.map(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual([
      ['WEBHOOK_NOT_FOUND'],
      ['WEBHOOK_NOT_FOUND'],
      ['WEBHOOK_NOT_FOUND'],
      ['WEBHOOK_DELIVERY_NOT_FOUND'],
    ]);
  });

  it('receives nothing: neither what is due, nor a test, nor an event that waits for planning', async () => {
    const { id, path, deliveryId } = await removed();
    await webhooks.sql('update webhook_delivery set next_attempt_at = now(), is_test = true where id = $1', [
      deliveryId,
    ]);
    await webhooks.sql(
      `insert into webhook_event (customer_id, id, position, type, payload, webhook_ids)
       select customer_id, id + 1000000, position, type, payload::text, array[$1::bigint] from event where type = 'device.statusChanged' limit 1`,
      [id],
    );
    await webhooks.changeDevice();
    await webhooks.planned();
    await webhooks.allDueSent();
    expect(webhooks.receiver.at(path)).toHaveLength(1);
    expect(await webhooks.sql('select from webhook_delivery where webhook_id = $1', [id])).toHaveLength(1);
  });

  it('does not count to the webhooks that a customer can have', async () => {
    for (let n = 0; n < 50; n += 1) await webhooks.call('deleteWebhook', { webhookId: (await webhooks.endpoint()).id });
    await webhooks.endpoint();
  });
});
