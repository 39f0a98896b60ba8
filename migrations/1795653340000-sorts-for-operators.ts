import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What operators sort the rows of all customers by, in lists that grow with the platform. */
const SORTS: Readonly<Record<string, readonly [sort: string, id: string]>> = {
  device_by_updated_at: ['updated_at', '(id + 0)'],
  patient_by_updated_at: ['updated_at', '(id + 0)'],
  patient_by_first_name_fold: ['first_name_fold', '(id + 0)'],
  patient_by_last_name_fold: ['last_name_fold', '(id + 0)'],
  site_by_name_fold: ['name_fold', '(id + 0)'],
  device_order_by_updated_at: ['updated_at', '(id + 0)'],
  device_activity_by_last_reading: ['last_reading_at', 'device_id'],
  patient_activity_by_last_reading: ['last_reading_at', 'patient_id'],
};

/**
 * Indexes for the sorts of operators, by expressions that statements of customers never use: for a name, PostgreSQL would combine
 * them with those of the customer.
 */
export class SortsForOperators1795653340000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, [sort, id]] of Object.entries(SORTS)) {
      const [table] = name.split('_by_');
      await runner.query(`drop index concurrently if exists ${name}_for_operators`);
      await runner.query(`create index concurrently ${name}_for_operators on ${table} (greatest(${sort}), ${id})`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of Object.keys(SORTS))
      await runner.query(`drop index concurrently if exists ${name}_for_operators`);
  }
}
