import { UpgradeDatabase } from '../support/upgrade-database';

const MIGRATION = 'LifeCycles1795651740000';

let database: UpgradeDatabase;
beforeAll(async () => {
  database = await UpgradeDatabase.before(MIGRATION);
});
afterAll(() => database.drop());

it('existing patients, sites and webhooks get the time of archiving or deactivation, and the reason', async () => {
  await database.admin.query(`
    insert into customer (name) values ('One'), ('Other');
    insert into patient (customer_id, first_name, last_name, archived, updated_at) values
      (1, 'Ann', 'Active', false, '2026-01-02 03:04:05.678Z'), (2, 'Bob', 'Archived', true, '2026-01-02 03:04:05.678Z');
    insert into site (customer_id, name, active, updated_at) values
      (1, 'Open', true, '2026-02-03 04:05:06.789Z'), (0, 'Closed', false, '2026-02-03 04:05:06.789Z');
    insert into webhook (customer_id, url, event_types, secret, active, disabled_at, disabled_reason)
      select 1, 'https://example.com/', '{ORDER_STATUS}', '\\x00', reason is null, case when reason is not null then now() end, reason
      from (values (null), ('Switched off by hand.'), ('The endpoint answered 410 Gone.'),
        ('No delivery has succeeded since 2026-11-01T00:00:00.000Z, for 5 days.')) t (reason)`);

  await database.run(MIGRATION);

  expect(await database.rows('select first_name, archived_at, version from patient order by id')).toEqual([
    { first_name: 'Ann', archived_at: null, version: 1 },
    { first_name: 'Bob', archived_at: new Date('2026-01-02T03:04:05.678Z'), version: 1 },
  ]);
  expect(await database.rows('select name, deactivated_at, version from site order by id')).toEqual([
    { name: 'Open', deactivated_at: null, version: 1 },
    { name: 'Closed', deactivated_at: new Date('2026-02-03T04:05:06.789Z'), version: 1 },
  ]);
  expect(await database.rows('select disabled_reason from webhook order by id')).toEqual(
    [null, 'BY_REQUEST', 'ENDPOINT_GONE', 'ENDPOINT_FAILING'].map((reason) => ({ disabled_reason: reason })),
  );
  expect(
    await database.rows(
      `select relname from pg_class where relname in ('patient', 'site', 'webhook') and not relforcerowsecurity`,
    ),
  ).toEqual([]);
});
