import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The index of a customer's readings of one kind by time, which serves the list of all readings. It takes 44 bytes for each
 * reading. Statements that compare `kind` itself cannot use it, see docs/decisions/readings.md.
 *
 * It is built month by month, each in a transaction of its own. In that time no readings of the month can be recorded: a few seconds
 * for ten million. Reads go on. If the migration is interrupted, the next start continues it. Earlier releases can run beside.
 */
export class ReadingsByKind1795652820000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create index if not exists reading_of_kind on only reading (customer_id, (kind::integer), taken_at)`,
    );
    // A month that another instance adds in the meantime has the index already.
    for (const partition of await withoutIndex(runner)) {
      await runner.startTransaction();
      try {
        await runner.query(
          `create index ${partition}_of_kind on ${partition} (customer_id, (kind::integer), taken_at)`,
        );
        await runner.query(`alter index reading_of_kind attach partition ${partition}_of_kind`);
        await runner.commitTransaction();
      } catch (error) {
        await runner.rollbackTransaction();
        throw error;
      }
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index reading_of_kind`);
  }
}

async function withoutIndex(runner: QueryRunner): Promise<string[]> {
  const rows = (await runner.query(`
    select p.inhrelid::regclass::text as name from pg_inherits p where p.inhparent = 'reading'::regclass and not exists (
      select from pg_inherits i join pg_index x on x.indexrelid = i.inhrelid
      where i.inhparent = 'reading_of_kind'::regclass and x.indrelid = p.inhrelid)
    order by 1`)) as { name: string }[];
  return rows.map(({ name }) => name);
}
