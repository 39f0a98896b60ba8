import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tables with an actor, and the prefix of its columns. */
const ACTORS = [
  ['device_association', 'started_by'],
  ['device_association', 'ended_by'],
  ['device_status_change', 'changed_by'],
  ['order_event', 'by'],
] as const;

/**
 * Adds the id of the API key to actors, and the placement to devices.
 *
 * The id is null in existing rows, because a name does not identify a key. It has no foreign key, so that history remains when a
 * key is deleted. Adding these columns rewrites no table. Adding the placement rewrites `device`, which is locked in the meantime.
 */
export class ActorsAndPlacement1795651620000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [table, prefix] of ACTORS) {
      await runner.query(`
        alter table ${table}
          add column ${prefix}_api_key_id bigint,
          add constraint ${table}_${prefix}_api_key check (${prefix}_api_key_id is null or ${prefix}_kind = 'API_KEY')`);
    }
    // Where the device is, even if its readings are disabled. An override to WITH_PATIENT takes precedence over an open order.
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
