import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Makes `external_order_id` unique within the customer. Of orders with the same one, the oldest keeps it. The others get their
 * own id appended: `PO-17 (order 4711)`. So nothing is lost, and the upgrade does not wait for a person.
 *
 * Builds a unique index on device_order, which is locked in the meantime, and drops the index that it replaces. Until they stop,
 * earlier releases fail with an internal error where they would create a duplicate.
 */
export class ExternalOrderIds1795652060000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Row-level security applies to the owner too, which would find no rows.
    await runner.query(`alter table device_order no force row level security`);
    await runner.query(`
      update device_order o set external_order_id = o.external_order_id || ' (order ' || o.id || ')'
      where exists (select from device_order older where older.customer_id = o.customer_id
        and older.external_order_id = o.external_order_id and older.id < o.id)`);
    await runner.query(`alter table device_order force row level security`);
    await runner.query(`alter table device_order
      add constraint device_order_external_order_id_unique unique (customer_id, external_order_id)`);
    await runner.query(`drop index device_order_by_external_id`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`create index device_order_by_external_id on device_order (customer_id, external_order_id, id)
      where external_order_id is not null`);
    await runner.query(`alter table device_order drop constraint device_order_external_order_id_unique`);
  }
}
