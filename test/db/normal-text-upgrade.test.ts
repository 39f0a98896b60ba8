import { UpgradeDatabase } from '../support/upgrade-database';

const MIGRATION = 'NormalText1795652600000';
const [E, NFD] = ['é', 'e\u0301'];

let database: UpgradeDatabase;
beforeEach(async () => {
  database = await UpgradeDatabase.before(MIGRATION);
  await database.admin.query(`insert into customer (name) values ('One'), ('Other')`);
});
afterEach(() => database.drop());

const column = async (sql: string): Promise<unknown[]> =>
  (await database.rows(sql)).map((row) => Object.values(row)[0] as unknown);

it('texts get their normal form; versions stay', async () => {
  await database.admin.query(
    `insert into patient (customer_id, external_identifier, first_name, last_name, version)
      values (1, 'EXT-${NFD}', 'Ren${NFD}e', 'Muller', 7), (1, 'PLAIN', 'A', 'B', 1)`,
  );
  await database.admin.query(`insert into site (customer_id, name) values (1, 'Caf${NFD} '), (0, 'W${NFD}')`);
  await database.admin.query(
    `insert into item (name, sku, reading_kinds) values ('Scale ${NFD}', 'S-${NFD}', '{WEIGHT}')`,
  );
  await database.admin.query(`
    insert into device_order (customer_id, kind, current_status, site_id, external_order_id, parcels)
      values (1, 'STANDARD', 'CREATED', 1, ' PO-${NFD}\u200b', '[{"trackingNumber": "T-${NFD}"}]')`);
  const stampsOf = 'select updated_at from patient order by id';
  const stamps = await column(stampsOf);

  await database.run(MIGRATION);

  expect(await database.rows('select external_identifier, first_name, version from patient order by id')).toEqual([
    { external_identifier: `EXT-${E}`, first_name: `Ren${E}e`, version: 7 },
    { external_identifier: 'PLAIN', first_name: 'A', version: 1 },
  ]);
  expect(await column(stampsOf)).toEqual(stamps);
  expect(await column('select name from site order by id')).toEqual([`Caf${E}`, `W${E}`]);
  expect(await database.rows('select name, sku from item')).toEqual([{ name: `Scale ${E}`, sku: `S-${E}` }]);
  expect(await database.rows('select external_order_id, parcels from device_order')).toEqual([
    { external_order_id: `PO-${E}`, parcels: [{ trackingNumber: `T-${E}` }] },
  ]);
  expect(
    await column(
      `select relname from pg_class where relrowsecurity and relkind in ('r', 'p') and not relforcerowsecurity`,
    ),
  ).toEqual([]);
});

it('of equal identifiers, the one in normal form keeps it, else the oldest; nothing is merged', async () => {
  const of = (customer: number, ...texts: string[]) =>
    texts.map((text) => `(${customer}, '${text}', 'A', 'B')`).join(', ');
  await database.admin.query(
    `insert into patient (customer_id, external_identifier, first_name, last_name) values
      ${of(1, `A-${NFD}`, `A-${E}`, ` A-${E}`)}, ${of(2, `A-${NFD}`)}, ${of(1, `B-${NFD}`, `B-${NFD} `, 'C')}`,
  );
  await database.admin.query(
    `insert into item (name, sku, reading_kinds) values ('1', 'S-${NFD}', '{WEIGHT}'), ('2', 'S-${E}', '{WEIGHT}'), ('3', null, '{WEIGHT}')`,
  );
  await database.run(MIGRATION);
  expect(await column('select external_identifier from patient order by id')).toEqual([
    `A-${E} (patient 1)`,
    `A-${E}`,
    `A-${E} (patient 3)`,
    `A-${E}`,
    `B-${E}`,
    `B-${E} (patient 6)`,
    'C',
  ]);
  expect(await column('select sku from item order by id')).toEqual([`S-${E} (item 1)`, `S-${E}`, null]);
});

it('what an earlier release writes afterwards gets the normal form', async () => {
  await database.run(MIGRATION);
  await database.admin.query(
    `insert into patient (customer_id, external_identifier, first_name, last_name) values (1, 'X-${NFD}', 'A', 'B'), (1, null, 'A', 'B')`,
  );
  await database.admin.query(`set search_path = pg_catalog`);
  await database.admin.query(`update public.patient set external_identifier = ' Y-${NFD}' where id = 2`);
  expect(await column('select external_identifier from public.patient order by id')).toEqual([`X-${E}`, `Y-${E}`]);
});

it('customers whose names become equal stop the upgrade, which names their ids', async () => {
  await database.admin.query(`insert into customer (name) values ('Caf${E}'), ('CAF${NFD}'), ('Third')`);
  await expect(database.run(MIGRATION)).rejects.toThrow('These ids have the same name: 3, 4. As a superuser, rename');
});
