import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Advisory lock of whoever changes the partitions, as in the migration that created them. */
const PARTITION_LOCK = 0x44475752;

/** Readings that are left when the exclusive locks are asked for, and those that may be left when they are there: 0.2 s at most. */
const LAST_ROWS = { before: 1_000, after: 5_000 };
/** About as many readings as a page of 8 kB has. */
const ROWS_OF_BLOCK = 75;

const FUNCTION = `language plpgsql security definer
      set search_path = pg_catalog, public, pg_temp set timezone = 'UTC' set datestyle = 'ISO, MDY'`;

/**
 * Readings leave the default partition in portions. Before, a new partition moved the readings of its month under an exclusive lock,
 * and scanned the default partition three times.
 *
 * Every function call is one short transaction. Tables for the missing partitions are filled first, beside the default partition,
 * which keeps its rows and takes new ones. At the end, one transaction empties the default partition and attaches the tables. It
 * scans nothing: a CHECK proves the range of each table, and each has the foreign keys already. So a reading is always seen exactly
 * once, and whatever is interrupted continues.
 *
 * A trigger lists the readings that arrive in the default partition. Those that were there before are found block by block.
 *
 * Partitions are months from 2025, and years before: see docs/decisions/readings.md. Takes short exclusive locks and rewrites nothing.
 * Instances of earlier releases call ensure_reading_partitions(), which now does the same work.
 */
export class MoveOldReadings1795653060000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await this.createState(runner);
    await this.createSteps(runner);
    await this.createMove(runner);
  }

  async down(): Promise<void> {
    throw new Error('Readings are not moved back to the default partition.');
  }

  /** Only the functions access these tables. Their owner is subject to row-level security, too, unless it is a superuser. */
  private async createState(runner: QueryRunner): Promise<void> {
    await runner.query(`create table reading_move (
      is_only boolean primary key default true check (is_only),
      next_block bigint,
      filenode oid,
      structure text)`);
    await runner.query(`comment on column reading_move.next_block is
      'The first block of the default partition that was not copied. Null when reading_arrival lists all its readings.'`);
    await runner.query(`create table reading_staged (
      name text primary key,
      starts_at timestamptz not null unique,
      ends_at timestamptz not null)`);
    await runner.query(`create table reading_arrival (
      customer_id bigint,
      id bigint,
      taken_at timestamptz(3) not null,
      primary key (customer_id, id))`);
    for (const table of ['reading_move', 'reading_staged', 'reading_arrival']) {
      await runner.query(`alter table ${table} enable row level security`);
      await runner.query(`alter table ${table} force row level security`);
      await runner.query(`create policy maintenance on ${table} to current_user using (true) with check (true)`);
    }
    await runner.query(`
      create function note_reading_arrival() returns trigger ${FUNCTION} as $$
      begin
        insert into public.reading_arrival values (new.customer_id, new.id, new.taken_at);
        return null;
      end $$`);
    await runner.query(`create policy maintenance on reading_default to current_user using (true) with check (true)`);
    await runner.query(`create trigger note_arrival after insert on reading_default
      for each row execute function note_reading_arrival()`);
    await runner.query(`insert into reading_move (next_block)
      select case when exists (select from only reading_default) then 0 end`);
  }

  private async createSteps(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function reading_ranges(out starts_at timestamptz, out ends_at timestamptz, out name text) returns setof record
      stable ${FUNCTION} as $$
      begin
        return query select bound[1]::timestamptz, bound[2]::timestamptz, c.relname::text
        from pg_inherits i join pg_class c on c.oid = i.inhrelid
          cross join regexp_match(pg_get_expr(c.relpartbound, c.oid), $r$FROM \\('([^']+)'\\) TO \\('([^']+)'\\)$r$) bound
        where i.inhparent = 'public.reading'::regclass and bound is not null;
      end $$`);
    await runner.query(`
      create function missing_reading_months() returns setof timestamptz stable ${FUNCTION} as $$
      begin
        return query select month
        from generate_series(timestamptz '2025-01-01 00:00+00', date_trunc('month', now()) + interval '2 months', interval '1 month') month
        where not exists (select from public.reading_ranges() r where month >= r.starts_at and month < r.ends_at);
      end $$`);
    // A later migration of table reading makes the tables unfit: they are filled again.
    await runner.query(`
      create function reading_structure() returns text stable ${FUNCTION} as $$
      begin
        return (select md5(string_agg(part, ',' order by part)) from (
          select concat(attnum, attname, format_type(atttypid, atttypmod), attnotnull) as part
            from pg_attribute where attrelid = 'public.reading'::regclass and attnum > 0
          union all select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'public.reading'::regclass
          union all select pg_get_indexdef(indexrelid) from pg_index where indrelid = 'public.reading'::regclass) parts);
      end $$`);
    // The lock on devices and patients comes with the foreign keys, so nothing else happens in the same transaction but the attaching.
    await runner.query(`
      create function stage_reading_partition(starts_at timestamptz) returns void ${FUNCTION} as $$
      declare
        is_month boolean := starts_at >= timestamptz '2025-01-01 00:00+00';
        ends_at timestamptz := starts_at + case when is_month then interval '1 month' else interval '1 year' end;
        name text := to_char(starts_at, case when is_month then '"reading_"YYYY_MM' else '"reading_"YYYY' end);
      begin
        while to_regclass('public.' || name) is not null loop
          name := name || '_new';
        end loop;
        execute format('create table public.%I (like public.reading including defaults including constraints including indexes,
          primary key (customer_id, id),
          constraint reading_device foreign key (customer_id, device_id) references public.device,
          constraint reading_patient foreign key (customer_id, patient_id) references public.patient,
          constraint reading_staged check (taken_at >= %L and taken_at < %L))', name, starts_at, ends_at);
        execute format('alter table public.%I enable row level security', name);
        execute format('alter table public.%I force row level security', name);
        execute format('create policy maintenance on public.%I to current_user using (true) with check (true)', name);
        insert into public.reading_staged values (name, starts_at, ends_at);
        update public.reading_move set structure = public.reading_structure();
      end $$`);
    await runner.query(`
      create function stage_reading_partitions(times timestamptz[]) returns integer ${FUNCTION} as $$
      declare
        starts timestamptz;
        made integer := 0;
      begin
        for starts in
          select distinct date_trunc(case when t < timestamptz '2025-01-01 00:00+00' then 'year' else 'month' end, t) as s
          from unnest(times) t where not exists (select from public.reading_staged x where t >= x.starts_at and t < x.ends_at) order by s
        loop
          perform public.stage_reading_partition(starts);
          made := made + 1;
        end loop;
        return made;
      end $$`);
    await runner.query(`
      create function copy_arrived_readings(arrivals reading_arrival[]) returns bigint ${FUNCTION} as $$
      declare
        target public.reading_staged;
      begin
        for target in select * from public.reading_staged x
          where exists (select from unnest(arrivals) a where a.taken_at >= x.starts_at and a.taken_at < x.ends_at)
        loop
          execute format('insert into public.%I select r.* from unnest($1) a cross join lateral (
            select * from public.reading_default d where d.customer_id = a.customer_id and d.id = a.id offset 0) r
            where a.taken_at >= $2 and a.taken_at < $3 on conflict do nothing', target.name)
            using arrivals, target.starts_at, target.ends_at;
        end loop;
        return cardinality(arrivals);
      end $$`);
  }

  private async createMove(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function copy_reading_blocks(first bigint, last bigint, out staged integer, out copied bigint) ${FUNCTION} as $$
      declare
        low tid := format('(%s,0)', first)::tid;
        high tid := format('(%s,0)', last)::tid;
        target public.reading_staged;
        moved bigint;
      begin
        copied := 0;
        staged := public.stage_reading_partitions(array(
          select distinct date_trunc('month', r.taken_at) from only public.reading_default r where r.ctid >= low and r.ctid < high));
        if staged > 0 then return; end if;
        for target in select * from public.reading_staged loop
          execute format('insert into public.%I select r.* from only public.reading_default r
            where r.ctid >= $1 and r.ctid < $2 and r.taken_at >= $3 and r.taken_at < $4 on conflict do nothing', target.name)
            using low, high, target.starts_at, target.ends_at;
          get diagnostics moved = row_count;
          copied := copied + moved;
        end loop;
        update public.reading_move set next_block = last;
      end $$`);
    await runner.query(`
      create function attach_reading_partitions(last_rows integer, out attached integer, out is_full boolean) ${FUNCTION} as $$
      declare
        target public.reading_staged;
        arrivals public.reading_arrival[];
      begin
        attached := 0;
        -- In the order of callers, who lock devices first. Statements that wait for the whole table see the partitions as they are then.
        lock table only public.device, only public.patient in share row exclusive mode;
        lock table only public.reading in access exclusive mode;
        arrivals := array(select a from public.reading_arrival a limit last_rows + 1);
        is_full := cardinality(arrivals) > last_rows;
        if is_full then return; end if;
        perform public.stage_reading_partitions(array(
          select a.taken_at from unnest(arrivals) a union all select public.missing_reading_months()));
        perform public.copy_arrived_readings(arrivals);
        truncate only public.reading_default, public.reading_arrival;
        for target in select * from public.reading_staged order by starts_at loop
          execute format('alter table public.reading attach partition public.%I for values from (%L) to (%L)',
            target.name, target.starts_at, target.ends_at);
          execute format('alter table public.%I drop constraint reading_staged', target.name);
          execute format('drop policy maintenance on public.%I', target.name);
          attached := attached + 1;
        end loop;
        delete from public.reading_staged;
        update public.reading_move set next_block = null, filenode = null;
      end $$`);
    await runner.query(`
      create function maintain_reading_partitions(blocks integer, out action text, out amount bigint) ${FUNCTION} set lock_timeout = '250ms' as $$
      declare
        move public.reading_move;
        total bigint := pg_relation_size('public.reading_default') / current_setting('block_size')::bigint;
        arrivals public.reading_arrival[];
        target text;
        step record;
      begin
        action := 'busy';
        amount := 0;
        if not pg_try_advisory_xact_lock(${PARTITION_LOCK}) then return; end if;
        select * into strict move from public.reading_move;
        if exists (select from public.reading_staged) and move.structure <> public.reading_structure() then
          for target in delete from public.reading_staged returning name loop
            execute format('drop table public.%I', target);
          end loop;
          update public.reading_move set next_block = 0;
          action := 'restarted';
          return;
        end if;
        if move.next_block is not null and move.filenode is distinct from pg_relation_filenode('public.reading_default') then
          move.next_block := 0;
          update public.reading_move set next_block = 0, filenode = pg_relation_filenode('public.reading_default');
        end if;
        if move.next_block < total then
          select * into step from public.copy_reading_blocks(move.next_block, least(total, move.next_block + blocks));
          action := case when step.staged > 0 then 'staged' else 'copied' end;
          amount := step.copied;
          return;
        end if;
        arrivals := array(select a from public.reading_arrival a limit greatest(${LAST_ROWS.before + 1}, blocks * ${ROWS_OF_BLOCK}));
        amount := public.stage_reading_partitions(array(select a.taken_at from unnest(arrivals) a));
        action := 'staged';
        if amount > 0 then return; end if;
        if cardinality(arrivals) > ${LAST_ROWS.before} then
          action := 'copied';
          amount := public.copy_arrived_readings(arrivals);
          delete from public.reading_arrival a using unnest(arrivals) x where a.customer_id = x.customer_id and a.id = x.id;
          return;
        end if;
        action := 'idle';
        if cardinality(arrivals) = 0 and not exists (select from public.reading_staged) and (move.next_block is null or total = 0) and not exists (select public.missing_reading_months())
        then
          return;
        end if;
        select * into step from public.attach_reading_partitions(${LAST_ROWS.after});
        action := case when step.is_full then 'copied' else 'attached' end;
        amount := step.attached;
      end $$`);
    await runner.query(`
      create or replace function ensure_reading_partitions() returns integer ${FUNCTION} as $$
      begin
        return (select case when action = 'attached' then amount else 0 end from public.maintain_reading_partitions(100));
      end $$`);
    for (const name of [
      'note_reading_arrival()',
      'reading_ranges()',
      'missing_reading_months()',
      'reading_structure()',
      'stage_reading_partition(timestamptz)',
      'stage_reading_partitions(timestamptz[])',
      'copy_arrived_readings(reading_arrival[])',
      'copy_reading_blocks(bigint, bigint)',
      'attach_reading_partitions(integer)',
      'maintain_reading_partitions(integer)',
    ])
      await runner.query(`revoke execute on function ${name} from public`);
    await runner.query(`grant execute on function maintain_reading_partitions(integer) to gateway_worker`);
  }
}
