import type { QueryResultRow } from 'pg';

type Rows = <Row extends QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>;

/** Number of tables that a message names. */
const NAMED = 5;

/** The table of applied migrations. Other programs may have one of the same name. */
export const MIGRATION_TABLE = 'migration';

/**
 * Tables of other programs in a database that the gateway has not migrated yet. None if its first migration has run: what is added
 * later is found by the check for row-level security.
 */
export async function findForeignTables(rows: Rows, firstMigration: string): Promise<string[]> {
  const tables = await rows<{ name: string; columns: string[] }>(
    `select relname::text as name, array(select attname::text from pg_attribute
       where attrelid = pg_class.oid and attnum > 0 and not attisdropped order by attname) as columns
     from pg_class where relnamespace = to_regnamespace('public') and relkind in ('r', 'p') order by relname`,
  );
  const names = tables.map(({ name }) => name);
  const migration = tables.find(({ name }) => name === MIGRATION_TABLE);
  if (migration?.columns.join() !== 'id,name,timestamp') return names;
  const applied = await rows<{ name: string }>(`select name::text from public.${MIGRATION_TABLE} order by id limit 1`);
  if (applied[0]?.name === firstMigration) return [];
  // A first start that failed leaves the table empty.
  return applied.length === 0 ? names.filter((name) => name !== MIGRATION_TABLE) : names;
}

/** The names in a message. */
export function listTables(names: readonly string[]): string {
  return `${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? ', …' : ''}`;
}
