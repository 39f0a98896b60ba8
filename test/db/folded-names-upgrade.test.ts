import { UpgradeDatabase } from '../support/upgrade-database';

const COLUMNS = 'FoldedNames1795652660000';
const PATIENTS = 'FoldNamesOfPatients1795652720000';

let database: UpgradeDatabase;
beforeEach(async () => {
  database = await UpgradeDatabase.before(COLUMNS);
  await database.admin.query(`insert into customer (name) values ('One'), ('Other')`);
});
afterEach(() => database.drop());

const INDEXES = `select relname as name, indisvalid as valid from pg_index join pg_class on oid = indexrelid
  where relname like 'patient%_fold' order by 1`;
const VALID = ['email', 'external_identifier', 'first_name', 'last_name'].map((column) => ({
  name: `patient_by_${column}_fold`,
  valid: true,
}));

async function addPatients(count: number): Promise<void> {
  await database.admin
    .query(`insert into patient (customer_id, external_identifier, first_name, last_name, email, version)
    select 1 + n % 2, 'É-' || n, 'Émile ' || n, 'Álvarez', 'E' || n || '@Example.com', 3 from generate_series(1, ${count}) n`);
}

it('names of existing rows are folded, of patients in portions; nothing else of them changes', async () => {
  await addPatients(4_500);
  await database.admin.query(`insert into site (customer_id, name) values (1, 'Clínica'), (0, 'Dépôt')`);
  const UNCHANGED = `select md5(string_agg(to_jsonb(p)::text, ',' order by id)) as hash from
    (select id, customer_id, external_identifier, first_name, last_name, email, version, updated_at from patient) p`;
  const before = await database.rows(UNCHANGED);

  await database.run(COLUMNS);
  await database.run(PATIENTS);

  expect(await database.rows(UNCHANGED)).toEqual(before);
  expect(
    await database.rows(
      `select count(*)::int as count, count(distinct first_name_fold)::int as names from patient
        where last_name_fold = 'alvarez emile ' || substr(external_identifier, 3)
          and first_name_fold = 'emile ' || substr(external_identifier, 3) || ' alvarez'
          and external_identifier_fold = 'e-' || substr(external_identifier, 3) and email_fold = lower(email)`,
    ),
  ).toEqual([{ count: 4_500, names: 4_500 }]);
  expect(await database.rows('select name_fold from site order by id')).toEqual([
    { name_fold: 'clinica' },
    { name_fold: 'depot' },
  ]);
  expect(await database.rows(INDEXES)).toEqual(VALID);
  expect(await database.rows(`select polname from pg_policy where polname like 'fold%'`)).toEqual([]);
});

it('an interrupted upgrade is continued', async () => {
  await addPatients(3);
  await database.run(COLUMNS);
  // As after a stop: one portion is done, and the policy is left.
  await database.admin.query(`update patient set first_name = first_name where id = 1`);
  await database.admin.query('create policy fold_existing_names on patient for all to current_user using (true)');
  await database.run(PATIENTS);
  await database.run(PATIENTS);
  expect(await database.rows('select count(last_name_fold)::int as folded from patient')).toEqual([{ folded: 3 }]);
  expect(await database.rows(INDEXES)).toEqual(VALID);
});

it('names that an earlier release writes meanwhile and afterwards are folded', async () => {
  await database.run(COLUMNS);
  await database.admin.query(
    `insert into patient (customer_id, first_name, last_name) values (1, 'Zoë', 'O’Brien'), (1, 'A', 'B')`,
  );
  await database.run(PATIENTS);
  await database.admin.query('set search_path = pg_catalog');
  await database.admin.query(`update public.patient set last_name = 'Ørsted', email = 'A@B.org' where id = 2`);
  expect(
    await database.rows('select last_name_fold, first_name_fold, email_fold from public.patient order by id'),
  ).toEqual([
    { last_name_fold: "o'brien zoe", first_name_fold: "zoe o'brien", email_fold: null },
    { last_name_fold: 'orsted a', first_name_fold: 'a orsted', email_fold: 'a@b.org' },
  ]);
});

it('customers with the same name in another case stop the upgrade', async () => {
  await database.admin.query(`drop index customer_name_unique`);
  await database.admin.query(`insert into customer (name) values ('Ñuñoa'), ('ÑUÑOA')`);
  await database.admin.query(`create unique index customer_name_unique on customer (id)`);
  await expect(database.run(COLUMNS)).rejects.toThrow('These ids have the same name: 3, 4. As a superuser, rename');
});
