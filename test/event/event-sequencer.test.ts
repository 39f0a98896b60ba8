import { Client } from 'pg';
import type { Database } from '../../src/platform/db/database';
import { OPERATOR_SCOPE, SYSTEM_SCOPE } from '../../src/platform/db/scope';
import { compile } from '../../src/platform/db/sql';
import { lockHeadStatement, sequenceStatement } from '../../src/platform/event/event.repository';
import { appendEvents } from '../../src/platform/event/outbox';
import { EventSequencer } from '../../src/platform/event/event-sequencer';
import { checkInterleavings } from './interleavings.harness';
import { anEvent, change, createVersions, openTransaction, StreamFixture, write } from './stream-fixture';

let fixture: StreamFixture;
let databases: Database[];

beforeEach(async () => {
  fixture = await StreamFixture.create();
  databases = [fixture.openDatabase(), fixture.openDatabase()];
});
afterEach(async () => {
  await Promise.all(databases.map((database) => database.close()));
  await fixture.close();
});

async function head(): Promise<number> {
  const { rows } = await fixture.superuser.query<{ position: number }>('select position::int from event_head');
  return rows[0]!.position;
}

/** Position and number of each event. */
async function storedNumbers(): Promise<unknown[]> {
  return (await fixture.stored()).map(({ position, n }) => [position, n]);
}

describe('sequencing', () => {
  it('assigns positions to committed events in the order of their ids, in several batches', async () => {
    const heads: number[] = [];
    const sequencer = new EventSequencer(databases[0]!, (to) => heads.push(to), 3);
    await sequencer.sequence();
    expect(await head()).toBe(0);
    await write(databases[0]!, ...[1, 2, 3, 4, 5, 6, 7].map((n) => anEvent(n, String(1 + (n % 3)))));
    await sequencer.sequence();
    expect(await storedNumbers()).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => [String(n), n]));
    expect(await head()).toBe(7);
    expect(heads).toEqual([3, 6, 7]);
  });

  it('keeps the order of changes of one device, even if the later transaction has a lower id', async () => {
    const [database] = databases as [Database];
    await createVersions(fixture.superuser, 1);
    await database.transact(OPERATOR_SCOPE, (tx) => change(tx, 0));
    const first = await openTransaction(database, (tx) => appendEvents(tx, anEvent('began first')));
    await database.transact(OPERATOR_SCOPE, (tx) => change(tx, 0));
    await first.commit((tx) => change(tx, 0));
    await new EventSequencer(database).sequence();
    expect((await fixture.stored()).map(({ n }) => n)).toEqual(['0 v1', 'began first', '0 v2', '0 v3']);
  });

  it('has no effect when it is rolled back', async () => {
    const [database] = databases as [Database];
    await write(database, anEvent(1), anEvent(2));
    const failed = database.transact(SYSTEM_SCOPE, async (tx) => {
      await tx.sql`${lockHeadStatement()}`;
      expect(await tx.sql`${sequenceStatement(10)}`).toMatchObject([{ position: '2' }]);
      throw new Error('rollback');
    });
    await expect(failed).rejects.toThrow('rollback');
    expect(await storedNumbers()).toEqual([
      [null, 1],
      [null, 2],
    ]);
    expect(await head()).toBe(0);
    await new EventSequencer(database).sequence();
    expect(await storedNumbers()).toEqual([
      ['1', 1],
      ['2', 2],
    ]);
  });

  it('waits for another instance that is sequencing, and continues when that is killed', async () => {
    const [database] = databases as [Database];
    await write(database, anEvent(1));
    const other = new Client({ connectionString: fixture.url });
    other.on('error', () => undefined);
    await other.connect();
    const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as pid');
    await other.query('begin');
    for (const statement of [lockHeadStatement(), sequenceStatement(10)]) {
      const { text, values } = compile(SYSTEM_SCOPE, statement);
      await other.query(text, values);
    }

    let sequenced = false;
    const waiting = new EventSequencer(database).sequence().then(() => (sequenced = true));
    await write(database, anEvent(2));
    expect(sequenced).toBe(false);
    await fixture.superuser.query('select pg_terminate_backend($1)', [rows[0]!.pid]);
    await waiting;
    expect((await fixture.stored()).slice(0, 1)).toMatchObject([{ position: '1', n: 1 }]);
    await new EventSequencer(database).sequence();
    expect(await head()).toBe(2);
  });

  it('stops waiting when it is stopped', async () => {
    const [database] = databases as [Database];
    await fixture.superuser.query('begin');
    await fixture.superuser.query('select from event_head for update');
    const sequencer = new EventSequencer(database);
    const waiting = sequencer.sequence();
    sequencer.stop();
    await waiting;
    await fixture.superuser.query('rollback');
    expect(await head()).toBe(0);
  });
});

describe('any interleaving of writers and sequencers', () => {
  it('delivers each event once, without gaps and in the order of each device', () =>
    checkInterleavings(fixture, databases, { seed: 20_261_129, numRuns: 12 }));
});
