import { OPERATOR_SCOPE, SYSTEM_SCOPE } from '../../src/platform/db/scope';
import { appendEvents } from '../../src/platform/event/outbox';
import { eventually } from '../support/eventually';
import {
  anEvent,
  change,
  Collector,
  createVersions,
  customer,
  follow,
  NEVER_MS,
  openTransaction,
  StreamFixture,
  TYPE,
  write,
  type Instance,
} from './stream-fixture';

let fixture: StreamFixture;
let a: Instance;
let b: Instance;

beforeEach(async () => {
  fixture = await StreamFixture.create();
  [a, b] = await Promise.all([fixture.start(), fixture.start()]);
});
afterEach(() => fixture.close());

describe('two instances', () => {
  it('deliver changes made on either to all subscribers, in one order', async () => {
    const onA = follow(a);
    const onB = follow(b);
    for (let n = 0; n < 20; n += 1) await write((n % 2 ? a : b).database, anEvent(n));
    await Promise.all([onA.has(20), onB.has(20)]);
    expect(onA.payloads).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(onB.events).toEqual(onA.events);
    expect(onA.positions).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    const { rows } = await fixture.superuser.query<{ id: string; createdAt: Date }>(
      'select id, created_at as "createdAt" from event order by id limit 1',
    );
    const expected = {
      ...rows[0]!,
      position: 1,
      customerId: '1',
      type: TYPE,
      payload: { n: 0 },
      bytes: '{"n": 0}'.length,
    };
    expect(onA.events[0]).toEqual(expected);
  });

  it('keep the order in which a transaction appended its events', async () => {
    const seen = follow(b);
    await write(a.database, anEvent('x'), anEvent('y'), anEvent('z'));
    expect((await seen.has(3)).payloads).toEqual(['x', 'y', 'z']);
  });

  it('read only events of the other, and many at a time', async () => {
    const read = jest.spyOn(a.database, 'read');
    const readsOfA = () => read.mock.calls.filter(([, { name }]) => name === 'events_after').length;
    const [onA, onB] = [follow(a), follow(b)];
    for (let n = 0; n < 5; n += 1) {
      await write(a.database, anEvent(n));
      await Promise.all([onA.has(n + 1), onB.has(n + 1)]);
    }
    // The poll of the other may have been the first to give an event its position.
    expect(readsOfA()).toBeLessThan(5);
    await write(a.database, ...Array.from({ length: 101 }, (_, n) => anEvent(5 + n)));
    await Promise.all([onA.has(106), onB.has(106)]);
    expect(readsOfA()).toBeGreaterThan(0);
    expect(onA.payloads).toEqual(Array.from({ length: 106 }, (_, n) => n));
    expect(onB.events).toEqual(onA.events);
  });

  it('deliver no event of a rolled back transaction', async () => {
    const seen = follow(b);
    const failed = a.database.transact(OPERATOR_SCOPE, async (tx) => {
      appendEvents(tx, anEvent('never'));
      throw new Error('refused');
    });
    await expect(failed).rejects.toThrow('refused');
    await write(a.database, anEvent('after'));
    expect((await seen.has(1)).payloads).toEqual(['after']);
  });
});

describe('overlapping transactions', () => {
  it('do not wait for an open one, which gets its position when it commits', async () => {
    const onA = follow(a);
    const onB = follow(b);
    const slow = await openTransaction(a.database, (tx) => appendEvents(tx, anEvent('slow')));
    await write(b.database, anEvent('quick'));
    await Promise.all([onA.has(1), onB.has(1)]);
    expect(onB.payloads).toEqual(['quick']);
    await slow.commit();
    await Promise.all([onA.has(2), onB.has(2)]);
    expect(onA.payloads).toEqual(['quick', 'slow']);
    expect(onB.payloads).toEqual(['quick', 'slow']);
    const [quick, later] = onB.events;
    expect(BigInt(later!.id)).toBeLessThan(BigInt(quick!.id));
    expect(later!.position).toBe(quick!.position + 1);
  });

  it('keep the order of one device even if the later transaction began first', async () => {
    await createVersions(fixture.superuser, 2);
    const onA = follow(a);
    const onB = follow(b);
    await write(a.database, anEvent('earlier'));
    await a.database.transact(OPERATOR_SCOPE, (tx) => change(tx, 1));
    const first = await openTransaction(a.database, (tx) => change(tx, 0));
    await b.database.transact(OPERATOR_SCOPE, (tx) => change(tx, 1));
    await first.commit((tx) => change(tx, 1));
    await Promise.all([onA.has(5), onB.has(5)]);
    for (const seen of [onA, onB]) {
      expect(seen.payloads.filter((n) => String(n).startsWith('1 '))).toEqual(['1 v1', '1 v2', '1 v3']);
    }
  });
});

describe('a subscription', () => {
  it('begins with the call, not with the first next()', async () => {
    const iterator = a.stream.subscribe({ scope: OPERATOR_SCOPE, types: [TYPE], matches: () => true });
    await write(b.database, anEvent('first'));
    await write(b.database, anEvent('second'));
    const seen = new Collector(iterator);
    expect((await seen.has(2)).payloads).toEqual(['first', 'second']);
  });

  it('receives the requested types and matching events', async () => {
    const seen = follow(a, { types: ['other', TYPE], matches: (event) => event.payload.n !== 2 });
    await write(a.database, { customerId: '1', type: 'unwanted', payload: { n: 0 } }, anEvent(1), anEvent(2));
    await write(a.database, { customerId: '1', type: 'other', payload: { n: 3 } });
    expect((await seen.has(2)).payloads).toEqual([1, 3]);
  });

  it.each([
    ['live', undefined],
    ['while catching up', 0],
  ])('of a customer never sees events of another customer, %s', async (_, after) => {
    const all = follow(a);
    await write(a.database, anEvent('theirs before', '2'), anEvent('ours before', '1'));
    // A live subscription begins after the events that the instance has delivered.
    await all.has(2);
    const offered: unknown[] = [];
    const matches = ({ payload }: { payload: Record<string, unknown> }) => offered.push(payload.n) > 0;
    const ours = follow(a, { scope: customer('1'), after, matches });
    await write(a.database, anEvent('theirs', '2'), anEvent('ours', '1'), anEvent('theirs', '3'));
    await all.has(5);
    const expected = after === undefined ? ['ours'] : ['ours before', 'ours'];
    expect((await ours.has(expected.length)).payloads).toEqual(expected);
    expect(offered).toEqual(expected);
  });

  it('is ended by an error of its matches, without effect on others', async () => {
    const broken = follow(a, {
      matches: () => {
        throw new Error('broken');
      },
    });
    const sound = follow(a);
    await write(a.database, anEvent(1), anEvent(2));
    expect((await sound.has(2)).payloads).toEqual([1, 2]);
    expect(await broken.ended).toEqual(new Error('broken'));
    expect(a.stream.subscribers).toBe(1);
  });

  it('that is not read has no effect on others, and reads from the table what is no longer in memory', async () => {
    const small = await fixture.start({ bufferBytes: 5_000 });
    const reads = jest.spyOn(small.database, 'read');
    const slow = small.stream.subscribe({ scope: OPERATOR_SCOPE, types: [TYPE], matches: () => true });
    const sound = follow(small);
    for (let n = 0; n < 50; n += 1) await write(small.database, anEvent(n));
    await sound.has(50);
    const pagesRead = () => reads.mock.calls.filter(([, { name }]) => name === 'event_page').length;
    const before = pagesRead();
    expect((await new Collector(slow).has(50)).payloads).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect(pagesRead()).toBe(before + 1);
    expect(sound.payloads).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });

  it('whose page is evicted by those of others reads it again', async () => {
    await write(
      a.database,
      ...Array.from({ length: 40 }, (_, n) => ({ ...anEvent(n), payload: { n, text: 'x'.repeat(90_000) } })),
    );
    await follow(a, { after: 0 }).has(40);
    const small = await fixture.start({ bufferBytes: 1 });
    const iterators = Array.from({ length: 4 }, () =>
      small.stream.subscribe({ scope: OPERATOR_SCOPE, types: [TYPE], after: 0, matches: () => true }),
    );
    // A page has eleven of these events, and two pages are kept: those of the two that were read last.
    for (let n = 0; n < 40; n += 1)
      for (const iterator of iterators) expect((await iterator.next()).value?.payload.n).toBe(n);
    await Promise.all(iterators.map((iterator) => iterator.return!()));
  });

  it('ends at once by return() during a pending next()', async () => {
    const iterator = a.stream.subscribe({ scope: OPERATOR_SCOPE, types: [TYPE], matches: () => true });
    const waiting = [iterator.next(), iterator.next()];
    await iterator.return!();
    expect(await Promise.all(waiting)).toEqual(Array(2).fill({ value: undefined, done: true }));
    expect(a.stream.subscribers).toBe(0);
  });

  it.each([
    ['live', undefined],
    ['catching up', 0],
  ])('ends at once by its signal, %s', async (_, after) => {
    const controller = new AbortController();
    const seen = follow(a, { signal: controller.signal, after });
    controller.abort();
    expect(await seen.ended).toBeUndefined();
    expect(a.stream.subscribers).toBe(0);
    const late = follow(a, { signal: controller.signal, after });
    expect(await late.ended).toBeUndefined();
    expect(a.stream.subscribers).toBe(0);
  });
});

describe('stop', () => {
  it('ends the subscriptions and the connection, and rejects new subscriptions', async () => {
    const seen = [follow(a), follow(a, { after: 0 }), follow(a, { scope: customer('2') })];
    expect(a.stream.subscribers).toBe(3);
    expect(a.stream.isHealthy()).toBe(true);
    await a.stream.stop();
    expect(await Promise.all(seen.map((one) => one.ended))).toEqual([undefined, undefined, undefined]);
    expect(a.stream.subscribers).toBe(0);
    expect(a.stream.isHealthy()).toBe(false);
    expect(() => follow(a)).toThrow(expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' }) as Error);
    await eventually(async () => {
      const { rows } = await fixture.superuser.query<{ count: number }>(
        `select count(*)::int from pg_stat_activity
         where datname = current_database() and application_name = 'device-gateway listen'`,
      );
      return rows[0]!.count === 1;
    }, 'one remaining LISTEN connection');
  });
});

describe('positions', () => {
  it('of the head are the same in every scope and connect loading with subscribing', async () => {
    await write(a.database, anEvent('loaded', '1'), anEvent('loaded', '2'));
    await follow(a, { after: 0 }).has(2);
    for (const scope of [customer('1'), customer('3'), OPERATOR_SCOPE, SYSTEM_SCOPE]) {
      expect(await a.stream.head(a.database.session(scope))).toBe(2);
    }
    const cursor = await a.stream.head(a.database.session(customer('1')));
    await write(a.database, anEvent('later'));
    expect((await follow(b, { after: cursor, scope: customer('1') }).has(1)).payloads).toEqual(['later']);
  });

  it('are assigned to a committed event on request', async () => {
    const c = await fixture.start({ pollIntervalMs: NEVER_MS, nudges: false });
    await Promise.all([a.stream.stop(), b.stream.stop()]);
    const id = '4711';
    await write(c.database, { ...anEvent('named'), id });
    expect(await fixture.stored()).toEqual([{ id, position: null, n: 'named', customerId: '1' }]);
    expect(await c.stream.positionOf(c.database.session(customer('1')), id)).toBe(1);
    expect(await c.stream.positionOf(c.database.session(OPERATOR_SCOPE), id)).toBe(1);
  });

  it('of an unknown event or of another customer are expired cursors', async () => {
    const id = '4711';
    await write(a.database, { ...anEvent('named'), id });
    const expired = { code: 'CURSOR_EXPIRED' };
    await expect(a.stream.positionOf(a.database.session(customer('1')), '4712')).rejects.toMatchObject(expired);
    await expect(a.stream.positionOf(a.database.session(OPERATOR_SCOPE), '4712')).rejects.toMatchObject(expired);
    await expect(a.stream.positionOf(a.database.session(customer('2')), id)).rejects.toMatchObject(expired);
  });
});
