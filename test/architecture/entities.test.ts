import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { ENTITIES } from '../../src/features';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

/** `event_head` has one row, `event_consumer` one per reader of the outbox. `migration` belongs to TypeORM. Migrations fill `zip_zone`. */
const WITHOUT_ENTITY = ['event_consumer', 'event_head', 'migration', 'typeorm_metadata', 'zip_zone'];

/**
 * Statements that TypeORM would run to remove what the entities do not declare, and why they do not:
 *
 * - Checks and exclusions: the same SQL would be in a migration and in an entity, and TypeORM compares only names.
 * - Generated columns and those that a trigger folds, which exist for indexes and keys, and keys over them: rows are read without
 *   them.
 * - Indexes: they exist for query plans, many of them on expressions. Each has its reason in a migration.
 */
const ONLY_IN_MIGRATIONS = `
  with own as (select oid, relname from pg_class where relnamespace = 'public'::regnamespace and not relispartition),
    generated as (select attrelid, attnum, attname from pg_attribute where attgenerated <> '' or attname like '%\\_fold')
  select format('ALTER TABLE "%s" DROP CONSTRAINT "%s"', relname, conname) as statement
  from pg_constraint c join own on own.oid = conrelid
  where contype in ('c', 'x') or (contype = 'f' and exists (select from generated g
    where (g.attrelid = c.conrelid and g.attnum = any (c.conkey)) or (g.attrelid = c.confrelid and g.attnum = any (c.confkey))))
  union all
  select format('DROP INDEX "public"."%s"', relname) from own join pg_index on indexrelid = own.oid
  where not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u'))
  union all
  select format('ALTER TABLE "%s" DROP COLUMN "%s"', relname, attname) from own join generated on attrelid = own.oid`;

/** Each partition of `reading` has its own primary key, see the migration. */
const PRIMARY_KEY_OF_PARTITIONS = /^ALTER TABLE "reading" ADD CONSTRAINT "PK_\w+" PRIMARY KEY \("customer_id", "id"\)$/;

let database: TestDatabase;
let source: DataSource;

beforeAll(async () => {
  database = await createTestDatabase('empty');
  source = await new DataSource({
    type: 'postgres',
    url: database.url,
    entities: ENTITIES,
    installExtensions: false,
  }).initialize();
  // TypeORM reads the expressions of generated columns from this table.
  await source.query(`create table typeorm_metadata
    (type varchar, database varchar, schema varchar, "table" varchar, name varchar, value text)`);
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});

/** Statements of TypeORM's schema builder to make the database match the entities. */
async function difference(): Promise<string[]> {
  const left = await source.query<{ statement: string }[]>(ONLY_IN_MIGRATIONS);
  const known = new Set(left.map(({ statement }) => statement));
  const { upQueries } = await source.driver.createSchemaBuilder().log();
  return upQueries
    .map(({ query }) => query)
    .filter((query) => !known.has(query) && !query.includes('"typeorm_metadata"'))
    .filter((query) => !PRIMARY_KEY_OF_PARTITIONS.test(query));
}

it('TypeORM finds no difference between the entities and the migrated database', async () => {
  expect(await difference()).toEqual([]);
});

it.each([
  ['device', 'add unforeseen text', 'drop unforeseen', 'DROP COLUMN "unforeseen"'],
  ['device', 'alter version type bigint', 'alter version type integer', '"version"'],
  ['device', 'alter site_id set not null', 'alter site_id drop not null', '"site_id"'],
  ['device', 'alter version set default 2', 'alter version set default 1', '"version" SET DEFAULT'],
  ['device', 'rename item_id to goods_id', 'rename goods_id to item_id', '"item_id"'],
  ['site', 'alter created_at type timestamptz', 'alter created_at type timestamptz(3)', '"created_at"'],
  [
    'patient',
    'drop constraint patient_external_identifier_unique',
    'add constraint patient_external_identifier_unique unique (customer_id, external_identifier)',
    '"patient_external_identifier_unique" UNIQUE',
  ],
  [
    'patient',
    'drop constraint patient_site',
    'add constraint patient_site foreign key (customer_id, site_id) references site',
    'ADD CONSTRAINT "patient_site" FOREIGN KEY',
  ],
])('a difference in %s is found after %s', async (table, change, undo, statement) => {
  await source.query(`alter table ${table} ${change}`);
  const found = await difference();
  await source.query(`alter table ${table} ${undo}`);
  expect(found.join('\n')).toContain(statement);
});

interface Key {
  name: string;
  columns: string[];
  references: string | null;
  referenced: string[];
}

/** TypeORM compares keys only by name and table. */
it('entities declare the same columns as the database for each unique and foreign key', async () => {
  const columns = (table: string, numbers: string) =>
    `array(select attname::text from unnest(${numbers}) with ordinality u(number, n)
       join pg_attribute on attrelid = ${table} and attnum = u.number order by u.n)`;
  const inDatabase = await source.query<Key[]>(
    `select conname as name, ${columns('conrelid', 'conkey')} as columns, r.relname as "references",
       ${columns('confrelid', 'confkey')} as referenced
     from pg_constraint join pg_class t on t.oid = conrelid left join pg_class r on r.oid = confrelid
     where contype in ('u', 'f') and connamespace = 'public'::regnamespace and not t.relispartition
       and not coalesce(r.relispartition, false)`,
  );
  const named = new Map(inDatabase.map((key) => [key.name, key]));
  const described = ENTITIES.map((entity) => source.getMetadata(entity)).flatMap(({ foreignKeys, uniques }): Key[] => [
    ...uniques.map((key) => ({
      name: key.name,
      columns: key.columns.map(({ databaseName }) => databaseName),
      references: null,
      referenced: [],
    })),
    ...foreignKeys.map((key) => ({
      name: key.name,
      columns: key.columnNames,
      references: key.referencedTablePath,
      referenced: key.referencedColumnNames,
    })),
  ]);
  expect(described.length).toBeGreaterThan(30);
  expect(described.map(({ name }) => named.get(name))).toEqual(described);
});

it('every table except partitions has an entity', async () => {
  const tables = await source.query<{ table: string }[]>(
    `select relname as "table" from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
  );
  expect(tables.map(({ table }) => table).sort()).toEqual(
    [...ENTITIES.map((entity) => source.getMetadata(entity).tableName), ...WITHOUT_ENTITY].sort(),
  );
});
