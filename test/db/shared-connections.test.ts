import 'reflect-metadata';
import { Client, type PoolClient } from 'pg';
import { Database } from '../../src/platform/db/database';
import { ExpectedTimes } from '../../src/platform/db/expected-times';
import type { Scope } from '../../src/platform/db/scope';
import { SharedConnections } from '../../src/platform/db/shared-connections';
import { eventually } from '../support/eventually';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

describe('what is sent behind other reads', () => {
  const OWN = 'northside';
  let nowMs: number;
  let isKept: boolean;
  let released: string[];
  let shared: SharedConnections;

  beforeEach(() => {
    nowMs = 0;
    isKept = true;
    released = [];
    const bounds = { reads: 4, waitMs: 2, shortWaitMs: 0.5, spread: 2 };
    shared = new SharedConnections(
      () => isKept,
      bounds,
      () => nowMs,
    );
    run('short', 0.4);
    run('medium', 1.5);
    run('long', 100);
    released = [];
  });

  const connection = (name: string) => ({
    client: { name } as never as PoolClient,
    release: (isBroken = false) => void released.push(isBroken ? `${name}, broken` : name),
  });
  const begin = (name: string, on: string) => shared.share(OWN, name, connection(on));
  const joined = (name: string, owner = OWN) =>
    (shared.join(owner, name)?.client as { name: string } | undefined)?.name;

  /** Makes the time of a statement known. */
  function run(name: string, ms: number): void {
    const { release } = begin(name, 'first');
    nowMs += ms;
    release();
  }

  it('short ones, while they are expected to wait for no longer than it takes to wake a process', () => {
    begin('short', 'A');
    expect([joined('short'), joined('short')]).toEqual(['A', undefined]);
  });

  it('for longer, once the customer uses several connections, and always where the wait is the shortest', () => {
    begin('medium', 'A');
    expect(joined('short')).toBeUndefined();
    begin('short', 'B');
    expect(Array.from({ length: 5 }, () => joined('short'))).toEqual(['B', 'B', 'B', 'A', undefined]);
  });

  it('no more than are allowed on a connection', () => {
    run('tiny', 0.001);
    begin('tiny', 'A');
    expect(Array.from({ length: 4 }, () => joined('tiny'))).toEqual(['A', 'A', 'A', undefined]);
  });

  it.each(['long', 'unknown'])('no read that is %s, and none behind it', (name) => {
    const { release } = begin(name, 'A');
    begin('short', 'B');
    expect([joined(name), joined('short')]).toEqual([undefined, 'B']);
    release();
    expect(released).toEqual(['A']);
  });

  it('nothing of another customer', () => {
    begin('short', 'A');
    expect(joined('short', 'lakeview')).toBeUndefined();
  });

  it('nothing behind a read that takes longer than expected', () => {
    begin('short', 'A');
    nowMs += 5;
    expect(joined('short')).toBeUndefined();
  });

  it('nothing while others wait for the connection', () => {
    begin('short', 'A');
    isKept = false;
    expect(joined('short')).toBeUndefined();
  });

  it('nothing on a connection that is lost, and it is given back once, when all reads have ended', () => {
    const first = begin('short', 'A');
    const second = shared.join(OWN, 'short')!;
    first.release(true);
    expect([joined('short'), released]).toEqual([undefined, []]);
    second.release(false);
    expect(released).toEqual(['A, broken']);
  });

  it('a read that waited behind others is not taken for a long one', () => {
    const first = begin('medium', 'A');
    begin('medium', 'B');
    const behind = shared.join(OWN, 'short')!;
    nowMs += 1.5;
    first.release();
    nowMs += 0.4;
    behind.release();
    begin('short', 'C');
    expect(joined('short')).toBe('C');
  });
});

describe('the expected time of a statement', () => {
  let times: ExpectedTimes;
  let nowMs: number;
  beforeEach(() => {
    times = new ExpectedTimes();
    nowMs = 0;
  });

  /** @param everyMs time between two executions */
  const expected = (everyMs: number, ...ms: number[]) => {
    for (const one of ms) times.note('a', one, (nowMs += everyMs));
    return times.of('a');
  };

  it('is about the shortest of the latest ones', () => {
    expect(times.of('a')).toBeUndefined();
    expect(expected(100, 4, 9, 1)).toBe(1);
    expect(expected(1_000, 9)).toBeCloseTo(1.2);
    expect(expected(100, ...Array.from({ length: 200 }, () => 9))).toBe(9);
  });

  it('stays short while many executions wait for a processor, and one of them in a second does not', () => {
    const second = [0.2, ...Array.from({ length: 999 }, () => 9)];
    expect(expected(1, ...Array.from({ length: 60 }, () => second).flat())).toBeLessThan(0.25);
  });

  it('is that of one that took very long, until one is shorter', () => {
    expect(expected(1, 1, 500)).toBe(500);
    expect(expected(1, 1)).toBe(1);
  });

  it('is kept for a bounded number of statements', () => {
    expected(1, 1);
    for (let nth = 0; nth < 1_000; nth += 1) times.note(`statement ${nth}`, 1, nowMs);
    expect(times.of('a')).toBeUndefined();
  });
});

describe('in a database', () => {
  const NORTHSIDE: Scope = { kind: 'customer', customerId: '1' };
  const LAKEVIEW: Scope = { kind: 'customer', customerId: '2' };
  let testDatabase: TestDatabase;
  let database: Database;
  let admin: Client;

  beforeAll(async () => {
    testDatabase = await createTestDatabase('demo');
    admin = new Client({ connectionString: testDatabase.url });
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    await testDatabase.drop();
  });
  beforeEach(async () => {
    database = new Database({ url: testDatabase.url, poolSize: 8, statementTimeoutMs: 600_000 });
    // The first one of a connection sets the customer; then the time becomes known.
    for (let nth = 0; nth < 20; nth += 1) await look(NORTHSIDE, '1');
  });
  afterEach(() => database.close());

  interface Seen {
    pid: number;
    customer: string;
    half: number;
  }
  /** The process that runs the statement, and as which customer. */
  const look = async (scope: Scope, divisor: string): Promise<Seen> => {
    const [seen] = await database.session(scope).run<Seen>({
      name: 'look',
      text: `/* look */ select pg_backend_pid() as pid, current_setting('app.customer_id') as customer, 1 / $1::int as half`,
      values: [divisor],
    });
    return seen!;
  };
  const idle = () => {
    const { idle: free, open } = database.pools.find(({ name }) => name === 'customer')!;
    return free === open;
  };
  /** Reads at the same time, some of them on the same connection. A busy machine may need several attempts, and to learn how short they are. */
  async function together(divisors: readonly string[]) {
    for (;;) {
      await look(NORTHSIDE, '1');
      const results = await Promise.allSettled(divisors.map((divisor) => look(NORTHSIDE, divisor)));
      const pids = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value.pid] : []));
      if (new Set(pids).size < pids.length) return results.map(({ status }) => status);
    }
  }

  it('short reads at the same time share connections', async () => {
    expect(await together(['1', '1', '1', '1'])).toEqual(Array.from({ length: 4 }, () => 'fulfilled'));
    await eventually(idle, 'free connections');
  });

  it('one that fails fails alone', async () => {
    const expected = ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'];
    expect(await together(['1', '0', '1', '0', '1', '1'])).toEqual(expected);
    await eventually(idle, 'free connections');
  });

  it('all of a lost connection fail, and later ones run on another', async () => {
    const sleep = (seconds: string) =>
      database.session(NORTHSIDE).run({
        name: 'sleep',
        text: '/* sleep */ select pg_sleep($1::float8)',
        values: [seconds],
      });
    for (let behind = 'fulfilled'; behind === 'fulfilled';) {
      for (let nth = 0; nth < 20; nth += 1) await sleep('0');
      let isEnded = false;
      // Two connections are in use, so the third read is sent behind one of the others.
      const reads = Promise.allSettled([sleep('600'), sleep('600'), look(NORTHSIDE, '1')]);
      void reads.then(() => (isEnded = true));
      await eventually(async () => {
        await admin.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where query like '/* sleep */%' and state = 'active' and datname = current_database()`,
        );
        return isEnded;
      }, 'the end of the reads');
      const [one, other, third] = await reads;
      expect([one.status, other.status]).toEqual(['rejected', 'rejected']);
      behind = third.status;
    }
    expect((await look(NORTHSIDE, '1')).customer).toBe('1');
    await eventually(idle, 'free connections');
  });

  it('customers never share one', async () => {
    for (let nth = 0; nth < 20; nth += 1) {
      const scopes = Array.from({ length: 24 }, (_, index) => (index % 3 === 0 ? LAKEVIEW : NORTHSIDE));
      const seen = await Promise.all(scopes.map((scope) => look(scope, '1')));
      expect(seen.map(({ customer }) => ({ kind: 'customer', customerId: customer }))).toEqual(scopes);
    }
  });
});
