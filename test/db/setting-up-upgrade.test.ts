import { explainError } from '../../src/platform/db/explain-error';
import { migrate } from '../../src/platform/db/migrate';
import { urlOfDatabase } from '../support/test-database';
import { UpgradeDatabase } from '../support/upgrade-database';

const MIGRATION = 'SettingUp1795651800000';

let database: UpgradeDatabase;
beforeEach(async () => {
  database = await UpgradeDatabase.before(MIGRATION);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await database.drop();
});

it('customers keep their names and get a version and the time of their latest change', async () => {
  await database.admin.query(
    `insert into customer (name, created_at) values (' One ', '2026-01-02 03:04:05.678Z'), ('Other', '2026-01-03 03:04:05.678Z')`,
  );
  await database.run(MIGRATION);
  expect(
    await database.rows('select id, name, version, deactivated_at, updated_at from customer where id > 0'),
  ).toEqual([
    { id: '1', name: ' One ', version: 1, deactivated_at: null, updated_at: new Date('2026-01-02T03:04:05.678Z') },
    { id: '2', name: 'Other', version: 1, deactivated_at: null, updated_at: new Date('2026-01-03T03:04:05.678Z') },
  ]);
  await expect(database.admin.query(`insert into customer (name) values ('ONE')`)).rejects.toMatchObject({
    constraint: 'customer_name_unique',
  });
  expect(
    await database.rows(
      `select relname from pg_class where relname in ('customer', 'item') and not relforcerowsecurity`,
    ),
  ).toEqual([]);
});

it('customers with the same name stop the upgrade, which names their ids and the way out', async () => {
  await database.admin.query(
    `insert into customer (name) values ('Twin'), ('Other'), (' twin '), ('Trio'), ('TRIO'), ('trio')`,
  );
  const [{ name }] = (await database.rows('select current_database() as name')) as [{ name: string }];
  const url = urlOfDatabase(process.env.TEST_POSTGRES_URL!, name);
  jest.spyOn(console, 'log').mockImplementation(); // TypeORM also prints the message
  const refused: unknown = await migrate({ url, servingUser: 'postgres' }).catch((error: unknown) => error);
  expect(explainError(refused)).toBe(
    'The database cannot be upgraded. Names of customers must be unique, ignoring case and surrounding spaces. ' +
      'These ids have the same name: 1, 3; 4, 5, 6. As a superuser, rename all but one of each, ' +
      `then start the gateway again: update customer set name = '…' where id = …;`,
  );
});
