import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A webhook is removed in two steps: it is marked and disabled, and then deleted in portions, see webhook-remover.ts. Earlier releases
 * show it as disabled until then.
 */
export class RemovedWebhooks1795653400000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table webhook add column if not exists removed_at timestamptz(3)`);
    await runner.query(`drop index concurrently if exists webhook_removed`);
    await runner.query(
      `create index concurrently webhook_removed on webhook (customer_id, id) where removed_at is not null`,
    );
    await runner.query(`grant delete on webhook to gateway_worker`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`revoke delete on webhook from gateway_worker`);
    await runner.query(`drop index concurrently if exists webhook_removed`);
    await runner.query(`alter table webhook drop column if exists removed_at`);
  }
}
