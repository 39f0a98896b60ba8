import { CONSUMER } from '../../src/features';
import { WebhookPlanner } from '../../src/features/webhook/webhook-planner';
import type { Database } from '../../src/platform/db/database';
import { EventCatalog } from '../../src/platform/event/event-catalog';
import { EventSequencer } from '../../src/platform/event/event-sequencer';
import { anEvent, TYPE, write } from '../event/stream-fixture';
import { eventually } from '../support/eventually';
import { silentLog } from '../support/silent-log';
import { PlanningFixture } from './planning.harness';

const CATALOG = new EventCatalog([
  {
    type: TYPE,
    messages: [{ type: TYPE, description: 'It happened', sample: {} }],
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

/** Gives events their positions, as the gateway does. @returns whether the planner's position is past them */
async function sequence(...customerIds: string[]): Promise<boolean[]> {
  await write(database, ...customerIds.map((customerId, n) => anEvent(n, customerId)));
  const passed: boolean[] = [];
  const report = (_head: number, { isPassed }: { isPassed: boolean }) => passed.push(isPassed);
  await new EventSequencer(database, report, undefined, CONSUMER).sequence();
  return passed;
}

const plan = (own = database) => new WebhookPlanner({ database: own, catalog: CATALOG, log: silentLog }).plan();
const queued = async () => (await fixture.superuser.query('select from webhook_event')).rowCount;

it('events of customers without active webhooks are passed as they get their positions', async () => {
  await fixture.webhook('2');
  const disabled = await fixture.webhook('3');
  await fixture.superuser.query(
    `update webhook set active = false, disabled_at = now(), disabled_reason = 'BY_REQUEST' where id = $1`,
    [disabled],
  );
  expect([await sequence('1', '1', '3'), await fixture.position()]).toEqual([[true], 3]);
});

it('if one customer of several has an active webhook, the planner queues the events', async () => {
  await fixture.webhook('2');
  expect([await sequence('1', '2', '1'), await fixture.position()]).toEqual([[false], 0]);
  // Until it has, it is not moved past others.
  expect([await sequence('1'), await fixture.position()]).toEqual([[false], 0]);
  await plan();
  expect([await fixture.position(), await queued()]).toEqual([4, 0]);
  expect((await fixture.planned()).map(({ messageId }) => messageId)).toEqual(['evt_2']);
  expect([await sequence('1'), await fixture.position()]).toEqual([[true], 5]);
});

it('a webhook that is created before an event receives it, and none of those before', async () => {
  expect(await sequence('1')).toEqual([true]);
  await fixture.webhook('1');
  expect(await sequence('1')).toEqual([false]);
  await plan();
  expect((await fixture.planned()).map(({ messageId }) => messageId)).toEqual(['evt_2']);
});

it('nothing waits for an instance that is queuing events', async () => {
  const { superuser } = fixture;
  await superuser.query('begin');
  await superuser.query('select from event_consumer for update');
  expect(await sequence('1')).toEqual([false]);
  await superuser.query('rollback');
  expect(await fixture.position()).toBe(0);
});

it('a webhook that is created while two instances write, sequence and plan receives all later events', async () => {
  const databases = [database, fixture.openDatabase()];
  for (let round = 0; round < 10; round += 1) {
    await fixture.reset();
    let written = 0;
    let isCreated = false;
    const later: number[] = [];
    const write20 = async (own: Database) => {
      for (let i = 0; i < 20; i += 1) {
        const n = (written += 1);
        if (isCreated) later.push(n);
        await write(own, anEvent(n));
        await Promise.all([new EventSequencer(own, undefined, undefined, CONSUMER).sequence(), plan(own)]);
      }
    };
    const create = async () => {
      await eventually(() => written > round);
      await fixture.webhook();
      isCreated = true;
    };
    await Promise.all([...databases.map(write20), create()]);
    await plan();
    expect(await fixture.position()).toBe(40);
    expect(later.length).toBeGreaterThan(0);
    const received = (await fixture.planned()).map(({ payload }) => Number(/"n":\s*(\d+)/.exec(payload)![1]));
    expect(received).toEqual(expect.arrayContaining(later));
  }
});

it('an event that fails to get its position is not passed', async () => {
  await fixture.superuser.query('begin');
  await fixture.superuser.query('select from event_head for update');
  await write(database, anEvent(1));
  const sequencer = new EventSequencer(database, undefined, undefined, CONSUMER);
  const waiting = sequencer.sequence();
  sequencer.stop();
  await waiting;
  await fixture.superuser.query('rollback');
  expect(await fixture.position()).toBe(0);
});
