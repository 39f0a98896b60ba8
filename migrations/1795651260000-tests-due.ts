import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Test deliveries to a disabled webhook are sent, while its other deliveries wait. Without this index, the search for test
 * deliveries would scan up to a hundred thousand waiting deliveries twice a second.
 */
export class TestsDue1795651260000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index webhook_delivery_tests_due on webhook_delivery (customer_id, webhook_id, next_attempt_at)
      where status = 'PENDING' and is_test`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index webhook_delivery_tests_due`);
  }
}
