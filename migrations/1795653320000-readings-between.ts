import type { MigrationInterface, QueryRunner } from 'typeorm';

const COLUMNS = ['device_id', 'patient_id', 'kind::integer'];

/**
 * The readings below a parent that were taken in a period, for the rare parts of lists of readings. PostgreSQL prepares all partitions
 * of a statement before it begins, but the function only when it is called. No period, no call: it is strict.
 *
 * It runs in the role of the caller, under row-level security.
 */
export class ReadingsBetween1795653320000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const branches = COLUMNS.map(
      (column) => `if parent_column = '${column}' then
          return query select r.* from reading r
            where r.customer_id = parent_customer and r.${column} = parent and r.taken_at >= first and r.taken_at < until;`,
    );
    await runner.query(`
      create function readings_between(parent_column text, parent_customer bigint, parent bigint, first timestamptz, until timestamptz)
        returns setof reading language plpgsql stable strict rows 10 as $$
      begin
        ${branches.join('\n        els')}
        else raise 'Readings have no parent %.', parent_column;
        end if;
      end $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop function readings_between`);
  }
}
