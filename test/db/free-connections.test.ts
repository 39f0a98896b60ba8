import 'reflect-metadata';
import { Client } from 'pg';
import { Database, type DatabaseOptions } from '../../src/platform/db/database';
import type { Scope } from '../../src/platform/db/scope';
import { eventually } from '../support/eventually';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

const NORTHSIDE: Scope = { kind: 'customer', customerId: '1' };

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(() => testDatabase.drop());
beforeEach(() => open());
afterEach(() => database.close());

function open(options: Partial<DatabaseOptions> = {}): void {
  database = new Database({ url: testDatabase.url, poolSize: 1, statementTimeoutMs: 600_000, ...options });
}

async function pid(): Promise<number> {
  const [row] = await database.session(NORTHSIDE).sql<{ pid: number }>`/* pid */ select pg_backend_pid() as pid`;
  return row!.pid;
}

const customers = () => database.pools.find(({ name }) => name === 'customer')!;

it('statements one after the other use the same connection, which counts as idle between them', async () => {
  const first = await pid();
  expect(customers()).toMatchObject({ open: 1, idle: 1 });
  expect(await pid()).toBe(first);
});

it('a connection that is lost while it is free is not used again', async () => {
  const lost = await pid();
  const admin = new Client({ connectionString: testDatabase.url });
  await admin.connect();
  await admin.query('select pg_terminate_backend($1)', [lost]);
  await admin.end();
  await eventually(() => customers().open === 0, 'the lost connection is gone');
  expect(customers().idle).toBe(0);
  expect(await pid()).not.toBe(lost);
});

it('a free connection is not used after its lifetime, however busy it is', async () => {
  await database.close();
  open({ connectionLifetimeMs: 50 });
  const first = await pid();
  await eventually(async () => (await pid()) !== first, 'another connection');
});

it('a free connection is not used after connections were renewed', async () => {
  const first = await pid();
  database.renewConnections();
  expect(await pid()).not.toBe(first);
});
