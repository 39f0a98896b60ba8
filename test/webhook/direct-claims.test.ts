import type { ClaimedDelivery } from '../../src/features/webhook/delivery.repository';
import { reservePlaces } from '../../src/features/webhook/reserved-places';
import type { SecretCipher } from '../../src/features/webhook/secret-cipher';
import { SenderPlaces } from '../../src/features/webhook/sender-places';
import type { PlannedMessage } from '../../src/features/webhook/webhook-event.repository';
import { WebhookSender } from '../../src/features/webhook/webhook-sender';
import { WebhookPlanner, type WebhookPlannerOptions } from '../../src/features/webhook/webhook-planner';
import type { Database } from '../../src/platform/db/database';
import { EventCatalog } from '../../src/platform/event/event-catalog';
import { anEvent, TYPE } from '../event/stream-fixture';
import { silentLog } from '../support/silent-log';
import { namesOf } from '../support/statement-names';
import { PlanningFixture } from './planning.harness';
import { WebhookFixture } from './webhook-fixture.harness';

const LEASE_MS = 60_000;

describe('planning', () => {
  const CATALOG = new EventCatalog([
    {
      type: TYPE,
      messages: [{ type: TYPE, description: 'It happened', sample: { n: 1 } }],
      toMessages: (payload) => [{ type: TYPE, payload }],
    },
  ]);

  let fixture: PlanningFixture;
  let database: Database;
  beforeAll(async () => {
    fixture = await PlanningFixture.create();
    database = fixture.openDatabase();
  });
  afterAll(() => fixture.close());
  beforeEach(() => fixture.reset());

  /** Plans with a reservation of so many places for each webhook. */
  async function plan(places: number) {
    const begun: (readonly ClaimedDelivery[])[] = [];
    let [reserved, left] = [0, 0];
    const reserve: WebhookPlannerOptions['reserve'] = (_customerId, messages, receivers) => {
      if (messages.length === 0) return undefined;
      reserved += 1;
      const counts = new Map(receivers.map(({ id }) => [id, places]));
      return { counts, leaseMs: LEASE_MS, begin: (claimed) => void begun.push(claimed) };
    };
    const onPlanned = () => void (left += 1);
    await new WebhookPlanner({ database, catalog: CATALOG, log: silentLog, reserve, onPlanned }).plan();
    return { reserved, left, begun: begun.map((claimed) => claimed.map(({ eventId }) => eventId)), claimed: begun[0] };
  }

  const claims = async () =>
    (
      await fixture.superuser.query<{ id: string }>(
        'select message_id as id from webhook_delivery where claimed_until > clock_timestamp() order by id',
      )
    ).rows.map(({ id }) => id);

  it('claims the first deliveries of each webhook, as many as there are places', async () => {
    const id = await fixture.webhook();
    await fixture.write(database, anEvent(1), anEvent(2), anEvent(3));
    const { begun, left, claimed } = await plan(2);
    expect({ begun, left, stored: await claims() }).toEqual({
      begun: [['evt_1', 'evt_2']],
      left: 1,
      stored: ['evt_1', 'evt_2'],
    });
    expect(claimed![0]).toMatchObject({ webhookId: id, customerId: '1', url: 'https://example.com/', failures: 0 });
    expect(claimed![0]!.claimedAt.getTime()).toBeGreaterThanOrEqual(claimed![0]!.nextAttemptAt!.getTime());
  });

  it('looks for no more when all are claimed', async () => {
    await fixture.webhook();
    await fixture.write(database, anEvent(1));
    expect(await plan(1)).toMatchObject({ begun: [['evt_1']], left: 0 });
  });

  it('does not overtake deliveries that are due', async () => {
    const [waits, other] = [await fixture.webhook(), await fixture.webhook()];
    await fixture.superuser.query(
      `insert into webhook_delivery (customer_id, webhook_id, message_id, event_type, payload, next_attempt_at)
       values (1, $1, 'earlier', 'DEVICE_STATUS_CHANGED', '{}', clock_timestamp())`,
      [waits],
    );
    await fixture.write(database, anEvent(1));
    const { claimed, left } = await plan(1);
    expect([claimed!.map(({ webhookId }) => webhookId), left]).toEqual([[other], 1]);
  });

  it('claims nothing for a webhook that was disabled after the event', async () => {
    await fixture.webhook();
    await fixture.write(database, anEvent(1));
    await fixture.superuser.query(`insert into webhook_event (customer_id, id, position, type, payload, webhook_ids)
      select e.customer_id, e.id, e.position, e.type, e.payload::text, array[w.id] from event e, webhook w`);
    await fixture.superuser.query('update event_consumer set position = 1');
    await fixture.superuser.query(
      `update webhook set active = false, disabled_at = now(), disabled_reason = 'BY_REQUEST'`,
    );
    expect(await plan(1)).toMatchObject({ begun: [[]], left: 1 });
    expect([(await fixture.planned()).length, await claims()]).toEqual([1, []]);
  });

  it('reserves nothing for a customer that is behind', async () => {
    await fixture.webhook();
    await fixture.write(database, ...Array.from({ length: 150 }, (_, n) => anEvent(n)));
    // Only for the last 50 events.
    expect(await plan(8)).toMatchObject({ reserved: 1, begun: [[]] });
    expect((await fixture.planned()).length).toBe(150);
  });

  it('a portion that fails gives its places back', async () => {
    await fixture.webhook();
    await fixture.superuser.query(`alter table webhook_delivery add constraint none check (false) not valid`);
    await fixture.write(database, anEvent(1));
    expect(await plan(1)).toMatchObject({ reserved: 1, begun: [[]], left: 0 });
    await fixture.superuser.query('alter table webhook_delivery drop constraint none');
  });
});

describe('places', () => {
  const message = (payload: string, ...webhookIds: string[]): PlannedMessage => ({
    eventId: 'evt_1',
    eventType: 'DEVICE_STATUS_CHANGED' as const,
    payload,
    webhookIds,
  });
  const receiver = (id: string, isFailing = false) => ({ id, eventTypes: [], isFailing });

  it('are shared as those of claims: 8 for an endpoint, 2 while it fails, none for one without a message', () => {
    const places = new SenderPlaces();
    const messages = Array.from({ length: 10 }, () => message('{}', '1', '2'));
    const { free, freeBytes } = places;
    const reserved = reservePlaces(places, '7', messages, [receiver('1'), receiver('2', true), receiver('3')]);
    expect(Object.fromEntries(reserved.counts)).toEqual({ 1: 8, 2: 2 });
    expect([free - places.free, freeBytes - places.freeBytes]).toEqual([10, 20]);
    reserved.placeOf({ webhookId: '1' });
    reserved.giveBack();
    expect([free - places.free, freeBytes - places.freeBytes]).toEqual([1, 2]);
  });

  it('are not reserved for more bytes than are free', () => {
    const places = new SenderPlaces();
    const messages = [message('x'.repeat(places.freeBytes / 2), '1', '2')];
    expect(reservePlaces(places, '7', messages, [receiver('1'), receiver('2')]).counts.size).toBe(2);
    expect(reservePlaces(places, '7', messages, [receiver('1'), receiver('2')]).counts.size).toBe(0);
  });

  it('that are given back say nothing about the pace of an endpoint', () => {
    let nowMs = 0;
    const places = new SenderPlaces(1_000, () => nowMs);
    const due = [{ customerId: '7', webhookId: '1', isFailing: false }];
    const reserved = reservePlaces(places, '7', [message('{}', '1')], [receiver('1')]);
    nowMs = 5_000;
    reserved.giveBack();
    expect(places.shareOut(due)).toEqual([{ customerId: '7', webhookId: '1', count: 8 }]);
  });
});

describe('a sender', () => {
  const messages = Array.from({ length: 8 }, (_, n) => ({
    eventId: `evt_${n}`,
    eventType: 'DEVICE_STATUS_CHANGED' as const,
    payload: '{}',
    webhookIds: ['1'],
  }));
  /** Without a database, because it looks for nothing here. */
  const senderOf = () =>
    new WebhookSender({
      database: {} as Database,
      secrets: {} as SecretCipher,
      log: silentLog,
      allowsLoopback: true,
      drainTimeoutMs: 3_600_000,
    });
  const reserve = (sender: WebhookSender) =>
    sender.reserve('7', messages, [{ id: '1', eventTypes: [], isFailing: false }]);

  it('frees the places of deliveries that were not claimed', () => {
    const sender = senderOf();
    const reservation = reserve(sender)!;
    expect([reservation.counts.get('1'), reserve(sender)]).toEqual([8, undefined]);
    reservation.begin([]);
    expect(reserve(sender)!.counts.get('1')).toBe(8);
  });

  it('reserves nothing once it stops, and waits for what is being planned', async () => {
    const sender = senderOf();
    const reservation = reserve(sender)!;
    let isStopped = false;
    const stopped = sender.stop().then(() => (isStopped = true));
    await new Promise(setImmediate);
    expect([isStopped, reserve(sender)]).toEqual([false, undefined]);
    reservation.begin([]);
    await stopped;
  });
});

describe('an instance', () => {
  let webhooks: WebhookFixture;
  beforeAll(async () => {
    webhooks = await WebhookFixture.start();
  });
  afterAll(() => webhooks.stop());

  it('sends what it has planned without looking for it, and gives the places back', async () => {
    const { path } = await webhooks.endpoint();
    for (let n = 1; n <= 10; n += 1) {
      await webhooks.changeDevice();
      await webhooks.receiver.count(path, n);
      await webhooks.done();
    }
    const names = namesOf(webhooks.app.statements);
    expect(names.filter((name) => name === 'plan_deliveries')).toHaveLength(10);
    expect(names.filter((name) => name === 'claim_deliveries')).toEqual([]);
  });
});
