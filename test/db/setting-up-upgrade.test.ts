import { UpgradeDatabase } from '../support/upgrade-database';

const MIGRATION = 'SettingUp1795651800000';

let database: UpgradeDatabase;
beforeEach(async () => {
  database = await UpgradeDatabase.before(MIGRATION);
});
afterEach(() => database.drop());

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
  const refused = await database.run(MIGRATION).then(
    () => new Error('It ran.'),
    (error: unknown) => error as Error,
  );
  expect(refused.message).toContain('These ids have the same name: 1, 3; 4, 5, 6. As a superuser, rename all but one');
  expect(refused.message).not.toMatch(/twin|trio/i);
});
