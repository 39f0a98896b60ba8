import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What customers, credentials and addresses have spent of their rate limits, on all instances. See docs/decisions/fair-share.md.
 *
 * The table is unlogged: each instance writes to it once a second, and nothing is lost with it.
 */
export class RateLimits1795653200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create unlogged table rate_limit (key text primary key, tat timestamptz not null)`);
    await runner.query(`alter table rate_limit enable row level security`);
    await runner.query(`alter table rate_limit force row level security`);
    await runner.query(`create policy workers on rate_limit to gateway_worker using (true) with check (true)`);
    await runner.query(`grant select, insert, update, delete on rate_limit to gateway_worker`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table rate_limit`);
  }
}
