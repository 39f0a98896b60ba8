import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The calling customer, as in the initial migration. */
const CALLER = `nullif(current_setting('app.customer_id', true), '')::bigint`;

/** Advisory lock, unique among the programs on the database: "DGWR" in ASCII. */
const PARTITION_LOCK = 0x44475752;

const BOTH = 'gateway_customer, gateway_operator';

/** Each kind of reading has a column in the activity tables. */
const KINDS = ['blood_pressure', 'blood_glucose', 'blood_oxygen', 'weight', 'heart_rate', 'temperature', 'peak_flow'];

/**
 * Readings, partitioned by month of `taken_at`, and the time of the last reading of each device and patient.
 *
 * A reading takes about 271 bytes with its three indexes: the column order avoids padding, kinds are numbers, and quantities
 * that a kind does not have are null and take no space. Each partition has its own primary key. A primary key of the whole
 * table would have to include `taken_at`, which the id already encodes, and took 20 bytes more. The customer is checked by the
 * foreign keys to the device and the patient, at least one of which is set. A third foreign key cost 25 % of the insert.
 */
export class Readings1795392000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await this.createReadings(runner);
    await this.createPartitions(runner);
    await this.createActivity(runner, 'device');
    await this.createActivity(runner, 'patient');
  }

  async down(): Promise<void> {
    throw new Error('Readings are not reverted: that would lose them.');
  }

  private async createReadings(runner: QueryRunner): Promise<void> {
    await runner.query(`create sequence reading_number`);
    // The id determines the partition: its upper 33 bits are the seconds from 2000 to `taken_at`, its lower 30 bits a counter
    // that wraps around after about a billion readings.
    await runner.query(`
      create function new_reading_id(taken_at timestamptz) returns bigint language sql volatile
      return (floor(extract(epoch from taken_at))::bigint - 946684800) << 30 | (nextval('reading_number') & 1073741823)`);
    await runner.query(`
      create table reading (
        customer_id bigint not null,
        id bigint not null,
        taken_at timestamptz(3) not null,
        received_at timestamptz(3) not null,
        device_id bigint,
        patient_id bigint,
        weight double precision,
        temperature double precision,
        peak_expiratory_flow double precision,
        forced_expiratory_volume_in_one_second double precision,
        device_time_zone_offset integer,
        patient_time_zone_offset integer,
        kind smallint not null,
        systolic smallint,
        diastolic smallint,
        heart_rate smallint,
        glucose smallint,
        blood_oxygen smallint,
        manual boolean not null,
        before_meal boolean,
        after_meal boolean,
        constraint reading_of_device unique (customer_id, device_id, taken_at, kind),
        constraint reading_of_patient unique nulls not distinct (customer_id, patient_id, taken_at, device_id, kind),
        constraint reading_device foreign key (customer_id, device_id) references device,
        constraint reading_patient foreign key (customer_id, patient_id) references patient,
        constraint reading_subject check (device_id is not null or (patient_id is not null and manual)),
        constraint reading_quantities check (case kind
          when 1 then systolic is not null and diastolic is not null
          when 2 then glucose is not null
          when 3 then blood_oxygen is not null
          when 4 then weight is not null
          when 5 then heart_rate is not null
          when 6 then temperature is not null
          when 7 then peak_expiratory_flow is not null
          else false end)
      ) partition by range (taken_at)`);
    await this.secure(runner, 'reading');
    await runner.query(`grant select, insert on reading to ${BOTH}`);
    await runner.query(`grant usage on sequence reading_number to ${BOTH}`);
    await runner.query(`create table reading_default partition of reading default`);
    await runner.query(`alter table reading_default add primary key (customer_id, id)`);
    await this.closeToAll(runner, 'reading_default');
  }

  /**
   * Creates partitions for the gateway, whose roles are not allowed to create tables.
   *
   * Rows of a month without a partition are in the default partition and move when the partition is created. Open transactions
   * that read or store readings delay this by at most the caller's lock_timeout. The whole table is locked first: a statement
   * that waited only for the default partition would already have its list of partitions, and would not see the moved rows.
   * Rows move after the partition is attached: attaching a partition with rows checks their foreign keys by one query, to which
   * row-level security applies unless the owner is a superuser, so it would find no device.
   */
  private async createPartitions(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function ensure_reading_partitions() returns integer language plpgsql security definer
      set search_path = pg_catalog, public, pg_temp set timezone = 'UTC' as $$
      declare
        month timestamptz;
        following timestamptz;
        name text;
        made integer := 0;
      begin
        perform pg_advisory_xact_lock(${PARTITION_LOCK});
        for month in select generate_series(timestamptz '2025-01-01 00:00+00', date_trunc('month', now()) + interval '2 months', interval '1 month') loop
          name := 'reading_' || to_char(month, 'YYYY_MM');
          following := month + interval '1 month';
          continue when to_regclass('public.' || name) is not null;
          lock table public.reading in access exclusive mode;
          alter table public.reading_default no force row level security;
          create table public.reading_moving as
            select r.* from public.reading_default r where r.taken_at >= month and r.taken_at < following;
          delete from public.reading_default r where r.taken_at >= month and r.taken_at < following;
          alter table public.reading_default force row level security;
          execute format('create table public.%I (like public.reading including defaults including constraints including indexes)', name);
          execute format('alter table public.%I add primary key (customer_id, id)', name);
          execute format('alter table public.reading attach partition public.%I for values from (%L) to (%L)', name, month, following);
          execute format('insert into public.%I select * from public.reading_moving', name);
          drop table public.reading_moving;
          execute format('alter table public.%I enable row level security', name);
          execute format('alter table public.%I force row level security', name);
          made := made + 1;
        end loop;
        return made;
      end $$`);
    await runner.query(`revoke execute on function ensure_reading_partitions() from public`);
    await runner.query(`grant execute on function ensure_reading_partitions() to gateway_worker`);
    await runner.query(`select ensure_reading_partitions()`);
  }

  /**
   * Time of the last reading of each kind, by device and by patient. It is -infinity without a reading, so that such rows sort
   * first and paging needs no special case. In separate tables, so that readings update it without a lock on the device.
   */
  private async createActivity(runner: QueryRunner, owner: 'device' | 'patient'): Promise<void> {
    const table = `${owner}_activity`;
    await runner.query(`
      create table ${table} (
        customer_id bigint not null,
        ${owner}_id bigint not null,
        last_reading_at timestamptz(3) not null generated always as
          (greatest(timestamptz '-infinity', ${KINDS.map((kind) => `${kind}_at`).join(', ')})) stored,
        ${KINDS.map((kind) => `${kind}_at timestamptz(3),`).join(' ')}
        primary key (customer_id, ${owner}_id),
        constraint ${table}_${owner} foreign key (customer_id, ${owner}_id) references ${owner}
      ) with (fillfactor = 80)`);
    await this.secure(runner, table);
    await runner.query(`grant select, insert, update on ${table} to ${BOTH}`);
    // Row-level security applies to the owner too, which would find no rows.
    await runner.query(`alter table ${owner} no force row level security`);
    await runner.query(`alter table ${table} no force row level security`);
    await runner.query(`insert into ${table} (customer_id, ${owner}_id) select customer_id, id from ${owner}`);
    await runner.query(`alter table ${table} force row level security`);
    await runner.query(`alter table ${owner} force row level security`);
    await runner.query(`create index ${table}_by_last_reading on ${table} (customer_id, last_reading_at, ${owner}_id)`);
    await runner.query(`
      create function begin_${table}() returns trigger language plpgsql as $$
      begin
        insert into ${table} (customer_id, ${owner}_id) values (new.customer_id, new.id);
        return null;
      end $$`);
    await runner.query(
      `create trigger begin_activity after insert on ${owner} for each row execute function begin_${table}()`,
    );
  }

  private async secure(runner: QueryRunner, table: string): Promise<void> {
    await this.closeToAll(runner, table);
    await runner.query(`create policy customers on ${table} to gateway_customer
      using (customer_id = ${CALLER}) with check (customer_id = ${CALLER})`);
    await runner.query(`create policy operators on ${table} to gateway_operator using (true) with check (true)`);
  }

  private async closeToAll(runner: QueryRunner, table: string): Promise<void> {
    await runner.query(`alter table ${table} enable row level security`);
    await runner.query(`alter table ${table} force row level security`);
  }
}
