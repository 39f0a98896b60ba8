import { WebhookPlanner } from '../../src/features/webhook/webhook-planner';
import { webhookPlanningChannel, type WebhookPlanningTrace } from '../../src/platform/base/channels';
import type { Database } from '../../src/platform/db/database';
import { EventCatalog, type EventDefinition } from '../../src/platform/event/event-catalog';
import { OutboxPruner } from '../../src/platform/event/outbox-pruner';
import { observeTraces } from '../../src/platform/observe/observe-channel';
import { anEvent, TYPE } from '../event/stream-fixture';
import { eventually } from '../support/eventually';
import { silentLog } from '../support/silent-log';
import { PlanningFixture } from './planning.harness';

const PORTION = 250;

/** Events of `TYPE` with one message, and events with a hundred. */
const one: EventDefinition = {
  type: TYPE,
  messages: [{ type: TYPE, description: 'It happened', sample: { n: 1 } }],
  toMessages: (payload) => [{ type: TYPE, payload }],
};
const hundred: EventDefinition = {
  type: 'many',
  messages: [{ type: 'reading.weight', description: 'It happened', sample: {} }],
  toMessages: () => Array.from({ length: 100 }, (_, n) => ({ type: 'reading.weight', payload: { n } })),
};
const CATALOG = new EventCatalog([one, hundred]);

let fixture: PlanningFixture;
let database: Database;
beforeAll(async () => {
  fixture = await PlanningFixture.create();
  database = fixture.openDatabase();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.reset());

const plannerOf = (catalog = CATALOG, of = database) => new WebhookPlanner({ database: of, catalog, log: silentLog });
const events = (count: number, customerId = '1') => Array.from({ length: count }, (_, n) => anEvent(n, customerId));
const many = (customerId = '1') => ({ customerId, type: 'many', payload: {} });

/** The customers of the planned deliveries, in the order of planning, with the number of deliveries in a row. */
async function turns(): Promise<[customerId: string, deliveries: number][]> {
  const { rows } = await fixture.superuser.query<{ customer_id: string }>(
    'select customer_id from webhook_delivery order by id',
  );
  const inRow: [string, number][] = [];
  for (const { customer_id: customerId } of rows) {
    const last = inRow.at(-1);
    if (last?.[0] === customerId) last[1] += 1;
    else inRow.push([customerId, 1]);
  }
  return inRow;
}

async function setAside(): Promise<{ id: string; error: string }[]> {
  const { rows } = await fixture.superuser.query<{ id: string; error: string }>(
    'select id, error from webhook_event where set_aside_at is not null order by id',
  );
  return rows;
}

/** The traces of the portions that are planned while `work` runs. */
async function portionsOf(work: () => Promise<void>): Promise<WebhookPlanningTrace[]> {
  const traces: WebhookPlanningTrace[] = [];
  const end = observeTraces(webhookPlanningChannel, { end: (trace) => void traces.push(trace) });
  await work().finally(end);
  return traces;
}

const ids = async () => (await fixture.planned()).map(({ messageId }) => messageId);

it('customers take turns: one waits for at most a portion of each other one', async () => {
  for (let n = 0; n < 40; n += 1) await fixture.webhook('1', ['READING_WEIGHT']);
  await fixture.webhook('2');
  await fixture.webhook('3');
  await fixture.write(database, many('1'), ...events(3, '2'), anEvent(4, '3'));
  await plannerOf().plan();
  for (const customerId of ['2', '3']) {
    const before: [string, number][] = [];
    for (const turn of await turns()) {
      if (turn[0] === customerId) break;
      before.push(turn);
    }
    expect(before.reduce((sum, [, deliveries]) => sum + deliveries, 0)).toBeLessThanOrEqual(PORTION + 3);
  }
  expect((await fixture.planned()).length).toBe(40 * 100 + 4);
});

it('a portion of a customer that is behind delays no other customer, and its own new events follow it', async () => {
  for (let n = 0; n < 3; n += 1) await fixture.webhook('1', ['READING_WEIGHT']);
  await fixture.webhook('2');
  await fixture.write(database, many('1'));
  // The second portion waits.
  await fixture.superuser.query(`
    create sequence portions;
    create function wait() returns trigger language plpgsql security definer set lock_timeout = 0 as $$
      begin if nextval('portions') = 2 then perform pg_advisory_xact_lock(77); end if; return null; end $$;
    create trigger wait after insert on webhook_delivery for each statement execute function wait();
    select pg_advisory_lock(77)`);
  const planner = plannerOf();
  const behind = planner.plan();
  const blocked = `select from pg_locks where locktype = 'advisory' and objid = 77 and not granted`;
  await eventually(async () => (await fixture.superuser.query(blocked)).rowCount === 1);

  await fixture.write(database, anEvent(1, '2'), many('1'));
  const all = planner.plan();
  await eventually(async () => (await turns()).some(([customerId]) => customerId === '2'));
  expect(await turns()).toEqual([
    ['1', 249],
    ['2', 1],
  ]);
  await fixture.superuser.query('select pg_advisory_unlock(77)');
  await Promise.all([behind, all]);
  expect((await ids()).filter((id) => id.startsWith('evt_1_'))).toHaveLength(300);
  expect((await ids()).filter((id) => id.startsWith('evt_3_'))).toHaveLength(300);
  await fixture.superuser.query('drop trigger wait on webhook_delivery; drop function wait; drop sequence portions');
});

it('a portion that waits delays no new event of another customer, and its own new events follow it', async () => {
  await fixture.webhook('1');
  await fixture.webhook('2');
  await fixture.write(database, anEvent(1, '1'));
  await fixture.superuser.query(`
    create function wait() returns trigger language plpgsql security definer set lock_timeout = 0 as $$
      begin if new.customer_id = 1 then perform pg_advisory_xact_lock(77); end if; return new; end $$;
    create trigger wait before insert on webhook_delivery for each row execute function wait();
    select pg_advisory_lock(77)`);
  const planner = plannerOf();
  const first = planner.planArrived();
  const blocked = `select from pg_locks where locktype = 'advisory' and objid = 77 and not granted`;
  await eventually(async () => (await fixture.superuser.query(blocked)).rowCount === 1);

  await fixture.write(database, anEvent(2, '2'), anEvent(3, '1'));
  const others = planner.planArrived();
  await eventually(async () => (await ids()).includes('evt_2'));
  expect(await ids()).toEqual(['evt_2']);
  await fixture.superuser.query('select pg_advisory_unlock(77)');
  await Promise.all([first, others]);
  expect((await ids()).sort()).toEqual(['evt_1', 'evt_2', 'evt_3']);
  await fixture.superuser.query('drop trigger wait on webhook_delivery; drop function wait');
});

it('an event whose deliveries do not fit into a portion is planned over several, completely and in order', async () => {
  const webhooks: string[] = [];
  for (let n = 0; n < 7; n += 1) webhooks.push(await fixture.webhook('1', ['READING_WEIGHT']));
  await fixture.write(database, many());
  const statements = await fixture.namesOf(() => plannerOf().plan());
  expect(statements.filter((name) => name === 'plan_deliveries')).toHaveLength(3);
  const expected = Array.from({ length: 100 }, (_, n) => webhooks.map(() => `evt_1_${n + 1}`)).flat();
  expect(await ids()).toEqual(expected);
});

it('nothing is skipped or planned twice when the planner dies between and within its transactions', async () => {
  for (let n = 0; n < 7; n += 1) await fixture.webhook('1', ['READING_WEIGHT']);
  await fixture.write(database, many());
  // The connection of the second portion is ended before its commit.
  await fixture.superuser.query(`
    create sequence portions;
    create function die() returns trigger language plpgsql security definer as $$
      begin if nextval('portions') = 2 then perform pg_terminate_backend(pg_backend_pid()); end if; return null; end $$;
    create trigger die after insert on webhook_delivery for each statement execute function die()`);
  await expect(plannerOf().plan()).rejects.toThrow();
  expect((await ids()).length).toBe(245);
  await fixture.superuser.query('drop trigger die on webhook_delivery; drop function die; drop sequence portions');
  await plannerOf().plan();
  expect(await ids()).toEqual(Array.from({ length: 700 }, (_, n) => `evt_1_${Math.floor(n / 7) + 1}`));
});

it('several instances plan each event once, those of a customer in order', async () => {
  const planners = [database, fixture.openDatabase(), fixture.openDatabase()].map((of) => plannerOf(CATALOG, of));
  for (const customerId of ['1', '2', '3']) await fixture.webhook(customerId);
  for (let round = 0; round < 10; round += 1) {
    await fixture.write(database, ...['1', '2', '3'].flatMap((customerId) => events(20, customerId)));
    await Promise.all(planners.map((planner) => planner.plan()));
  }
  await planners[0]!.plan();
  const { rows } = await fixture.superuser.query<{ customer_id: string; ids: number[] }>(
    `select customer_id, array_agg(substr(message_id, 5)::int order by id) as ids from webhook_delivery group by 1 order by 1`,
  );
  expect(rows.map((row) => row.ids.length)).toEqual([200, 200, 200]);
  for (const row of rows) expect(row.ids).toEqual([...row.ids].sort((a, b) => a - b));
});

it('an event that cannot be read is set aside, and the others are planned', async () => {
  await fixture.webhook();
  await fixture.webhook('2');
  const broken = { customerId: '1', type: TYPE, payload: { v: 2 } };
  const later = { customerId: '1', type: 'device.levitated', payload: {} };
  await fixture.write(database, anEvent(1), broken, later, anEvent(2), anEvent(3, '2'));
  const portions = await portionsOf(() => plannerOf().plan());
  expect(portions.sort((one, other) => Number(one.customerId) - Number(other.customerId))).toEqual([
    { customerId: '1', events: 4, deliveries: 2, setAside: 2, isPlanned: true },
    { customerId: '2', events: 1, deliveries: 1, setAside: 0, isPlanned: true },
  ]);
  expect((await ids()).sort()).toEqual(['evt_1', 'evt_4', 'evt_5']);
  const cannot = 'This version of the gateway cannot read the event of type';
  expect(await setAside()).toEqual([
    { id: '2', error: `${cannot} device.statusChanged: n is missing or has another type.` },
    { id: '3', error: `${cannot} device.levitated: the type is unknown.` },
  ]);
});

it('an instance of another version takes up what this one cannot read, and each version tries once', async () => {
  await fixture.webhook();
  await fixture.write(database, { customerId: '1', type: 'device.levitated', payload: { n: 1 } });
  const levitated = { ...one, type: 'device.levitated', messages: [] };
  const newer = plannerOf(new EventCatalog([one, levitated]));
  const older = plannerOf();
  const tries = async (planner: WebhookPlanner) => {
    const names = await fixture.namesOf(async () => {
      await planner.takeUp();
      await planner.plan();
    });
    return names.filter((name) => name === 'take_events').length;
  };
  const other = plannerOf(new EventCatalog([hundred]));
  expect([await tries(older), await tries(older), await tries(other), await tries(older)]).toEqual([1, 0, 1, 0]);
  await newer.takeUp();
  await newer.plan();
  expect([await ids(), await setAside()]).toEqual([['evt_1'], []]);
});

it('a portion that cannot be written is halved until one event is left, which is set aside', async () => {
  await fixture.webhook();
  await fixture.superuser.query(
    `alter table webhook_delivery add constraint no_seventh check (message_id <> 'evt_7') not valid`,
  );
  await fixture.write(database, ...events(50));
  let portions: WebhookPlanningTrace[] = [];
  const statements = await fixture.namesOf(async () => {
    portions = await portionsOf(() => plannerOf().plan());
  });
  const sumOf = (member: 'deliveries' | 'setAside') => portions.reduce((sum, trace) => sum + trace[member]!, 0);
  expect([sumOf('deliveries'), sumOf('setAside')]).toEqual([49, 1]);
  expect(portions[0]).toEqual({ customerId: '1', events: 50, deliveries: 0, setAside: 0, isPlanned: false });
  expect(await setAside()).toEqual([
    { id: '7', error: 'Its deliveries cannot be written: SQLSTATE 23514 in plan_deliveries.' },
  ]);
  expect(await ids()).toEqual(events(50).flatMap((_, n) => (n === 6 ? [] : [`evt_${n + 1}`])));
  expect(statements.filter((name) => name === 'take_events').length).toBeLessThan(20);
  await fixture.superuser.query('alter table webhook_delivery drop constraint no_seventh');
});

it('a webhook that is locked delays only its customer, and neither its events nor their pruning are lost', async () => {
  const locked = await fixture.webhook('1');
  await fixture.webhook('2');
  await fixture.write(database, anEvent(1), anEvent(2, '2'));
  await fixture.superuser.query('begin');
  await fixture.superuser.query('select from webhook where id = $1 for update', [locked]);
  const planner = plannerOf();
  await planner.plan();
  await fixture.superuser.query('commit');
  expect(await ids()).toEqual(['evt_2']);
  await fixture.superuser.query(`update event set created_at = now() - interval '8 days'`);
  expect(await new OutboxPruner(database, 7, silentLog).prune()).toBe(2);
  await plannerOf().plan();
  expect(await ids()).toEqual(['evt_2', 'evt_1']);
});

it('a webhook receives the events from its creation on, also when their customer has a backlog', async () => {
  const before = await fixture.webhook();
  await fixture.write(database, anEvent(1));
  // Queued, and not yet planned.
  await fixture.superuser.query(`insert into webhook_event (customer_id, id, position, type, payload, webhook_ids)
    select customer_id, id, position, type, payload::text, array[${before}] from event`);
  await fixture.superuser.query('update event_consumer set position = 1');
  await fixture.webhook();
  await plannerOf().plan();
  expect((await fixture.planned()).map(({ webhookId }) => webhookId)).toEqual([before]);
});
