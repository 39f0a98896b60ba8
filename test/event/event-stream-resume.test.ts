import type { Database } from '../../src/platform/db/database';
import { OPERATOR_SCOPE, type Scope } from '../../src/platform/db/scope';
import type { Statement } from '../../src/platform/db/statement';
import { OutboxPruner } from '../../src/platform/event/outbox-pruner';
import { eventually } from '../support/eventually';
import { gate } from '../support/gate';
import { silentLog } from '../support/silent-log';
import { resumeDuringWrites } from './heavy-writes.harness';
import { anEvent, customer, follow, StreamFixture, TYPE, write, type Instance } from './stream-fixture';

let fixture: StreamFixture;
let a: Instance;
/** Keeps three events in memory: its subscriptions often read from the table. */
let b: Instance;

beforeEach(async () => {
  fixture = await StreamFixture.create();
  [a, b] = await Promise.all([fixture.start(), fixture.start({ bufferBytes: 2_000 })]);
});
afterEach(() => fixture.close());

async function writeNumbers(instance: Instance, from: number, to: number): Promise<void> {
  const events = Array.from({ length: to - from + 1 }, (_, i) => anEvent(from + i));
  await write(instance.database, ...events);
  await eventually(
    async () => (await a.stream.head(a.database.session(OPERATOR_SCOPE))) === to,
    'all events to be sequenced',
  );
}

/** Delays statements of an instance, so that a test determines their order. */
class Holds {
  private readonly next = new Map<string, () => Promise<void>>();

  constructor(database: Database) {
    const read = database.read.bind(database);
    jest.spyOn(database, 'read').mockImplementation(async <Row>(scope: Scope, statement: Statement) => {
      const hold = (when: string) => {
        const wait = this.next.get(`${when} ${statement.name}`);
        this.next.delete(`${when} ${statement.name}`);
        return wait?.();
      };
      await hold('before');
      const rows = await read<Row>(scope, statement);
      await hold('after');
      return rows;
    });
  }

  /** Delays the next statement with this name: before it is sent, or before its rows are returned. */
  hold(when: 'before' | 'after', name: string): { reached: Promise<void>; release: () => void } {
    const reached = gate();
    const released = gate();
    this.next.set(`${when} ${name}`, () => {
      reached.open();
      return released.opened;
    });
    return { reached: reached.opened, release: released.open };
  }
}

describe('a cursor', () => {
  it('resumes right after its event, over several pages and into the live stream', async () => {
    await writeNumbers(a, 1, 1_000);
    const seen = follow(b, { after: 300 });
    await seen.has(700);
    await write(a.database, anEvent(1_001));
    await seen.has(701);
    expect(seen.positions).toEqual(Array.from({ length: 701 }, (_, i) => 301 + i));
    expect(seen.payloads).toEqual(seen.positions);
  });

  it('reads only the pages that the subscriber needs', async () => {
    await writeNumbers(a, 1, 1_000);
    const pages = jest.spyOn(b.database, 'read');
    const pagesRead = () => pages.mock.calls.filter(([, { name }]) => name === 'event_page').length;
    const iterator = b.stream.subscribe({
      scope: OPERATOR_SCOPE,
      types: ['device.statusChanged'],
      after: 0,
      matches: () => true,
    });
    for (let position = 1; position <= 200; position += 1) {
      expect((await iterator.next()).value?.position).toBe(position);
    }
    expect(pagesRead()).toBe(1);
    await writeNumbers(a, 1_001, 1_020);
    for (let position = 201; position <= 1_020; position += 1) {
      expect((await iterator.next()).value?.position).toBe(position);
    }
    expect(pagesRead()).toBe(6);
    await iterator.return!();
    expect(b.stream.subscribers).toBe(0);
  });

  it('is followed at any speed, from memory and from the table, without loss and without a duplicate', async () => {
    const speeds = [0, 1, 3, 30, 7, 0, 2, 50, 1, 6];
    for (const scope of [OPERATOR_SCOPE, customer('2')]) {
      const start = await a.stream.head(a.database.session(OPERATOR_SCOPE));
      const witness = follow(b, { scope, after: start });
      const iterator = b.stream.subscribe({ scope, types: [TYPE], after: start, matches: () => true });
      const taken: (number | undefined)[] = [];
      const take = async () => taken.push((await iterator.next()).value?.position);
      for (const [round, speed] of speeds.entries()) {
        const events = Array.from({ length: 10 }, (_, n) => anEvent(n, String(1 + ((n + round) % 2))));
        await write(a.database, ...events);
        await witness.has((round + 1) * (scope === OPERATOR_SCOPE ? 10 : 5));
        for (let n = 0; n < speed && taken.length < witness.events.length; n += 1) await take();
      }
      while (taken.length < witness.events.length) await take();
      expect(taken).toEqual(witness.positions);
      await Promise.all([iterator.return!(), witness.iterator.return!()]);
    }
  });

  it('leads into the live stream without a gap at any relative position', async () => {
    // An instance that gives no event its position, so it reads all.
    const reader = await fixture.start({ pollIntervalMs: 60_000 });
    const witness = follow(reader);
    await writeNumbers(a, 1, 3);
    await witness.has(3);
    const holds = new Holds(reader.database);
    const firstPage = holds.hold('after', 'event_page');
    const seen = follow(reader, { after: 0 });
    await firstPage.reached;
    await writeNumbers(b, 4, 5);
    await witness.has(5);

    // Its page ends with 3. The events since then are in the window, and 6 comes later.
    const tail = holds.hold('before', 'events_after');
    firstPage.release();
    expect((await seen.has(5)).positions).toEqual([1, 2, 3, 4, 5]);
    await writeNumbers(b, 6, 6);
    await tail.reached;
    tail.release();
    expect((await seen.has(6)).positions).toEqual([1, 2, 3, 4, 5, 6]);
    await writeNumbers(b, 7, 7);
    expect((await seen.has(7)).positions).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('resumes during heavy writes without loss and without a duplicate', () => resumeDuringWrites(fixture, a, b, 600));

  it('is expired when it is ahead of the head, as after a restore', async () => {
    expect(await follow(a, { after: 1 }).ended).toMatchObject({ code: 'CURSOR_EXPIRED' });
  });
});

describe('pruning', () => {
  /** Also moves the gateway's consumers to the head. Events that they have not read are kept, see test/webhook. */
  async function age(...positions: number[]): Promise<void> {
    await fixture.superuser.query('update event_consumer set position = (select position from event_head)');
    await fixture.superuser.query(
      `update event set created_at = clock_timestamp() - interval '8 days' where position = any ($1)`,
      [positions],
    );
  }

  it('deletes the oldest events up to the first recent one, and expires their cursors', async () => {
    await writeNumbers(a, 1, 10);
    await age(1, 2, 3, 4, 5, 7);
    const pruner = new OutboxPruner(a.database, 7, silentLog, 2);
    expect(await pruner.prune()).toBe(5);
    expect(await pruner.prune()).toBe(0);
    expect((await fixture.stored()).map(({ position }) => position)).toEqual(['6', '7', '8', '9', '10']);
    expect(await follow(b, { after: 4 }).ended).toMatchObject({ code: 'CURSOR_EXPIRED' });
    expect(await follow(b, { after: 4, scope: customer('1') }).ended).toMatchObject({ code: 'CURSOR_EXPIRED' });
    expect((await follow(b, { after: 5 }).has(5)).positions).toEqual([6, 7, 8, 9, 10]);
  });

  it('can delete all events, and positions continue', async () => {
    await writeNumbers(a, 1, 4);
    await age(1, 2, 3, 4);
    expect(await new OutboxPruner(a.database, 7, silentLog, 2).prune()).toBe(4);
    const seen = follow(b, { after: 4 });
    await write(a.database, anEvent('next'));
    expect((await seen.has(1)).positions).toEqual([5]);
  });

  it('by two instances concurrently deletes each event once', async () => {
    await writeNumbers(a, 1, 100);
    await age(...Array.from({ length: 90 }, (_, i) => i + 1));
    const deleted = await Promise.all(
      [a, b].map(({ database }) => new OutboxPruner(database, 7, silentLog, 7).prune()),
    );
    expect(deleted[0]! + deleted[1]!).toBe(90);
    expect(await fixture.stored()).toHaveLength(10);
  });

  it('expires a subscriber that reads its pages too late', async () => {
    await writeNumbers(a, 1, 500);
    const iterator = b.stream.subscribe({
      scope: OPERATOR_SCOPE,
      types: ['device.statusChanged'],
      after: 0,
      matches: () => true,
    });
    await iterator.next();
    await age(...Array.from({ length: 400 }, (_, i) => i + 1));
    await new OutboxPruner(a.database, 7, silentLog).prune();
    for (let position = 2; position <= 200; position += 1) expect((await iterator.next()).done).toBe(false);
    await expect(iterator.next()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
    expect(b.stream.subscribers).toBe(0);
  });
});

describe('events that were deleted before they were read', () => {
  it('end the live subscriptions, and the stream continues', async () => {
    const seen = follow(a);
    await fixture.superuser.query(`update event_head set position = 7, pruned_position = 7`);
    await write(b.database, anEvent('eighth'));
    expect(await seen.ended).toMatchObject({ code: 'CURSOR_EXPIRED' });
    const next = follow(a);
    await write(b.database, anEvent('ninth'));
    expect((await next.has(1)).events.at(-1)).toMatchObject({ position: 9, payload: { n: 'ninth' } });
  });

  it('are detected when the database was restored to an older head', async () => {
    const seen = follow(a);
    await writeNumbers(a, 1, 5);
    await seen.has(5);
    await fixture.superuser.query(`update event_head set position = 0; delete from event`);
    expect(await seen.ended).toMatchObject({ code: 'CURSOR_EXPIRED' });
    const next = follow(a, { after: 0 });
    await write(b.database, anEvent('restored'));
    expect((await next.has(1)).positions).toEqual([1]);
  });
});
