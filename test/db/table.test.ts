import 'reflect-metadata';
import { Client } from 'pg';
import { Database } from '../../src/platform/db/database';
import { OPERATOR_SCOPE } from '../../src/platform/db/scope';
import type { Tx } from '../../src/platform/db/session';
import { bigint, raw, sql } from '../../src/platform/db/sql';
import { Table } from '../../src/platform/db/table';
import { deviceTable } from '../../src/features/device/device.entity';
import { OrderEntity } from '../../src/features/order/order.entity';
import { OrderLineEntity } from '../../src/features/order/order-line.entity';
import { PatientEntity } from '../../src/features/patient/patient.entity';
import { SiteEntity } from '../../src/features/site/site.entity';
import { WebhookEntity } from '../../src/features/webhook/webhook.entity';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

const patients = new Table(PatientEntity);
const sites = new Table(SiteEntity);
const webhooks = new Table(WebhookEntity);

let testDatabase: TestDatabase;
let database: Database;
const sent: string[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase('demo');
  database = new Database({
    url: testDatabase.url,
    poolSize: 2,
    statementTimeoutMs: 600_000,
    observe: (_scope, text) => sent.push(text),
  });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});
beforeEach(() => {
  sent.length = 0;
});

/** Rolls the transaction back. */
async function inTransaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
  let result: { of: Result } | undefined;
  const rollback = new Error('rollback');
  const transaction = database.transact(OPERATOR_SCOPE, async (tx) => {
    result = { of: await work(tx) };
    throw rollback;
  });
  await expect(transaction).rejects.toBe(rollback);
  return result!.of;
}

const person = { customerId: '1', firstName: 'Ann', lastName: 'Lee' };

it('the select list of an entity is built once', () => {
  expect(patients.name).toBe('patient');
  expect(patients.select('p')).toBe(patients.select('p'));
});

describe('insert', () => {
  it('returns complete rows, with defaults of the database, in the given order', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `Site ${(index * 7919) % 200}`);
    const rows = await inTransaction((tx) =>
      sites.insert(
        tx,
        names.map((name) => ({ customerId: '1', name })),
      ),
    );
    expect(rows.map(({ name }) => name)).toEqual(names);
    const ids = rows.map(({ id }) => Number(id));
    expect(ids).toEqual([...ids].sort((one, other) => one - other));
    expect(rows[0]).toEqual({
      customerId: '1',
      id: expect.stringMatching(/^\d+$/) as string,
      name: 'Site 0',
      deactivatedAt: null,
      version: 1,
      phoneNumber: null,
      address: null,
      createdAt: expect.any(Date) as Date,
      updatedAt: expect.any(Date) as Date,
    });
    expect(sent.filter((text) => text.includes('insert_site'))).toHaveLength(1);
  });

  it.each<[string, Partial<PatientEntity>]>([
    ['an id of 64 bits', { id: '9223372036854775807' }],
    ['text with special characters', { externalIdentifier: `a "b" 'c' \\d {e},\n\t\\u0000 €😀` }],
    ['a time with milliseconds', { createdAt: new Date('2026-03-08T07:00:00.123Z') }],
    ['a date', { dateOfBirth: '1951-02-28' }],
    ['a boolean', { enrolled: false }],
    ['JSON', { address: { lines: ['1 "Main"'], city: 'Ely', state: 'NV', zipCode: '89301' } as never }],
    ['null', { address: null, email: null, dateOfBirth: null }],
  ])('stores %s unchanged', async (_what, values) => {
    const [row] = await inTransaction((tx) => patients.insert(tx, [{ ...person, ...values }]));
    expect(row).toMatchObject({ ...person, ...values });
  });

  it('stores bytes and arrays unchanged', async () => {
    const values = {
      customerId: '1',
      url: 'https://example.com',
      eventTypes: ['a', 'b "c"', 'd,e', 'NULL', '{f}'] as never,
      secret: Buffer.from([0, 255, 10, 92, 34]),
      previousSecret: null,
    };
    const [row] = await inTransaction((tx) => webhooks.insert(tx, [values]));
    expect(row).toMatchObject(values);
  });

  it('rejects a NUL character and half of a surrogate pair', async () => {
    const insert = (values: Partial<PatientEntity>) =>
      inTransaction((tx) => patients.insert(tx, [{ ...person, ...values }]));
    const message = 'A string in the arguments must not contain a NUL character. Remove it.';
    await expect(() => patients.insert(database.session(OPERATOR_SCOPE), [{ firstName: 'a\0b' }])).rejects.toThrow(
      message,
    );
    await expect(() =>
      patients.insert(database.session(OPERATOR_SCOPE), [{ address: { city: '\0' } }]),
    ).rejects.toThrow(message);
    const half =
      'A string in the arguments must not contain half of a surrogate pair, which is not a character. Remove it.';
    await expect(() => insert({ firstName: 'a\uD83Db' })).rejects.toThrow(half);
    await expect(() => insert({ address: { city: '\uDE00' } })).rejects.toThrow(half);
    expect(await insert({ email: '😀' })).toMatchObject([{ email: '😀' }]);
  });

  it('evaluates computed members and omits conflicting rows', async () => {
    const rows = await inTransaction(async (tx) => {
      const [first] = await sites.insert(tx, [{ customerId: '1', name: 'First' }]);
      return sites.insert(
        tx,
        [
          { customerId: '1', id: first!.id, name: 'Again' },
          { customerId: '1', id: '4000000000000000000', name: 'New' },
        ],
        { conflict: sql`on conflict do nothing`, computed: { phoneNumber: sql`upper(n.name)` } },
      );
    });
    expect(rows).toMatchObject([{ name: 'New', phoneNumber: 'NEW' }]);
  });

  it('sends no statement for no rows, and rejects rows with different members', async () => {
    const session = database.session(OPERATOR_SCOPE);
    expect(await sites.insert(session, [])).toEqual([]);
    await expect(sites.insert(session, [{ customerId: '1', name: 'A' }, { customerId: '1' }])).rejects.toThrow(
      'The rows of site in one statement have different members',
    );
    expect(sent).toEqual([]);
  });
});

describe('update', () => {
  it('changes the given members of the rows with these keys, and returns complete rows', async () => {
    const [before, rows, untouched] = await inTransaction(async (tx) => {
      const made = await sites.insert(
        tx,
        ['A', 'B', 'C'].map((name) => ({ customerId: '1', name, phoneNumber: '1' })),
      );
      const changed = await sites.update(
        tx,
        made.slice(0, 2).map(({ customerId, id, name }) => ({ customerId, id, name: `${name}2`, phoneNumber: null })),
        { computed: { updatedAt: sql`n.at` }, given: { at: raw(`timestamptz '2030-01-01Z'`) } },
      );
      const [third] =
        await tx.sql<SiteEntity>`/* third */ select ${sites.select('s')} from site s where s.id = ${bigint(made[2]!.id)}`;
      return [made, changed, third] as const;
    });
    const expected = before.slice(0, 2).map((row) => ({
      ...row,
      name: `${row.name}2`,
      phoneNumber: null,
      updatedAt: new Date('2030-01-01Z'),
    }));
    expect(rows).toHaveLength(2);
    expect(rows).toEqual(expect.arrayContaining(expected));
    expect(untouched).toEqual(before[2]);
  });

  it('does not change a row that does not satisfy the guard', async () => {
    const rows = await inTransaction(async (tx) => {
      const [site] = await sites.insert(tx, [{ customerId: '1', name: 'A' }]);
      const { customerId, id } = site!;
      return sites.update(tx, [{ customerId, id, name: 'B', phoneNumber: '1' }], { guard: sql`t.name = 'B'` });
    });
    expect(rows).toEqual([]);
  });

  it('finds rows by members other than the key', async () => {
    const rows = await inTransaction(async (tx) => {
      await patients.insert(tx, [{ ...person, externalIdentifier: 'Q7' }]);
      return patients.update(tx, [{ customerId: '1', externalIdentifier: 'Q7', firstName: 'Bea' }], {
        by: ['customerId', 'externalIdentifier'],
      });
    });
    expect(rows).toMatchObject([{ ...person, firstName: 'Bea', externalIdentifier: 'Q7' }]);
  });
});

it('an update finds its rows by the primary key with a generic plan', async () => {
  await inTransaction((tx) => deviceTable.update(tx, [{ customerId: '1', id: '1', version: 2 }]));
  const update = sent.find((text) => text.includes('update_device'))!;
  const client = new Client({ connectionString: testDatabase.url });
  await client.connect();
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${update}`);
  await client.end();
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain('Index Scan using device_pkey on device t');
  expect(plan).not.toContain('Seq Scan');
});

it('rows with a key of several columns are inserted', async () => {
  const orders = new Table(OrderEntity);
  const items = new Table(OrderLineEntity);
  const rows = await inTransaction(async (tx) => {
    const [site] = await sites.insert(tx, [{ customerId: '1', name: 'A' }]);
    const [order] = await orders.insert(tx, [
      { customerId: '1', kind: 'STANDARD', currentStatus: 'CREATED', siteId: site!.id },
    ]);
    const of = { customerId: '1', orderId: order!.id };
    return items.insert(tx, [
      { ...of, line: 2, itemId: '1', quantity: 3 },
      { ...of, line: 1, itemId: '2', quantity: 4 },
    ]);
  });
  expect(rows).toMatchObject([
    { line: 2, itemId: '1', quantity: 3 },
    { line: 1, itemId: '2', quantity: 4 },
  ]);
});
