import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Earlier texts of the reason why a webhook was disabled, as values of the enum. */
const REASON_OF_TEXT = `case
  when disabled_reason = 'The endpoint answered 410 Gone.' then 'ENDPOINT_GONE'
  when disabled_reason like 'No delivery has succeeded since %' then 'ENDPOINT_FAILING'
  else 'BY_REQUEST' end`;

/**
 * Adds the time of archiving or deactivation and a version to patients and sites, and an index by id to webhook attempts, which
 * become nodes. The reason why a webhook is disabled becomes an enum value.
 *
 * Rewrites no table. It updates the archived, deactivated or disabled rows, with their last change as the best known time. It
 * builds three indexes on webhook_attempt, which is locked in the meantime.
 */
export class LifeCycles1795651740000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table patient add column archived_at timestamptz(3), add column version integer not null default 1`,
    );
    await runner.query(
      `alter table site add column deactivated_at timestamptz(3), add column version integer not null default 1`,
    );
    await this.withoutRowSecurity(runner, 'patient', `update patient set archived_at = updated_at where archived`);
    await this.withoutRowSecurity(runner, 'site', `update site set deactivated_at = updated_at where not active`);
    await this.withoutRowSecurity(
      runner,
      'webhook',
      `update webhook set disabled_reason = ${REASON_OF_TEXT} where disabled_reason is not null`,
    );
    await runner.query(`alter table patient drop column archived`);
    await runner.query(`alter table site drop column active`);
    await runner.query(`alter table webhook add constraint webhook_disabled_reason
      check (disabled_reason in ('BY_REQUEST', 'ENDPOINT_FAILING', 'ENDPOINT_GONE'))`);
    await runner.query(`alter table webhook_attempt
      drop constraint webhook_attempt_pkey, add constraint webhook_attempt_pkey primary key (customer_id, id)`);
    await runner.query(`create index webhook_attempt_by_delivery on webhook_attempt (customer_id, delivery_id, id)`);
    await runner.query(`create unique index webhook_attempt_for_operators on webhook_attempt ((id + 0))`);
  }

  async down(): Promise<void> {
    throw new Error('Times of archiving and deactivation are not taken back: that would lose them.');
  }

  /** Row-level security applies to the owner too, and no policy makes rows visible to it. */
  private async withoutRowSecurity(runner: QueryRunner, table: string, statement: string): Promise<void> {
    await runner.query(`alter table ${table} no force row level security`);
    await runner.query(statement);
    await runner.query(`alter table ${table} force row level security`);
  }
}
