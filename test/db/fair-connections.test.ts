import 'reflect-metadata';
import { Socket } from 'node:net';
import { LOOP, LoopTurns } from '../../src/platform/base/turns';
import { Database, type DatabaseOptions } from '../../src/platform/db/database';
import {
  ACCESS_SCOPE,
  DELIVERY_SCOPE,
  OPERATOR_SCOPE,
  OPERATOR_CONNECTIONS,
  OWN_CONNECTIONS,
  PLANNING_SCOPE,
  STREAM_SCOPE,
  SYSTEM_PURPOSES,
  SYSTEM_SCOPE,
  WATCH_SCOPE,
  type Scope,
} from '../../src/platform/db/scope';
import { eventually } from '../support/eventually';
import { LimitNotices } from '../support/limit-notices';
import { markdown } from '../support/markdown';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

const NORTHSIDE: Scope = { kind: 'customer', customerId: '1' };
const LAKEVIEW: Scope = { kind: 'customer', customerId: '2' };

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase('demo');
});
afterAll(() => testDatabase.drop());
beforeEach(() => {
  database = new Database({ url: testDatabase.url, poolSize: 4, statementTimeoutMs: 600_000 });
});
afterEach(() => database.close());

const read = (scope: Scope) => database.session(scope).sql`/* one */ select 1 as one`;
const stateOf = (name: string) => database.pools.find((pool) => pool.name === name)!;

/** Transactions that are open, or wait for a connection, until they are ended. */
function hold(scope: Scope, count: number) {
  const order: number[] = [];
  const ends: (() => void)[] = [];
  const held = Array.from({ length: count }, (_, nth) =>
    database.transact(scope, async (tx) => {
      await tx.sql`/* begin */ select 1 as one`;
      order.push(nth);
      await new Promise<void>((end) => ends.push(end));
    }),
  );
  const all = Promise.all(held);
  let isEnded = false;
  void all.catch(() => undefined).then(() => (isEnded = true));
  return {
    order,
    endOne: () => ends.shift()!(),
    open: (expected: number) => eventually(() => ends.length === expected, `${expected} open transactions`),
    end: async () => {
      while (!isEnded) {
        ends.splice(0).forEach((end) => end());
        await new Promise(setImmediate);
      }
      await all;
    },
  };
}

it('a customer that floods leaves connections for others, who do not wait', async () => {
  const flood = hold(NORTHSIDE, 40);
  await flood.open(3);
  expect(stateOf('customer').waiting).toBe(37);
  // With all three connections held, this could never end if it waited for them.
  await read(LAKEVIEW);
  await Promise.all(Array.from({ length: 20 }, () => read(LAKEVIEW)));
  expect(flood.order).toHaveLength(3);
  await flood.end();
  expect(flood.order).toHaveLength(40);
  expect(stateOf('customer').waiting).toBe(0);
});

it('a connection that becomes free goes to the customer that uses the fewest', async () => {
  const first = hold(NORTHSIDE, 30);
  await first.open(3);
  const second = hold(LAKEVIEW, 30);
  await second.open(1);
  const light = hold({ kind: 'customer', customerId: '3' }, 1);
  first.endOne();
  await light.open(1);
  expect([first.order.length, second.order.length]).toEqual([3, 1]);
  await Promise.all([first.end(), second.end(), light.end()]);
});

it.each([
  ['access', ACCESS_SCOPE],
  ['stream', STREAM_SCOPE],
  ['planning', PLANNING_SCOPE],
  ['delivery', DELIVERY_SCOPE],
  ['watch', WATCH_SCOPE],
  ['upkeep', SYSTEM_SCOPE],
  ['customers', NORTHSIDE],
  ['operators', OPERATOR_SCOPE],
])('when all connections of %s are stuck, all other work goes on', async (_name, scope) => {
  const stuck = hold(scope, 20);
  const limit = scope.kind === 'system' ? SYSTEM_PURPOSES[scope.purpose] : scope.kind === 'operator' ? 4 : 3;
  await stuck.open(limit);
  const others = [
    ACCESS_SCOPE,
    STREAM_SCOPE,
    PLANNING_SCOPE,
    DELIVERY_SCOPE,
    WATCH_SCOPE,
    SYSTEM_SCOPE,
    LAKEVIEW,
    OPERATOR_SCOPE,
  ].filter((other) => other !== scope);
  await Promise.all(others.map(read));
  expect(stuck.order).toHaveLength(limit);
  await stuck.end();
});

describe('limits of waits', () => {
  const notices = new LimitNotices();
  beforeEach(() => notices.begin());
  afterEach(() => notices.end());

  const withWaits = async (waits: DatabaseOptions['waits'], work: () => Promise<void>) => {
    await database.close();
    database = new Database({ url: testDatabase.url, poolSize: 4, statementTimeoutMs: 600_000, waits });
    await work();
  };
  const codeOf = (reading: Promise<unknown>) =>
    reading.then(
      () => 'OK',
      (error: unknown) => (error as { code?: unknown }).code,
    );

  it('a customer with too many waiters is refused, and others are not', () =>
    withWaits({ 'connection waits of a customer': 2 }, async () => {
      const flood = hold(NORTHSIDE, 5);
      await flood.open(3);
      expect(await codeOf(read(NORTHSIDE))).toBe('RATE_LIMITED');
      expect(await codeOf(read(LAKEVIEW))).toBe('OK');
      expect(notices.names).toEqual(['connection waits of a customer']);
      await flood.end();
    }));

  it('too many waiters in all are refused', () =>
    withWaits({ 'connection waits': 1 }, async () => {
      const flood = hold(NORTHSIDE, 3);
      const other = hold(LAKEVIEW, 2);
      await Promise.all([flood.open(3), other.open(1)]);
      expect(await codeOf(read({ kind: 'customer', customerId: '3' }))).toBe('SERVICE_UNAVAILABLE');
      expect(notices.names).toEqual(['connection waits']);
      await Promise.all([flood.end(), other.end()]);
    }));

  it('a wait that is too long ends', () =>
    withWaits({ 'connection wait, milliseconds': 1 }, async () => {
      const flood = hold(NORTHSIDE, 3);
      await flood.open(3);
      expect(await codeOf(read(NORTHSIDE))).toBe('RATE_LIMITED');
      const other = hold(LAKEVIEW, 1);
      await other.open(1);
      expect(await codeOf(read({ kind: 'customer', customerId: '3' }))).toBe('SERVICE_UNAVAILABLE');
      expect(notices.names).toEqual(Array(2).fill('connection wait, milliseconds'));
      await Promise.all([flood.end(), other.end()]);
    }));
});

it('rows of a large result are read in turns: one part each time that the event loop goes around', async () => {
  await read(NORTHSIDE);
  const { emit } = Socket.prototype as { emit: (...args: unknown[]) => boolean };
  const parts: number[] = [0];
  const count = jest.spyOn(Socket.prototype as { emit: typeof emit }, 'emit');
  count.mockImplementation(function (this: Socket, ...args) {
    if (args[0] === 'data' && (args[1] as Buffer).length >= 16_384) parts.push(parts.pop()! + 1);
    return emit.apply(this, args);
  });
  let isOver = false;
  const around = (): void => {
    parts.push(0);
    if (!isOver) setImmediate(around);
  };
  around();
  await database.session(NORTHSIDE).sql`/* large */ select repeat('x', 1000) as text from generate_series(1, 4000)`;
  isOver = true;
  count.mockRestore();
  expect(parts.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(20);
  expect(Math.max(...parts)).toBe(1);
});

it('a single large value, such as the text of a compiled read, takes no turns', async () => {
  const next = jest.spyOn(LoopTurns.prototype, 'next');
  await database.session(NORTHSIDE).sql`/* large */ select repeat('x', 500000) as text`;
  expect(next).not.toHaveBeenCalled();
  await database.session(NORTHSIDE).sql`/* large */ select repeat('x', 250000) as text from generate_series(1, 3)`;
  expect(next).toHaveBeenCalledWith('rows');
  next.mockRestore();
});

it('rows do not wait for the turns of operations', async () => {
  let isOver = false;
  let turns = 0;
  const work = async (owner: string): Promise<void> => {
    await LOOP.next(owner);
    turns += 1;
    if (!isOver) await work(owner);
  };
  const operations = Array.from({ length: 1_000 }, (_, nth) => work(`customer ${nth}`));
  await database.session(NORTHSIDE).sql`/* large */ select repeat('x', 1000) as text from generate_series(1, 4000)`;
  isOver = true;
  expect(turns).toBeLessThan(5_000);
  await Promise.all(operations);
});

it('a broken connection gives its place back', async () => {
  for (let nth = 0; nth < 8; nth += 1)
    await expect(
      database.session(NORTHSIDE).sql`/* gone */ select pg_terminate_backend(pg_backend_pid())`,
    ).rejects.toThrow();
  await Promise.all([1, 2, 3, 4].map(() => read(NORTHSIDE)));
  expect(stateOf('customer').waiting).toBe(0);
});

it('the page for operators says how many connections an instance has', () => {
  const text = markdown('docs/operations.md').text.replaceAll(/\s+/g, ' ');
  const work = Object.values(SYSTEM_PURPOSES).reduce((sum, one) => sum + one, 0);
  expect(text).toContain(`up to ${work} for the gateway's own work`);
  expect(text).toContain(`and the gateway's own work up to ${work + 2}.`);
  expect(text).toContain(`up to ${OPERATOR_CONNECTIONS} for operators`);
  expect(text).toContain(`operators have up to ${OPERATOR_CONNECTIONS} more`);
  expect(text).toContain(`\`max_connections\` must leave ${4 * (10 + OWN_CONNECTIONS)}.`);
  const unbroken = (file: string) => markdown(file).text.replaceAll(/\s+/g, ' ');
  expect(unbroken('CHANGELOG.md')).toContain(`An instance opens up to ${OWN_CONNECTIONS} connections`);
  const decision = unbroken('docs/decisions/fair-share.md');
  expect(decision).toContain(`share one pool of ${work} connections`);
  expect(decision).toContain(`the numbers add up to ${work}:`);
});
