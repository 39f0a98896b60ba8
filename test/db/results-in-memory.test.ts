import 'reflect-metadata';
import { Database } from '../../src/platform/db/database';
import { OPERATOR_SCOPE } from '../../src/platform/db/scope';
import { growthOfOldGeneration } from '../support/old-generation';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

/** Results of 80 MB in all. */
const [READS, CHARACTERS] = [2_000, 40_000];

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = new Database({ url: testDatabase.url, poolSize: 1, statementTimeoutMs: 600_000 });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const read = ({ sql }: Pick<ReturnType<Database['session']>, 'sql'>) =>
  sql<{ text: string }>`/* long_text */ select repeat('a', 40000) as text`;

it('results of reads wait for no full collection', async () => {
  const session = database.session(OPERATOR_SCOPE);
  const growth = await growthOfOldGeneration(READS, async () => {
    const [row] = await read(session);
    expect(row!.text).toHaveLength(CHARACTERS);
  });
  expect(growth).toBeLessThan(20_000_000);
});

it('nor do those of transactions', async () => {
  const growth = await growthOfOldGeneration(READS / 20, () =>
    database.transact(OPERATOR_SCOPE, async (tx) => {
      for (let nth = 0; nth < 20; nth += 1) await read(tx);
    }),
  );
  expect(growth).toBeLessThan(20_000_000);
});
