import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Advisory lock of the functions that change partitions, as in the migration that made the table. */
const PARTITION_LOCK = 0x44475752;

/** Names of the functions. Only the first two are for the gateway. */
const [ENSURE, MAINTAIN, LOCK, PROMOTE, ADD] = [
  'ensure_reading_partitions()',
  'maintain_reading_partitions()',
  'lock_reading_partitions(text[])',
  'promote_reading_default(tstzrange, tstzmultirange)',
  'add_reading_partition(tstzrange)',
] as const;

/** Others must not be able to put their own tables and functions in the place of these. */
const SAFE = `set search_path = pg_catalog, public, pg_temp set timezone = 'UTC'`;

/** Bounds of the partitions with a range. */
const COVERED = `
  select coalesce(range_agg(tstzrange(
      substring(bound from 'FROM \\(''([^'']+)''\\)')::timestamptz, substring(bound from 'TO \\(''([^'']+)''\\)')::timestamptz)), '{}')
  from pg_inherits i join pg_class c on c.oid = i.inhrelid, pg_get_expr(c.relpartbound, c.oid) bound
  where i.inhparent = 'public.reading'::regclass and bound <> 'DEFAULT'`;

/** Times of the oldest and the newest rows in the default partition. One look-up for each customer: the id contains the second. */
const EXTENT = `
  with recursive customers as (
    (select customer_id from public.reading_default order by customer_id limit 1)
    union all
    select (select d.customer_id from public.reading_default d where d.customer_id > c.customer_id order by d.customer_id limit 1)
    from customers c where c.customer_id is not null
  )
  select min(a.taken_at), max(z.taken_at) into oldest, newest from customers c,
    lateral (select taken_at from public.reading_default d where d.customer_id = c.customer_id order by d.id limit 1) a,
    lateral (select taken_at from public.reading_default d where d.customer_id = c.customer_id order by d.id desc limit 1) z`;

/**
 * The partitions of readings are contiguous, from the oldest reading to two months ahead, and the default partition is empty.
 *
 * Before, it had all readings from before 2025, and each new month scanned it under an exclusive lock. Now the table that was the
 * default partition becomes the partition of the time before 2025, and a new, empty table is the default partition. No row moves: a
 * check constraint is validated beside the recorders, and PostgreSQL then attaches the table without a scan.
 *
 * The first function keeps its name and its result, so instances of earlier releases use the new way, too.
 */
export class ContiguousReadingPartitions1795653120000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.startTransaction();
    try {
      await runner.query('select pg_advisory_xact_lock($1)', [PARTITION_LOCK]);
      await this.createFunctions(runner);
      await runner.query(`drop policy if exists upkeep on reading_default`);
      await runner.query(`select let_owner_see_reading_default()`);
      await runner.commitTransaction();
    } catch (error) {
      await runner.rollbackTransaction();
      throw error;
    }
    // Each step is a transaction of its own.
    for (let isDone = false; !isDone;)
      [{ isDone }] = (await runner.query(`select is_done as "isDone" from ${MAINTAIN}`)) as [{ isDone: boolean }];
  }

  async down(): Promise<void> {
    throw new Error('The partitions are not joined again: the readings from before 2025 would have to be copied.');
  }

  private async createFunctions(runner: QueryRunner): Promise<void> {
    // Row-level security applies to the owner too, who must see whether the default partition has rows.
    await runner.query(`
      create or replace function let_owner_see_reading_default() returns void language plpgsql ${SAFE} as $$
      begin
        create policy upkeep on public.reading_default for select
          using (current_user = (select pg_get_userbyid(relowner) from pg_class where oid = 'public.reading'::regclass));
      end $$`);
    // All locks together wait for at most a second: while the last is waited for, callers wait for the first. Devices and patients come
    // first, as in the transactions of callers. The lock of vacuums comes before, since no caller waits for it.
    await runner.query(`
      create or replace function lock_reading_partitions(locks text[]) returns void language plpgsql ${SAFE} set lock_timeout = '1s' as $$
      declare
        deadline timestamptz;
        lock text;
      begin
        lock table public.reading in share update exclusive mode;
        deadline := clock_timestamp() + interval '1 second';
        foreach lock in array locks loop
          perform set_config('lock_timeout', greatest(1, extract(milliseconds from deadline - clock_timestamp())::integer)::text, true);
          execute 'lock table only ' || lock || ' mode';
        end loop;
      end $$`);
    await runner.query(`
      create or replace function add_reading_partition(bounds tstzrange) returns void language plpgsql ${SAFE} as $$
      declare
        name text := case when lower_inf(bounds) then 'reading_before_' || to_char(upper(bounds), 'YYYY_MM')
          else 'reading_' || to_char(lower(bounds), 'YYYY_MM') end;
      begin
        execute format('create table public.%I (like public.reading including defaults including constraints including indexes)', name);
        execute format('alter table public.%I add primary key (customer_id, id)', name);
        execute format('alter table public.%I enable row level security', name);
        execute format('alter table public.%I force row level security', name);
        execute format('alter table public.reading attach partition public.%I for values from (%s) to (%L)', name,
          coalesce(quote_literal(lower(bounds)), 'minvalue'), upper(bounds));
      end $$`);
    await this.createPromotion(runner);
    await this.createMaintenance(runner);
    for (const name of [LOCK, PROMOTE, ADD, MAINTAIN, 'let_owner_see_reading_default()'])
      await runner.query(`revoke execute on function ${name} from public`);
    for (const name of [ENSURE, MAINTAIN]) await runner.query(`grant execute on function ${name} to gateway_worker`);
  }

  /**
   * Usually all rows of the default partition are in one gap between other partitions, and a validated constraint says so. If not, as
   * after an upgrade from a release that could not create months for long, the rows of other gaps move to new months, and the table
   * is scanned once under the lock.
   */
  private async createPromotion(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create or replace function promote_reading_default(bounds tstzrange, others tstzmultirange) returns integer language plpgsql ${SAFE} as $$
      declare
        last_month text := to_char(upper(bounds) - interval '1 month', 'YYYY_MM');
        name text := case
          when lower_inf(bounds) then 'reading_before_' || to_char(upper(bounds), 'YYYY_MM')
          when to_char(lower(bounds), 'YYYY_MM') = last_month then 'reading_' || last_month
          else 'reading_' || to_char(lower(bounds), 'YYYY_MM') || '_to_' || last_month end;
        part tstzrange;
        index_name text;
        check_name text;
        made integer := 0;
      begin
        alter table public.reading detach partition public.reading_default;
        execute format('alter table public.reading_default rename to %I', name);
        for index_name in
          select c.relname from pg_index x join pg_class c on c.oid = x.indexrelid where x.indrelid = format('public.%I', name)::regclass
        loop
          execute format('alter index public.%I rename to %I', index_name, left(regexp_replace(index_name, '^reading_default', name), 63));
        end loop;
        execute format('drop policy if exists upkeep on public.%I', name);
        create table public.reading_default partition of public.reading default;
        alter table public.reading_default add primary key (customer_id, id);
        alter table public.reading_default enable row level security;
        alter table public.reading_default force row level security;
        perform let_owner_see_reading_default();
        if others <> '{}' then
          for part in select tstzrange(month, month + interval '1 month') from unnest(others) range,
            generate_series(lower(range), upper(range) - interval '1 month', interval '1 month') month
          loop
            perform add_reading_partition(part);
            made := made + 1;
          end loop;
          alter table public.reading no force row level security;
          execute format('alter table public.%I no force row level security', name);
          execute format($move$
            with recursive customers as (
              (select customer_id from public.%1$I order by customer_id limit 1)
              union all
              select (select d.customer_id from public.%1$I d where d.customer_id > c.customer_id order by d.customer_id limit 1)
              from customers c where c.customer_id is not null
            ), moved as (
              delete from public.%1$I d using customers c where d.customer_id = c.customer_id
                and d.id >= (extract(epoch from %2$L::timestamptz)::bigint - 946684800) << 30
              returning d.*
            )
            insert into public.reading select * from moved $move$, name, upper(bounds));
          execute format('alter table public.%I force row level security', name);
          alter table public.reading force row level security;
        end if;
        execute format('alter table public.reading attach partition public.%I for values from (%s) to (%L)', name,
          coalesce(quote_literal(lower(bounds)), 'minvalue'), upper(bounds));
        for check_name in
          select conname from pg_constraint where conrelid = format('public.%I', name)::regclass and conname like 'within\\_%'
        loop
          execute format('alter table public.%I drop constraint %I', name, check_name);
        end loop;
        return made + 1;
      end $$`);
  }

  /** One step, in one transaction. It is called until it is done. */
  private async createMaintenance(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create or replace function maintain_reading_partitions(out made integer, out is_done boolean) language plpgsql security definer
      ${SAFE} set lock_timeout = '1s' as $$
      declare
        today timestamptz := now();
        end_of_months timestamptz := date_trunc('month', today) + interval '3 months';
        covered tstzmultirange;
        gap tstzrange;
        -- What the default partition takes beside the gap, as far as readings can have such times.
        others tstzmultirange;
        oldest timestamptz;
        newest timestamptz;
        wanted text;
        existing record;
        part tstzrange;
      begin
        made := 0;
        is_done := false;
        perform pg_advisory_xact_lock(${PARTITION_LOCK});
        covered := (${COVERED});
        ${EXTENT};
        if oldest is null then
          if tstzmultirange(tstzrange(null, end_of_months)) <@ covered then
            is_done := true;
            return;
          end if;
          perform lock_reading_partitions('{public.device in share row exclusive,public.patient in share row exclusive,public.reading_default in access exclusive}');
          if exists (select from public.reading_default) then
            return;
          end if;
          for gap in select unnest(tstzmultirange(tstzrange(null, end_of_months)) - covered) loop
            for part in
              select gap where lower_inf(gap)
              union all
              select tstzrange(month, month + interval '1 month')
              from generate_series(lower(gap), upper(gap) - interval '1 month', interval '1 month') month
            loop
              perform add_reading_partition(part);
              made := made + 1;
            end loop;
          end loop;
          is_done := true;
          return;
        end if;

        select range into strict gap from unnest(tstzmultirange(tstzrange(null, null)) - covered) range where range @> oldest;
        if upper_inf(gap) then
          gap := tstzrange(lower(gap), greatest(end_of_months, date_trunc('month', newest) + interval '1 month'));
        end if;
        others := tstzmultirange(tstzrange(null, end_of_months)) - covered - tstzmultirange(gap);
        if not gap @> newest or not isempty(others * tstzmultirange(tstzrange(null, today + interval '7 days'))) then
          perform lock_reading_partitions('{public.device in access exclusive,public.patient in access exclusive,public.reading in access exclusive,public.reading_default in access exclusive}');
          made := promote_reading_default(gap, others);
          return;
        end if;

        wanted := format('within_%s_%s', coalesce(to_char(lower(gap), 'YYYY_MM'), 'minvalue'), to_char(upper(gap), 'YYYY_MM'));
        select conname, convalidated into existing from pg_constraint
          where conrelid = 'public.reading_default'::regclass and conname like 'within\\_%';
        if existing.conname is distinct from wanted then
          perform lock_reading_partitions('{public.reading_default in access exclusive}');
          if existing.conname is not null then
            execute format('alter table public.reading_default drop constraint %I', existing.conname);
          end if;
          execute format('alter table public.reading_default add constraint %I check (%s taken_at < %L) not valid', wanted,
            'taken_at >= ' || quote_literal(lower(gap)) || ' and', upper(gap));
        elsif not existing.convalidated then
          execute format('alter table public.reading_default validate constraint %I', wanted);
        else
          perform lock_reading_partitions('{public.device in access exclusive,public.patient in access exclusive,public.reading in access exclusive,public.reading_default in access exclusive}');
          made := promote_reading_default(gap, '{}');
        end if;
      end $$`);
    await runner.query(`
      create or replace function ensure_reading_partitions() returns integer language sql security definer ${SAFE} as $$
        select made from maintain_reading_partitions() $$`);
  }
}
