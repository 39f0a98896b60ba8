import 'reflect-metadata';
import { DataSource, type EntityMetadata } from 'typeorm';
import { ENTITIES } from '../../src/features';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

/** Columns that the database makes for its own indexes and keys; no code writes or reads them by an entity. */
const OF_THE_DATABASE: Record<string, string[]> = {
  device_activity: ['last_reading_at'],
  device_association: ['holder_id'],
  item: ['name_key'],
  patient: ['email_key', 'first_name_key', 'last_name_key', 'zip_code'],
  patient_activity: ['last_reading_at'],
  site: ['name_key'],
};

/** `event_head` has one row, `event_consumer` one for each reader of the outbox; `migration` is TypeORM's own. */
const WITHOUT_ENTITY = ['event_consumer', 'event_head', 'migration'];

interface ColumnRow {
  table: string;
  column: string;
  /** As PostgreSQL writes it, with `not null` and `primary key` where they hold. */
  type: string;
  generated: boolean;
}

type Columns = Record<string, string>;

let database: TestDatabase;
let source: DataSource;
let columns: ColumnRow[];

beforeAll(async () => {
  database = await createTestDatabase('empty');
  source = await new DataSource({
    type: 'postgres',
    url: database.url,
    entities: ENTITIES,
    installExtensions: false,
  }).initialize();
  columns = await source.query<ColumnRow[]>(
    `select relname as "table", attname as "column", attgenerated <> '' as generated,
       concat_ws(' ', format_type(atttypid, atttypmod), case when attnotnull then 'not null' end,
         case when attnum = any (conkey) then 'primary key' end) as type
     from pg_class join pg_attribute on attrelid = pg_class.oid
       -- The primary key of a partitioned table is that of its partitions, each by itself; the default one stands for all.
       left join pg_constraint on contype = 'p'
         and conrelid in (pg_class.oid, case when relkind = 'p' then to_regclass(relname || '_default') end)
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition and attnum > 0
       and not attisdropped`,
  );
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});

it('is there for every table, of which partitions are none', () => {
  const tables = [...new Set(columns.map(({ table }) => table))];
  expect(tables.sort()).toEqual(
    [...ENTITIES.map((entity) => source.getMetadata(entity).tableName), ...WITHOUT_ENTITY].sort(),
  );
});

it.each(ENTITIES.map((entity) => [entity.name, entity] as const))(
  '%s has the columns of its table',
  (_name, entity) => {
    const metadata = source.getMetadata(entity);
    const generated = OF_THE_DATABASE[metadata.tableName] ?? [];
    const ofTable = columns.filter(({ table }) => table === metadata.tableName);
    const mapped = ofTable.filter(({ column }) => !generated.includes(column));
    expect(columnsOf(metadata)).toEqual(Object.fromEntries(mapped.map(({ column, type }) => [column, type])));
    expect(
      ofTable
        .filter((column) => column.generated)
        .map(({ column }) => column)
        .sort(),
    ).toEqual(generated);
  },
);

function columnsOf(metadata: EntityMetadata): Columns {
  return Object.fromEntries(
    metadata.columns.map((column) => {
      const name = source.driver.normalizeType(column);
      const precise = column.precision == null ? name : name.replace('timestamp', `timestamp(${column.precision})`);
      const words = [
        column.isArray ? `${precise}[]` : precise,
        column.isNullable ? '' : 'not null',
        column.isPrimary ? 'primary key' : '',
      ];
      return [column.databaseName, words.filter((word) => word !== '').join(' ')];
    }),
  );
}
