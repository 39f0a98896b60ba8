import type { Database } from '../../src/platform/db/database';
import { sql, type Fragment } from '../../src/platform/db/sql';
import { OutboxConsumer, type EventHandling } from '../../src/platform/event/outbox-consumer';
import { OutboxPruner } from '../../src/platform/event/outbox-pruner';
import { anEvent } from '../event/stream-fixture';
import { silentLog } from '../support/silent-log';
import { PlanningFixture } from './planning.harness';

const NAME = 'webhooks';

let fixture: PlanningFixture;
let database: Database;
beforeAll(async () => {
  fixture = await PlanningFixture.create();
  database = fixture.openDatabase();
  await fixture.superuser.query('create table handled (id bigint generated always as identity, n int)');
  await fixture.superuser.query('grant select, insert on handled to gateway_worker');
});
afterAll(() => fixture.close());
beforeEach(async () => {
  await fixture.reset();
  await fixture.superuser.query('truncate handled');
});

/** Stores the contents of the events, in the statement that moves the position. */
const note = (events: Fragment) =>
  sql`insert into handled (n) select (e.payload ->> 'n')::int from ${events} e order by e.position returning n`;

type Consumer = OutboxConsumer<{ n: number }>;
type Then = EventHandling<{ n: number }>['then'];
const HUNDRED = { events: 100, bytes: 1_000_000 };
const ignore: Then = () => undefined;
const consumerOf = (then: Then = ignore, of = database, batch = HUNDRED): Consumer =>
  new OutboxConsumer(of, NAME, { part: note, then }, batch);

async function handled(): Promise<number[]> {
  const { rows } = await fixture.superuser.query<{ n: number }>('select n from handled order by id');
  return rows.map(({ n }) => n);
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const writeNumbers = (from: number, to: number) => fixture.write(database, ...numbers(from, to).map((n) => anEvent(n)));

it('passes on each event once, in order, in batches of a hundred, and stores its position', async () => {
  const batches: number[] = [];
  const consumer = consumerOf((rows) => batches.push(rows.length));
  await consumer.consume();
  await writeNumbers(1, 250);
  await consumer.consume();
  await consumer.consume();
  expect(batches).toEqual([100, 100, 50]);
  expect(await handled()).toEqual(numbers(1, 250));
  expect(await fixture.position()).toBe(250);

  // Another process continues from there.
  await writeNumbers(251, 253);
  await consumerOf(ignore, fixture.openDatabase()).consume();
  expect(await handled()).toEqual(numbers(1, 253));
});

it('bounds a batch by the bytes of its events, and takes a larger event alone', async () => {
  const sizes = [400, 400, 400, 5_000, 400];
  // Random digits, which PostgreSQL does not compress.
  const digits = (length: number) => Array.from({ length }, () => Math.floor(Math.random() * 10)).join('');
  await fixture.write(database, ...sizes.map((size, n) => ({ ...anEvent(n), payload: { n, digits: digits(size) } })));
  const batches: number[] = [];
  const consumer = consumerOf((rows) => batches.push(rows.length), database, { events: 100, bytes: 800 });
  await consumer.consume();
  expect(batches).toEqual([2, 2, 1]);
  expect(await handled()).toEqual(numbers(0, 4));
});

it('rolls back a batch that fails, and passes it on again', async () => {
  await writeNumbers(1, 150);
  await fixture.superuser.query('alter table handled add constraint small check (n <> 140)');
  await expect(consumerOf().consume()).rejects.toThrow('small');
  expect([await handled(), await fixture.position()]).toEqual([numbers(1, 100), 100]);
  await fixture.superuser.query('alter table handled drop constraint small');
  await consumerOf().consume();
  expect([await handled(), await fixture.position()]).toEqual([numbers(1, 150), 150]);
});

it('handles a batch by one statement', async () => {
  await writeNumbers(1, 3);
  expect(await fixture.namesOf(() => consumerOf().consume())).toEqual(['handle_events']);
  expect(await fixture.namesOf(() => consumerOf().consume())).toEqual(['handle_events']);
  expect(await handled()).toEqual([1, 2, 3]);
});

it('leaves events to another instance that is processing them, without waiting', async () => {
  await writeNumbers(1, 3);
  await fixture.superuser.query('begin');
  await fixture.superuser.query('select from event_consumer for update');
  const consumer = consumerOf();
  await consumer.consume();
  await fixture.superuser.query('rollback');
  expect([await handled(), await fixture.position()]).toEqual([[], 0]);
  await consumer.consume();
  expect(await handled()).toEqual([1, 2, 3]);
});

it('passes on each event once with several concurrent instances', async () => {
  const consumers = [database, fixture.openDatabase()].map((one) => consumerOf(ignore, one));
  for (let from = 1; from <= 1_000; from += 50) {
    await writeNumbers(from, from + 49);
    await Promise.all(consumers.map((consumer) => consumer.consume()));
  }
  await consumers[0]!.consume();
  expect(await handled()).toEqual(numbers(1, 1_000));
});

it('finishes its batch before it stops', async () => {
  await writeNumbers(1, 250);
  const consumer = consumerOf();
  const consuming = consumer.consume();
  const stopped = consumer.stop();
  await consuming;
  await stopped;
  await consumer.consume();
  expect([await handled(), await fixture.position()]).toEqual([numbers(1, 100), 100]);
});

it('keeps events from being pruned before they are handled', async () => {
  await writeNumbers(1, 150);
  await fixture.superuser.query(`update event set created_at = now() - interval '8 days'`);
  const pruner = new OutboxPruner(database, 7, silentLog);
  expect(await pruner.prune()).toBe(0);

  const consumer: Consumer = consumerOf(() => void consumer.stop());
  await consumer.consume();
  expect(await pruner.prune()).toBe(100);
  expect(await pruner.prune()).toBe(0);
  await consumerOf().consume();
  expect(await handled()).toEqual(numbers(1, 150));
  expect(await pruner.prune()).toBe(50);
});
