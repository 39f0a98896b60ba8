import 'reflect-metadata';
import { Database } from '../../src/platform/db/database';
import { OPERATOR_SCOPE } from '../../src/platform/db/scope';
import { compile, sql } from '../../src/platform/db/sql';
import { TcpProxy } from '../support/tcp-proxy';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

let testDatabase: TestDatabase;
let proxy: TcpProxy;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  proxy = await TcpProxy.start(testDatabase.url);
  database = new Database({ url: proxy.url, poolSize: 1, statementTimeoutMs: 600_000 });
});
afterAll(async () => {
  await database.close();
  await proxy.stop();
  await testDatabase.drop();
});

const pid = (timeoutMs?: number) =>
  database.read<{ pid: number }>(
    OPERATOR_SCOPE,
    compile(OPERATOR_SCOPE, sql`/* pid */ select pg_backend_pid() as pid`),
    undefined,
    timeoutMs,
  );

it('a connection without a response is closed after the time limit, and not used again', async () => {
  const [before] = await pid();
  proxy.blackHole();
  await expect(pid(50)).rejects.toThrow('Query read timeout');
  proxy.up();
  const [after] = await pid();
  expect(after!.pid).not.toBe(before!.pid);
});
