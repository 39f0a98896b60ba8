import 'reflect-metadata';
import { Client } from 'pg';
import { Database } from '../../src/db/database';
import { OPERATOR_SCOPE, type Scope } from '../../src/db/scope';
import { StatementBuilder } from '../../src/db/statement';
import { ENTITIES } from '../../src/entities';
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
  database = await Database.open({ url: testDatabase.url, entities: ENTITIES, poolSize: 1, statementTimeoutMs: 2_000 });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await database.close();
});

interface Seen {
  pid: number;
  customers: string[];
}

/** Whose devices a statement sees that names no customer, and on which connection. */
async function seenBy(scope: Scope): Promise<Seen> {
  const [row] = await database.read<Seen>(
    scope,
    new StatementBuilder(scope).build(
      'customers_seen',
      `select pg_backend_pid() as pid, array(select distinct d.customer_id::text from device d order by 1) as customers`,
    ),
  );
  return row!;
}

function fail(scope: Scope): Promise<unknown> {
  return database.read(scope, new StatementBuilder(scope).build('fails', `select 1 / (select 0) as x`));
}

/** The next query of this name fails on the server, and whatever was sent behind it is run all the same. */
function breakNext(isIt: (text: string) => boolean): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on the client
  const original = Client.prototype.query as (...args: unknown[]) => unknown;
  const spy = jest.spyOn(Client.prototype, 'query') as unknown as jest.SpyInstance<unknown, unknown[], Client>;
  let broken = false;
  spy.mockImplementation(function (this: Client, ...args) {
    const [config] = args as [string | { text?: string }];
    const text = typeof config === 'string' ? config : (config.text ?? '');
    if (broken || !isIt(text)) return original.apply(this, args);
    broken = true;
    return original.call(this, { text: 'select set_config($1, $2, false)', values: ['no.such parameter', ''] });
  });
}

it('shows each customer its own rows on the connection that another had', async () => {
  const [northside, lakeview] = [await seenBy(NORTHSIDE), await seenBy(LAKEVIEW)];
  expect(northside).toEqual({ pid: lakeview.pid, customers: ['1'] });
  expect(lakeview.customers).toEqual(['2']);
  expect((await seenBy(OPERATOR_SCOPE)).customers).toEqual(['1', '2']);
});

it('drops the rows and destroys the connection when the customer could not be set', async () => {
  const { pid } = await seenBy(NORTHSIDE);
  breakNext((text) => text.includes('set_config'));

  await expect(seenBy(LAKEVIEW)).rejects.toMatchObject({ code: '42602' });

  const after = await seenBy(LAKEVIEW);
  expect(after.customers).toEqual(['2']);
  expect(after.pid).not.toBe(pid);
});

it('keeps the customer that was set when the statement behind it failed', async () => {
  const { pid } = await seenBy(NORTHSIDE);
  await expect(fail(LAKEVIEW)).rejects.toMatchObject({ code: '22012' });
  expect(await seenBy(LAKEVIEW)).toEqual({ pid, customers: ['2'] });
  await expect(fail(NORTHSIDE)).rejects.toMatchObject({ code: '22012' });
  expect(await seenBy(LAKEVIEW)).toEqual({ pid, customers: ['2'] });
});

it('leaves no trace of the customer of a transaction, whether it commits, rolls back or breaks', async () => {
  const { pid } = await seenBy(NORTHSIDE);
  const inTransaction = (statement: string) =>
    database.transact(LAKEVIEW, (tx) =>
      tx.query<{ customers: string }>({ name: 'in_transaction', text: statement, values: [] }),
    );
  const customers = `select string_agg(distinct d.customer_id::text, ' ') as customers from device d`;

  expect(await inTransaction(customers)).toEqual([{ customers: '2' }]);
  expect(await seenBy(NORTHSIDE)).toEqual({ pid, customers: ['1'] });
  await expect(inTransaction('select 1 / (select 0)')).rejects.toThrow('division by zero');
  expect(await seenBy(NORTHSIDE)).toEqual({ pid, customers: ['1'] });
});

it('destroys the connection of a transaction that could not be rolled back', async () => {
  const { pid } = await seenBy(NORTHSIDE);
  breakNext((text) => text === 'ROLLBACK');

  await expect(database.transact(LAKEVIEW, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');

  const after = await seenBy(NORTHSIDE);
  expect(after.customers).toEqual(['1']);
  expect(after.pid).not.toBe(pid);
});

it('shows nothing to a customer that there is not, and nothing to a connection without one', async () => {
  expect((await seenBy({ kind: 'customer', customerId: '999' })).customers).toEqual([]);
  const client = new Client({ connectionString: testDatabase.url, options: '-c role=gateway_customer' });
  await client.connect();
  const { rows } = await client.query(
    'select (select count(*)::int from device) as devices, (select count(*)::int from patient) as patients, (select count(*)::int from customer) as customers',
  );
  await client.end();
  expect(rows).toEqual([{ devices: 0, patients: 0, customers: 0 }]);
});
