import 'reflect-metadata';
import { Socket } from 'node:net';
import { Client } from 'pg';
import { Database } from '../../src/platform/db/database';
import { OutcomeUnknownError } from '../../src/platform/db/pg-error';
import { OPERATOR_SCOPE, type Scope } from '../../src/platform/db/scope';
import { raw, sql, text, unnest } from '../../src/platform/db/sql';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

const NORTHSIDE: Scope = { kind: 'customer', customerId: '1' };
const LAKEVIEW: Scope = { kind: 'customer', customerId: '2' };

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase('demo');
});
afterAll(() => testDatabase.drop());
beforeEach(async () => {
  database = new Database({
    url: testDatabase.url,
    poolSize: 1,
    statementTimeoutMs: 600_000,
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await database.close();
});

interface Seen {
  /** Of the server process of the connection. */
  pid: number;
  customers: string[];
}

/** The customers whose devices are visible to a statement without a condition on the customer. */
async function seenBy(scope: Scope): Promise<Seen> {
  const [row] = await database.session(scope).sql<Seen>`/* customers_seen */ select pg_backend_pid() as pid,
    array(select distinct d.customer_id::text from device d order by 1) as customers`;
  return row!;
}

function fail(scope: Scope): Promise<unknown> {
  return database.session(scope).sql`/* fails */ select 1 / (select 0) as x`;
}

/** Makes the next matching query fail on the server. Queries sent after it still run. */
function breakNext(matches: (text: string) => boolean): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on the client
  const original = Client.prototype.query as (...args: unknown[]) => unknown;
  const spy = jest.spyOn(Client.prototype, 'query') as unknown as jest.SpyInstance<unknown, unknown[], Client>;
  let isBroken = false;
  spy.mockImplementation(function (this: Client, ...args) {
    const [config] = args as [string | { text?: string; callback?: unknown }];
    const text = typeof config === 'string' ? config : (config.text ?? '');
    if (isBroken || !matches(text)) return original.apply(this, args);
    isBroken = true;
    const broken = { text: 'select set_config($1, $2, false)', values: ['no.such parameter', ''] };
    return original.call(this, broken, typeof config === 'string' ? undefined : config.callback);
  });
}

it('customers that share a connection see only their own rows', async () => {
  const [northside, lakeview] = [await seenBy(NORTHSIDE), await seenBy(LAKEVIEW)];
  expect(northside).toEqual({ pid: lakeview.pid, customers: ['1'] });
  expect(lakeview.customers).toEqual(['2']);
  expect((await seenBy(OPERATOR_SCOPE)).customers).toEqual(['1', '2']);
});

it('the rows are discarded and the connection is destroyed when the customer could not be set', async () => {
  const { pid } = await seenBy(NORTHSIDE);
  breakNext((text) => text.includes('set_config'));

  await expect(seenBy(LAKEVIEW)).rejects.toMatchObject({ code: '42602' });

  const after = await seenBy(LAKEVIEW);
  expect(after.customers).toEqual(['2']);
  expect(after.pid).not.toBe(pid);
});

it('the customer of a connection is kept when the statement fails', async () => {
  const { pid } = await seenBy(NORTHSIDE);
  await expect(fail(LAKEVIEW)).rejects.toMatchObject({ code: '22012' });
  expect(await seenBy(LAKEVIEW)).toEqual({ pid, customers: ['2'] });
  await expect(fail(NORTHSIDE)).rejects.toMatchObject({ code: '22012' });
  expect(await seenBy(LAKEVIEW)).toEqual({ pid, customers: ['2'] });
});

it('the customer of a transaction does not affect later statements, after a commit or a failure', async () => {
  const { pid } = await seenBy(NORTHSIDE);
  const inTransaction = (statement: string) =>
    database.transact(LAKEVIEW, (tx) => tx.sql<{ customers: string }>`/* in_transaction */ ${raw(statement)}`);
  const customers = `select string_agg(distinct d.customer_id::text, ' ') as customers from device d`;

  expect(await inTransaction(customers)).toEqual([{ customers: '2' }]);
  expect(await seenBy(NORTHSIDE)).toEqual({ pid, customers: ['1'] });
  await expect(inTransaction('select 1 / (select 0)')).rejects.toThrow('division by zero');
  expect(await seenBy(NORTHSIDE)).toEqual({ pid, customers: ['1'] });
});

it('the connection is destroyed when the rollback of a transaction fails', async () => {
  const { pid } = await seenBy(NORTHSIDE);
  breakNext((text) => text === 'ROLLBACK');

  const refused = database.transact(LAKEVIEW, async (tx) => {
    await tx.sql`/* first */ select 1`;
    throw new Error('refused');
  });
  await expect(refused).rejects.toThrow('refused');

  const after = await seenBy(NORTHSIDE);
  expect(after.customers).toEqual(['1']);
  expect(after.pid).not.toBe(pid);
});

/** What is sent, and what has its result. */
function watchSteps(): string[] {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on the client
  const original = Client.prototype.query as (...args: unknown[]) => unknown;
  const steps: string[] = [];
  const spy = jest.spyOn(Client.prototype, 'query') as unknown as jest.SpyInstance<unknown, unknown[], Client>;
  spy.mockImplementation(function (this: Client, ...args) {
    const query = args[0] as { text: string; callback: (...result: unknown[]) => void };
    const { text, callback } = query;
    const step = /^(START TRANSACTION|COMMIT|ROLLBACK)|set_config|first|second|third/.exec(text)![0];
    steps.push(step);
    const settled = (...result: unknown[]) => {
      steps.push(`${step} done`);
      callback(...result);
    };
    return original.call(this, Object.assign(query, { callback: settled }));
  });
  return steps;
}

it('the customer, START TRANSACTION and the first statement are sent without waiting', async () => {
  await seenBy(NORTHSIDE);
  const steps = watchSteps();

  await database.transact(LAKEVIEW, async (tx) => {
    await tx.sql`/* first */ select 1`;
    await tx.sql`/* second */ select 1`;
  });

  expect(steps).toEqual([
    ...['set_config', 'START TRANSACTION', 'first'],
    ...['set_config done', 'START TRANSACTION done', 'first done'],
    ...['second', 'second done', 'COMMIT', 'COMMIT done'],
  ]);
});

it('a transaction does not set the customer of a connection that has it', async () => {
  await seenBy(NORTHSIDE);
  const steps = watchSteps();

  await database.transact(NORTHSIDE, (tx) => tx.sql`/* first */ select 1`);

  const frame = ['START TRANSACTION', 'first', 'START TRANSACTION done', 'first done', 'COMMIT', 'COMMIT done'];
  expect(steps).toEqual(frame);
});

it('statements that are sent in a turn of the event loop are one write to the connection', async () => {
  await seenBy(NORTHSIDE);
  const writes = ['_write', '_writev'].map((name) => jest.spyOn(Socket.prototype, name as '_write'));

  await database.transact(LAKEVIEW, async (tx) => {
    tx.send(sql`/* first */ select 1`);
    await new Promise<void>((resolve) => process.nextTick(resolve));
    await tx.sql`/* second */ select 1`;
  });

  // The second is COMMIT.
  expect(writes.flatMap(({ mock }) => mock.calls)).toHaveLength(2);
});

it('nothing is committed when the customer of a transaction could not be set', async () => {
  const { pid } = await seenBy(NORTHSIDE);
  breakNext((text) => text.includes('set_config'));

  const transaction = database.transact(LAKEVIEW, (tx) => {
    tx.send(sql`/* rename */ update site s set name = 'Of another customer' where s.customer_id = 1`);
    return Promise.resolve();
  });

  await expect(transaction).rejects.toMatchObject({ code: '42602' });
  const after = await seenBy(NORTHSIDE);
  expect(after).toEqual({ pid: expect.any(Number) as number, customers: ['1'] });
  expect(after.pid).not.toBe(pid);
  const named = await database.session(NORTHSIDE)
    .sql`/* renamed */ select from site s where s.name = 'Of another customer'`;
  expect(named).toEqual([]);
});

it('the connection is destroyed and no rows are returned when START TRANSACTION fails', async () => {
  const { pid } = await seenBy(NORTHSIDE);
  breakNext((text) => text === 'START TRANSACTION');
  const seen: unknown[] = [];

  const transaction = database.transact(LAKEVIEW, async (tx) => {
    seen.push(await tx.sql`/* devices */ select d.customer_id from device d`);
  });

  await expect(transaction).rejects.toMatchObject({ code: '42602' });
  expect(seen).toEqual([]);
  const after = await seenBy(LAKEVIEW);
  expect(after.customers).toEqual(['2']);
  expect(after.pid).not.toBe(pid);
});

it('an unknown customer and a connection without a customer see no rows', async () => {
  expect((await seenBy({ kind: 'customer', customerId: '999' })).customers).toEqual([]);
  const client = new Client({ connectionString: testDatabase.url, options: '-c role=gateway_customer' });
  await client.connect();
  const { rows } = await client.query(
    'select (select count(*)::int from device) as devices, (select count(*)::int from patient) as patients, (select count(*)::int from customer) as customers',
  );
  await client.end();
  expect(rows).toEqual([{ devices: 0, patients: 0, customers: 0 }]);
});

describe('the last statement of a transaction', () => {
  const rename = (name: string) =>
    sql`/* second */ update site s set name = ${text(name)} where s.customer_id = 1 returning pg_backend_pid() as pid`;
  const countNamed = async (name: string) => {
    const rows = await database.session(NORTHSIDE).sql`/* named */ select from site s where s.name = ${text(name)}`;
    return rows.length;
  };

  it('is sent with COMMIT, and the next read sees what was committed', async () => {
    await seenBy(NORTHSIDE);
    const steps = watchSteps();

    const found = await database.transact(NORTHSIDE, async (tx) => {
      await tx.sql`/* first */ select 1`;
      await tx.last(rename('Last'));
      return tx.sql`/* third */ select pg_xact_status(s.xmin::text::xid8) as status from site s where s.name = 'Last' limit 1`;
    });

    expect(found).toEqual([{ status: 'committed' }]);
    expect(steps.indexOf('COMMIT')).toBe(steps.indexOf('second') + 1);
    expect(steps.filter((step) => step === 'COMMIT')).toHaveLength(1);
  });

  it('waits for a customer that is set, when it is the only one', async () => {
    await seenBy(NORTHSIDE);
    breakNext((text) => text.includes('set_config'));
    const transaction = database.transact(LAKEVIEW, (tx) => tx.last(rename('Too early')));
    await expect(transaction).rejects.toMatchObject({ code: '42602' });
    expect(await countNamed('Too early')).toBe(0);
  });

  it('rolls the transaction back when it fails, and the connection is used again', async () => {
    const { pid } = await seenBy(NORTHSIDE);
    const transaction = database.transact(NORTHSIDE, async (tx) => {
      await tx.sql`${rename('Half done')}`;
      return tx.last(sql`/* fails */ select 1 / (select 0) as x`);
    });
    await expect(transaction).rejects.toMatchObject({ code: '22012' });
    expect(await countNamed('Half done')).toBe(0);
    expect(await seenBy(NORTHSIDE)).toEqual({ pid, customers: ['1'] });
  });

  it('fails with an earlier statement that was not waited for', async () => {
    const transaction = database.transact(NORTHSIDE, async (tx) => {
      tx.send(sql`/* fails */ select 1 / (select 0) as x`);
      return tx.last(rename('After a failure'));
    });
    await expect(transaction).rejects.toMatchObject({ code: '22012' });
    expect(await countNamed('After a failure')).toBe(0);
  });

  it('lets the transaction run again when it fails with a deadlock', async () => {
    let runs = 0;
    await database.transact(NORTHSIDE, (tx) => {
      runs += 1;
      const deadlock = sql`/* fails */ do $$ begin raise exception 'raised' using errcode = '40P01'; end $$`;
      return tx.last(runs === 1 ? deadlock : rename('Second run'));
    });
    expect(runs).toBe(2);
    expect(await countNamed('Second run')).toBeGreaterThan(0);
  });

  it('is committed although what follows fails, and the connection is used again', async () => {
    const { pid } = await seenBy(NORTHSIDE);
    const transaction = database.transact(NORTHSIDE, async (tx) => {
      await tx.last(rename('Committed'));
      return tx.sql`/* fails */ select 1 / (select 0) as x`;
    });
    await expect(transaction).rejects.toMatchObject({ code: '22012' });
    expect(await countNamed('Committed')).toBeGreaterThan(0);
    expect(await seenBy(NORTHSIDE)).toEqual({ pid, customers: ['1'] });
  });

  it('leaves the outcome unknown when the connection is lost', async () => {
    const { pid } = await seenBy(NORTHSIDE);
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on the client
    const original = Client.prototype.query as (...args: unknown[]) => unknown;
    const spy = jest.spyOn(Client.prototype, 'query') as unknown as jest.SpyInstance<unknown, unknown[], Client>;
    spy.mockImplementation(function (this: Client, ...args) {
      if ((args[0] as { text: string }).text === 'COMMIT') setTimeout(() => this.connection.stream.destroy(), 50);
      return original.apply(this, args);
    });

    const transaction = database.transact(NORTHSIDE, (tx) => tx.last(sql`/* slow */ select pg_sleep(1)`));

    await expect(transaction).rejects.toThrow(OutcomeUnknownError);
    expect((await seenBy(NORTHSIDE)).pid).not.toBe(pid);
  });

  it('is not sent when the time of the operation is over', async () => {
    const counter = { countStatement: () => undefined, countWrites: () => undefined, assertInTime: jest.fn() };
    counter.assertInTime
      .mockImplementationOnce(() => undefined)
      .mockImplementation(() => {
        throw new Error('too late');
      });
    const transaction = database.transact(NORTHSIDE, (tx) => tx.last(rename('Too late')), counter);
    await expect(transaction).rejects.toThrow('too late');
    expect(await countNamed('Too late')).toBe(0);
  });
});

describe('a statement that a transaction sends without waiting', () => {
  const rename = (name: string) => sql`/* rename */ update site s set name = ${text(name)} where s.customer_id = 1`;
  const raise = (code: string) =>
    sql`/* raise */ do $$ begin raise exception 'raised' using errcode = '${raw(code)}'; end $$`;
  const isRenamed = async (name: string) => {
    const [row] = await database.session(NORTHSIDE).sql<{
      renamed: boolean;
    }>`/* is_renamed */ select exists (select from site s where s.name = ${text(name)}) as renamed`;
    return row!.renamed;
  };

  it('is committed with the transaction', async () => {
    expect(
      await database.transact(NORTHSIDE, (tx) => {
        tx.send(rename('Sent'));
        return Promise.resolve('done');
      }),
    ).toBe('done');
    expect(await isRenamed('Sent')).toBe(true);
  });

  it.each([
    ['first', [raise('23514'), rename('Half done')]],
    ['last', [rename('Half done'), raise('23514')]],
  ])('rolls the whole transaction back when it fails as the %s statement', async (_place, statements) => {
    const { pid } = await seenBy(NORTHSIDE);
    const transaction = database.transact(NORTHSIDE, (tx) => {
      for (const one of statements) tx.send(one);
      return Promise.resolve();
    });
    await expect(transaction).rejects.toMatchObject({ code: '23514' });
    expect(await isRenamed('Half done')).toBe(false);
    expect(await seenBy(NORTHSIDE)).toEqual({ pid, customers: ['1'] });
  });

  it('determines the error when it fails, even if later statements fail too', async () => {
    const transaction = database.transact(NORTHSIDE, async (tx) => {
      tx.send(raise('23514'));
      await tx.sql`${rename('Half done')}`;
    });
    await expect(transaction).rejects.toMatchObject({ code: '23514' });
  });

  it('does not hide the error of an earlier statement', async () => {
    const transaction = database.transact(NORTHSIDE, async (tx) => {
      const failing = tx.sql`${raise('23514')}`;
      tx.send(rename('Half done'));
      await failing;
    });
    await expect(transaction).rejects.toMatchObject({ code: '23514' });
  });

  it.each(['it', 'the statement before it'])(
    'lets the transaction run again when %s fails with a deadlock',
    async (which) => {
      let runs = 0;
      await database.transact(NORTHSIDE, async (tx) => {
        runs += 1;
        if (runs > 1) return tx.sql`${rename('Second run')}`;
        if (which === 'it') {
          tx.send(raise('40P01'));
          return tx.sql`${rename('First run')}`;
        }
        const failing = tx.sql`${raise('40P01')}`;
        tx.send(rename('First run'));
        return failing;
      });
      expect(runs).toBe(2);
      expect(await isRenamed('Second run')).toBe(true);
    },
  );

  it('returns no rows when the customer could not be set', async () => {
    breakNext((text) => text.includes('set_config'));
    const seen: unknown[] = [];
    const transaction = database.transact(LAKEVIEW, async (tx) => {
      seen.push(...(await tx.sql`/* all_devices */ select d.id from device d`));
    });
    await expect(transaction).rejects.toMatchObject({ code: '42602' });
    expect(seen).toEqual([]);
  });
});

describe('a savepoint', () => {
  const rename = (name: string) => sql`/* rename */ update site s set name = ${text(name)} where s.customer_id = 1`;
  const names = async () => {
    const rows = await database.session(NORTHSIDE).sql<{
      name: string;
    }>`/* names */ select distinct s.name from site s where s.customer_id = 1`;
    return rows.map(({ name }) => name);
  };

  it('undoes what was done since, also after a failed statement, and commits what was done before and after', async () => {
    let emitted = 0;
    database.eventsCommitted.on(() => (emitted += 1));
    await database.transact(NORTHSIDE, async (tx) => {
      await tx.sql`${rename('Before')}`;
      const undo = tx.savepoint();
      tx.eventsAppended.set('device.statusChanged', 1);
      await tx.sql`${rename('Undone')}`;
      await expect(tx.sql`/* fails */ select 1 / (select 0) as x`).rejects.toMatchObject({ code: '22012' });
      await undo();
      expect(await tx.sql`/* names */ select distinct s.name from site s where s.customer_id = 1`).toEqual([
        { name: 'Before' },
      ]);
    });
    expect(await names()).toEqual(['Before']);
    expect(emitted).toBe(0);
  });

  it('fails with the transaction when a statement that was not awaited failed', async () => {
    let runs = 0;
    const transaction = database.transact(NORTHSIDE, async (tx) => {
      runs += 1;
      const undo = tx.savepoint();
      if (runs === 1) tx.send(sql`/* raise */ do $$ begin raise exception 'raised' using errcode = '40P01'; end $$`);
      await undo();
      tx.send(rename(`Run ${runs}`));
    });
    await transaction;
    expect(await names()).toEqual(['Run 2']);
  });
});

it('rows of a statement that was not awaited are read after the commit, and its failure is that of the transaction', async () => {
  const one = (n: string) => raw(`/* one */ select ${n} as n`);
  const { rows } = await database.transact(NORTHSIDE, (tx) => Promise.resolve({ rows: tx.sendFor(one('1')) }));
  expect(await rows).toEqual([{ n: 1 }]);

  let runs = 0;
  const again = await database.transact(NORTHSIDE, (tx) => {
    runs += 1;
    if (runs === 1) tx.send(sql`/* raise */ do $$ begin raise exception 'raised' using errcode = '40P01'; end $$`);
    return Promise.resolve({ rows: tx.sendFor(one(String(runs))) });
  });
  expect(await again.rows).toEqual([{ n: 2 }]);
  const failing = database.transact(NORTHSIDE, (tx) => Promise.resolve({ rows: tx.sendFor(one('1 / 0')) }));
  await expect(failing).rejects.toMatchObject({ code: '22012' });
});

it.each<[string, unknown[]]>([
  ['bigint', ['1', '-9223372036854775808', null, '9223372036854775807']],
  ['int', [0, -1, null]],
  ['float8', [0.1, -2.5e-7, 1e21, null, Infinity, NaN]],
  ['boolean', [true, false, null]],
  ['timestamptz', [new Date('2026-03-08T07:00:00.123Z'), null, new Date(0)]],
  ['text', ['7', 'seven', 'a "quoted", {braced} \\ one', '', 'null', null]],
  ['text', ['007', '-1']],
  ['text', ['7', '', null]],
  ['text', []],
])('an array of %s is sent unchanged: %p', async (type, values) => {
  const array = unnest(values, [type, (value) => value]);
  const rows = await database.session(NORTHSIDE).sql<{ value: unknown }>`/* array */
    select x.value from ${array} with ordinality as x(value, n) order by x.n`;
  expect(rows.map(({ value }) => value)).toEqual(values);
});
