import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Rows that say who did something, with the columns' prefix. */
const ACTORS = [
  ['device_association', 'started_by'],
  ['device_association', 'ended_by'],
  ['device_status_change', 'changed_by'],
  ['order_event', 'by'],
] as const;

/**
 * Which API key did something, and where each device is.
 *
 * The key is null for what is there, as a name tells no key for sure. It has no foreign key: history stays as it is when a key is
 * removed one day. These columns are added without a rewrite of their tables; that of the placement rewrites `device`, which is locked
 * for as long.
 */
export class ActorsAndPlacement1795651620000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [table, prefix] of ACTORS) {
      await runner.query(`
        alter table ${table}
          add column ${prefix}_api_key_id bigint,
          add constraint ${table}_${prefix}_api_key check (${prefix}_api_key_id is null or ${prefix}_kind = 'API_KEY')`);
    }
    // Where the device is, whatever is blocked: an override to WITH_PATIENT says so although its order was not delivered yet.
    await runner.query(`
      alter table device add column placement text not null generated always as (case
        when current_status = 'LOST' then 'LOST'
        when current_status = 'WITH_PATIENT' then 'PATIENT'
        when order_id is not null then 'OUTBOUND'
        when patient_id is not null then 'PATIENT'
        when return_order_id is not null or site_id is null then 'RETURNING'
        when site_customer_id = 0 then 'WAREHOUSE'
        else 'SITE' end) stored`);
    await runner.query(`create index device_by_placement on device (customer_id, placement, id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table device drop column placement`);
    for (const [table, prefix] of ACTORS) await runner.query(`alter table ${table} drop column ${prefix}_api_key_id`);
  }
}
