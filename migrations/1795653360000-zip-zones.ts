import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ZIP_ZONES, ZIP_ZONES_EDITION } from '../src/features/patient/zip-zones';

/**
 * The zones of ZIP codes in PostgreSQL, so that one statement reads a patient with trends. See docs/decisions/time-zones.md.
 *
 * An instance reads only the rows of its own edition of the table. A new edition needs a migration that adds its rows, as this one
 * does: an instance whose edition is missing finds the zones by itself, by one statement more.
 */
export class ZipZones1795653360000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table zip_zone (
        edition text,
        prefix text,
        zone text,
        zips int4multirange not null,
        primary key (edition, prefix, zone)
      )`);
    const columns = [
      ZIP_ZONES.map(({ prefix }) => prefix),
      ZIP_ZONES.map(({ zone }) => zone),
      ZIP_ZONES.map(({ runs }) => `{${runs.map(([first, last]) => `[${first},${last}]`).join()}}`),
    ];
    await runner.query(
      `insert into zip_zone (edition, prefix, zone, zips)
       select $1, prefix, zone, zips::int4multirange from unnest($2::text[], $3::text[], $4::text[]) n(prefix, zone, zips)`,
      [ZIP_ZONES_EDITION, ...columns],
    );
    await runner.query(`alter table zip_zone enable row level security`);
    await runner.query(`alter table zip_zone force row level security`);
    await runner.query(
      `create policy everybody on zip_zone for select to gateway_customer, gateway_operator using (true)`,
    );
    await runner.query(`grant select on zip_zone to gateway_customer, gateway_operator`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table zip_zone`);
  }
}
