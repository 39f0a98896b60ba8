import { UpgradeDatabase } from '../support/upgrade-database';

const MIGRATION = 'ExternalOrderIds1795652060000';

let database: UpgradeDatabase;
beforeAll(async () => {
  database = await UpgradeDatabase.before(MIGRATION);
});
afterAll(() => database.drop());

it('of existing orders with the same external identifier, the oldest keeps it and the others get their own id appended', async () => {
  await database.admin.query(`
    insert into customer (name) values ('One'), ('Other');
    insert into site (customer_id, name) values (1, 'Clinic'), (2, 'Clinic');
    insert into device_order (customer_id, kind, current_status, site_id, external_order_id)
      select customer_id, 'STANDARD', 'CREATED', customer_id, external_order_id from (values
        (1, 'PO-1'), (1, 'PO-2'), (1, 'PO-1'), (2, 'PO-1'), (1, null), (1, 'PO-1'), (1, null)) t (customer_id, external_order_id)`);

  await database.run(MIGRATION);

  expect(await database.rows('select external_order_id as name from device_order order by id')).toEqual(
    ['PO-1', 'PO-2', 'PO-1 (order 3)', 'PO-1', null, 'PO-1 (order 6)', null].map((name) => ({ name })),
  );
  expect(
    await database.rows(`select relname from pg_class where relname = 'device_order' and not relforcerowsecurity`),
  ).toEqual([]);
});
