import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Advisory lock of the functions that change partitions, as in the migration that made the table. */
const PARTITION_LOCK = 0x44475752;

const KEPT_FROM = 'readings_kept_from(integer)';
const DROP = 'drop_expired_reading_partitions()';

/** Others must not be able to put their own tables and functions in the place of these. */
const SAFE = `set search_path = pg_catalog, public, pg_temp set timezone = 'UTC'`;

/**
 * How long the readings of a customer are kept, and what deletes the older ones.
 *
 * The gateway's worker can delete readings that are older than their customer's retention, and no others: row-level security checks
 * each row. It can drop partitions in which all readings are.
 */
export class ReadingRetention1795653180000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table customer add column if not exists reading_retention_months integer`);
    await runner.query(`alter table customer drop constraint if exists customer_reading_retention`);
    await runner.query(`alter table customer add constraint customer_reading_retention
      check (reading_retention_months between 1 and 1200) not valid`);
    await runner.query(`alter table customer validate constraint customer_reading_retention`);

    // Months of UTC, whatever the time zone of the connection is.
    await runner.query(`
      create or replace function ${KEPT_FROM} returns timestamptz language sql stable
      return (now() at time zone 'UTC' - make_interval(months => $1)) at time zone 'UTC'`);

    await this.allowWorker(runner, 'reading', 'readable', 'select', 'using (true)');
    await this.allowWorker(
      runner,
      'reading',
      'expired',
      'delete',
      `using (taken_at < (
      select ${KEPT_FROM.replace('integer', 'c.reading_retention_months')} from customer c where c.id = customer_id))`,
    );
    await runner.query(
      `grant select (customer_id, id, taken_at, device_id, patient_id, kind), delete on reading to gateway_worker`,
    );
    for (const table of ['device_activity', 'patient_activity']) {
      await this.allowWorker(runner, table, 'workers', 'all', 'using (true) with check (true)');
      await runner.query(`grant select, update on ${table} to gateway_worker`);
    }
    await this.createDrop(runner);
  }

  async down(): Promise<void> {
    throw new Error('Deleted readings do not come back.');
  }

  private async allowWorker(
    runner: QueryRunner,
    table: string,
    name: string,
    command: string,
    rows: string,
  ): Promise<void> {
    await runner.query(`drop policy if exists ${name} on ${table}`);
    await runner.query(`create policy ${name} on ${table} for ${command} to gateway_worker ${rows}`);
  }

  /** The time before the oldest month is then one empty partition, so there is no gap. */
  private async createDrop(runner: QueryRunner): Promise<void> {
    // Row-level security applies to the owner too, who must see how long each customer keeps readings.
    await runner.query(`drop policy if exists upkeep on customer`);
    await runner.query(`create policy upkeep on customer for select to current_user using (id <> 0)`);
    await runner.query(`
      create or replace function ${DROP} returns integer language plpgsql security definer ${SAFE} set lock_timeout = '1s' as $$
      declare
        kept_from timestamptz;
        names text[];
        last timestamptz;
        name text;
      begin
        perform pg_advisory_xact_lock(${PARTITION_LOCK});
        for attempt in 1..2 loop
          -- Null while a customer keeps its readings for good.
          select case when bool_and(c.reading_retention_months is not null) then public.readings_kept_from(max(c.reading_retention_months)) end
            into kept_from from public.customer c where c.id <> 0;
          select array_agg(p.relname order by p.upper), max(p.upper) into names, last from (
            select c.relname, c.oid, substring(bound from 'TO \\(''([^'']+)''\\)')::timestamptz as upper
            from pg_inherits i join pg_class c on c.oid = i.inhrelid, pg_get_expr(c.relpartbound, c.oid) bound
            where i.inhparent = 'public.reading'::regclass and bound <> 'DEFAULT'
          ) p where p.upper <= kept_from;
          if names is null or (cardinality(names) = 1 and names[1] like 'reading\\_before%'
              and pg_relation_size(format('public.%I', names[1])::regclass) = 0) then
            return 0;
          end if;
          -- Once more under the lock: in the meantime, a customer may have changed its retention.
          if attempt = 1 then
            perform lock_reading_partitions('{public.device in share row exclusive,public.patient in share row exclusive,public.reading in access exclusive,public.reading_default in access exclusive}');
          end if;
        end loop;
        foreach name in array names loop
          execute format('drop table public.%I', name);
        end loop;
        perform add_reading_partition(tstzrange(null, last));
        return cardinality(names);
      end $$`);
    await runner.query(`revoke execute on function ${DROP} from public`);
    await runner.query(`grant execute on function ${DROP} to gateway_worker`);
  }
}
