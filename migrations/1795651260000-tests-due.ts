import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Test deliveries of an endpoint that is switched off are sent, while all that waits for it stays: a hundred thousand of those
 * would be looked through for them twice a second.
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
