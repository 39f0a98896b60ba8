import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Indexes for searching, filtering and sorting lists.
 *
 * Indexes by time do not include the id; rows with equal times are sorted by id when they are read. With the id, PostgreSQL would
 * use such a narrow index for lookups by id instead of the key, and scan all rows of a customer (seen for `id = any` in a generic
 * plan).
 *
 * Prefix searches use lower-cased columns in the "C" collation. Its comparisons are leakproof; under row-level security others
 * cannot be index conditions.
 */
export class ListIndexes1795651500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table customer add name_key text collate "C" not null generated always as (lower(name)) stored`,
    );
    await runner.query(`alter table patient
      add external_identifier_key text collate "C" generated always as (lower(external_identifier)) stored`);
    await runner.query(`create index patient_by_external_identifier on patient (customer_id, external_identifier_key)
      where external_identifier_key is not null`);
    await runner.query(`create index device_identifier_by_normalized on device_identifier (customer_id, normalized)`);
    await runner.query(`create index device_by_created_at on device (customer_id, created_at)`);
    for (const table of ['patient', 'device_order']) {
      await runner.query(`create index ${table}_by_created_at on ${table} (customer_id, created_at)`);
      await runner.query(`create index ${table}_by_updated_at on ${table} (customer_id, updated_at)`);
    }
    // For pages of all deliveries of a webhook, and of the few failed ones. Other statuses are found by the first index and by the
    // index of due deliveries. A further index, or one with the status, would be updated by each attempt.
    await runner.query(`drop index webhook_delivery_by_webhook`);
    await runner.query(`create index webhook_delivery_by_webhook on webhook_delivery (customer_id, webhook_id, id)`);
    await runner.query(
      `create index webhook_delivery_failed on webhook_delivery (customer_id, webhook_id, id) where status = 'FAILED'`,
    );
    // Periods are sorted by their start. Replaces the indexes by id, which have the same leading columns.
    for (const parent of ['device', 'patient']) {
      const name = `device_association_by_${parent}`;
      await runner.query(`drop index ${name}`);
      await runner.query(`create index ${name} on device_association (customer_id, ${parent}_id, started_at, id)`);
    }
  }

  async down(): Promise<void> {
    throw new Error(
      'Indexes of lists are not reverted: a release before does not know the columns and does without them.',
    );
  }
}
