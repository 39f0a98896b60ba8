import type { MigrationInterface, QueryRunner } from 'typeorm';

/** With the new column last, so that they serve the same lists as before. */
const KEYS = [
  { key: 'reading_of_device', columns: '(customer_id, device_id, taken_at, kind, source_id)' },
  {
    key: 'reading_of_patient',
    columns: 'nulls not distinct (customer_id, patient_id, taken_at, device_id, kind, source_id)',
  },
] as const;

/**
 * The device's own number of a reading, as a part of its identity. It is empty where there is none: in the two indexes an empty text
 * takes no space, because of their alignment, and null would take 8 bytes in each.
 *
 * The indexes are built month by month, each in a transaction of its own. In that time no readings of the month can be recorded: about
 * ten seconds for ten million. Reads go on. If the migration is interrupted, the next start continues it.
 *
 * Earlier releases can run beside. They record readings without a number, and so refuse a second one of the same time.
 */
export class SourceIds1795652310000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await inTransaction(runner, async () => {
      await runner.query(`alter table reading add column if not exists source_id text not null default ''`);
      for (const { key, columns } of KEYS)
        if (!(await exists(runner, `${key}_and_source`)))
          await runner.query(`alter table only reading add constraint ${key}_and_source unique ${columns}`);
    });
    // A month that another instance adds in the meantime has the keys already.
    for (const { key, columns } of KEYS) {
      for (const partition of await withoutKey(runner, key)) {
        await inTransaction(runner, async () => {
          const index = `${partition}_${key.slice('reading_'.length)}_and_source`;
          await runner.query(`create unique index ${index} on ${partition} ${toIndex(columns)}`);
          await runner.query(`alter table ${partition} add constraint ${index} unique using index ${index}`);
          await runner.query(`alter index ${key}_and_source attach partition ${index}`);
        });
      }
    }
    await inTransaction(runner, async () => {
      for (const { key } of KEYS) {
        await runner.query(`alter table reading drop constraint ${key}`);
        await runner.query(`alter table reading rename constraint ${key}_and_source to ${key}`);
      }
    });
  }

  async down(): Promise<void> {
    throw new Error('Numbers of readings are not taken back: readings of the same time would be in conflict.');
  }
}

/** In a constraint the option precedes the columns, in an index it follows them. */
function toIndex(columns: string): string {
  return columns.replace(/^(nulls not distinct) (.*)$/, '$2 $1');
}

async function exists(runner: QueryRunner, constraint: string): Promise<boolean> {
  const rows = (await runner.query(
    `select from pg_constraint where conrelid = 'reading'::regclass and conname = '${constraint}'`,
  )) as unknown[];
  return rows.length > 0;
}

async function withoutKey(runner: QueryRunner, key: string): Promise<string[]> {
  const rows = (await runner.query(`
    select p.inhrelid::regclass::text as name from pg_inherits p where p.inhparent = 'reading'::regclass and not exists (
      select from pg_inherits i join pg_index x on x.indexrelid = i.inhrelid
      where i.inhparent = '${key}_and_source'::regclass and x.indrelid = p.inhrelid)
    order by 1`)) as { name: string }[];
  return rows.map(({ name }) => name);
}

async function inTransaction(runner: QueryRunner, work: () => Promise<void>): Promise<void> {
  await runner.startTransaction();
  try {
    await work();
    await runner.commitTransaction();
  } catch (error) {
    await runner.rollbackTransaction();
    throw error;
  }
}
