import type { Database } from '../../src/platform/db/database';
import { EventCatalog, type EventDefinition, type EventMessage } from '../../src/platform/event/event-catalog';
import { queueing } from '../../src/features/webhook/webhook-event.repository';
import { PLANNER, WebhookPlanner } from '../../src/features/webhook/webhook-planner';
import { anEvent, customer, openTransaction, TYPE } from '../event/stream-fixture';
import { PLANNING_SCOPE } from '../../src/platform/db/scope';
import { handleStatement } from '../../src/platform/event/event.repository';
import { appendEvents } from '../../src/platform/event/outbox';
import { EventSequencer } from '../../src/platform/event/event-sequencer';
import { silentLog } from '../support/silent-log';
import { PlanningFixture } from './planning.harness';

/** An event whose messages are of the given types. */
const define = (
  type: string,
  toMessages: (payload: Record<string, unknown>) => EventMessage[],
  messageTypes: string[] = [],
): EventDefinition => ({
  type,
  messages: messageTypes.map((messageType) => ({ type: messageType, description: 'It happened', sample: {} })),
  toMessages,
});

const WEIGHT = 'reading.weight';
const BOTH = ['DEVICE_STATUS_CHANGED', 'READING_WEIGHT'];

/** Events with one message, and some with several or none. */
const CATALOG = new EventCatalog([
  define(TYPE, (payload) => [{ type: TYPE, payload }], [TYPE]),
  define(
    'several',
    (payload) => ['one', 'two', 'three'].map((name) => ({ type: WEIGHT, payload: { ...payload, name } })),
    [WEIGHT],
  ),
  define('nothing', () => []),
]);

let fixture: PlanningFixture;
let database: Database;
beforeAll(async () => {
  fixture = await PlanningFixture.create();
  database = fixture.openDatabase();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.reset());

const plannerOf = (catalog = CATALOG, of = database) => new WebhookPlanner({ database: of, catalog, log: silentLog });
const plan = () => plannerOf().plan();
const messageIds = async () => (await fixture.planned()).map(({ messageId }) => messageId);
const event = (type: string, n = 1) => ({ customerId: '1', type, payload: { n } });

it('numbers the messages of an event with several, and skips events without messages', async () => {
  await fixture.webhook('1', BOTH);
  await fixture.write(database, event(TYPE), event('several'), event('nothing'), event(TYPE));
  await plan();
  const planned = await fixture.planned();
  expect(planned.map(({ messageId }) => messageId)).toEqual(['evt_1', 'evt_2_1', 'evt_2_2', 'evt_2_3', 'evt_4']);
  expect(planned.map(({ payload }) => JSON.parse(payload) as unknown)).toEqual([
    { id: 'evt_1', type: TYPE, payload: { n: 1 } },
    ...['one', 'two', 'three'].map((name, index) => ({
      id: `evt_2_${index + 1}`,
      type: WEIGHT,
      payload: { n: 1, name },
    })),
    { id: 'evt_4', type: TYPE, payload: { n: 1 } },
  ]);
  expect(await fixture.position()).toBe(4);
});

it('plans in stream order, including events that were committed late', async () => {
  const webhookId = await fixture.webhook();
  const late = await openTransaction(database, (tx) => appendEvents(tx, anEvent('late')));
  await fixture.write(database, ...[1, 2, 3].map((n) => anEvent(n)));
  await plan();
  await late.commit();
  await new EventSequencer(database).sequence();
  await fixture.write(database, anEvent(4));
  await plan();
  // The late event has the lowest id.
  expect(await messageIds()).toEqual(['evt_2', 'evt_3', 'evt_4', 'evt_1', 'evt_5']);
  expect((await fixture.planned()).every((delivery) => delivery.webhookId === webhookId)).toBe(true);
});

it('decodes neither events of customers without webhooks nor messages that no webhook receives', async () => {
  await fixture.webhook('1');
  const decoded: unknown[] = [];
  const message = (type: string, payload: Record<string, unknown>) => ({
    type,
    get payload() {
      decoded.push(`${type} ${String(payload.n)}`);
      return payload;
    },
  });
  const types = [TYPE, 'reading.weight'];
  const catalog = new EventCatalog([define(TYPE, (payload) => types.map((type) => message(type, payload)), types)]);
  await fixture.write(database, ...['1', '2', '3'].map((id) => ({ customerId: id, type: TYPE, payload: { n: id } })));
  await plannerOf(catalog).plan();
  expect([decoded, await messageIds()]).toEqual([[`${TYPE} 1`], ['evt_1_1']]);
});

it('moves its position past events that no webhook receives', async () => {
  await fixture.write(database, ...[1, 2, 3].map((n) => anEvent(n)));
  await plan();
  expect([await fixture.planned(), await fixture.position()]).toEqual([[], 3]);
});

it('plans nothing twice after a backup with an earlier position was restored', async () => {
  const webhooks = [await fixture.webhook(), await fixture.webhook()];
  await fixture.write(database, ...[1, 2, 3].map((n) => anEvent(n)));
  await plan();
  await fixture.superuser.query(
    `update webhook_delivery set status = 'SUCCEEDED', next_attempt_at = null where message_id = 'evt_2'`,
  );
  await fixture.superuser.query('update event_consumer set position = 0');
  await plan();
  const planned = await fixture.planned();
  expect(planned).toHaveLength(6);
  expect(new Set(planned.map(({ webhookId }) => webhookId))).toEqual(new Set(webhooks));
  expect(await fixture.superuser.query(`select from webhook_delivery where status = 'SUCCEEDED'`)).toMatchObject({
    rowCount: 2,
  });
});

it('separates customers whose events are planned together', async () => {
  const [one, two] = [await fixture.webhook('1'), await fixture.webhook('2')];
  await fixture.webhook('3', ['ORDER_STATUS']);
  await fixture.write(database, ...['1', '2', '3', '1'].map((customerId, n) => anEvent(n, customerId)));
  await plan();
  expect((await fixture.planned()).map(({ webhookId, messageId }) => [webhookId, messageId]).sort()).toEqual([
    [one, 'evt_1'],
    [one, 'evt_4'],
    [two, 'evt_2'],
  ]);
});

it('plans any number of events of a customer for any number of webhooks with the same statements', async () => {
  const TURN = ['COMMIT', 'START TRANSACTION'];
  const PLANNED = [...TURN, 'lock_receivers', 'plan_deliveries', 'remove_planned_events', 'take_events'];
  const NOTHING = ['handle_events', 'waiting_customers'];
  const STATEMENTS = [...NOTHING, ...PLANNED].sort();
  await fixture.webhook();
  await fixture.write(database, anEvent(0));
  expect(await fixture.namesOf(plan)).toEqual(STATEMENTS);
  await fixture.webhook();
  await fixture.webhook();
  await fixture.write(database, ...Array.from({ length: 70 }, (_, n) => anEvent(n)));
  expect(await fixture.namesOf(plan)).toEqual(STATEMENTS);
  expect(await fixture.planned()).toHaveLength(1 + 3 * 70);
  expect(await fixture.namesOf(plan)).toEqual(NOTHING);
});

it('queues events without waiting for the disk, also when there are none', async () => {
  const settings = await database.transact(PLANNING_SCOPE, async (tx) => {
    await tx.sql`/* durable */ select set_config('synchronous_commit', 'on', true)`;
    await tx.sql`${handleStatement(PLANNER, (events) => queueing(events, []), { events: 1, bytes: 1 })}`;
    return tx.sql`/* setting */ select current_setting('synchronous_commit') as value`;
  });
  expect(settings).toEqual([{ value: 'off' }]);
});

it('shows a customer only its own deliveries, by row-level security', async () => {
  await fixture.webhook('1');
  await fixture.webhook('2');
  await fixture.write(database, anEvent(1, '1'), anEvent(2, '2'));
  await plan();
  for (const [customerId, messageId] of [
    ['1', 'evt_1'],
    ['2', 'evt_2'],
    ['3', undefined],
  ] as const) {
    const statement = { name: 'all_deliveries', text: 'select message_id from webhook_delivery', values: [] };
    const rows = await database.read<{ message_id: string }>(customer(customerId), statement);
    expect(rows.map((row) => row.message_id)).toEqual(messageId === undefined ? [] : [messageId]);
  }
});
