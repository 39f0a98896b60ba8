import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Converts stored events of readings from rows to columns, see src/features/reading/reading.events.ts. */
export class ReadingEventsByColumn1795651320000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Row-level security applies to the owner too, which would find no rows.
    await runner.query(`alter table event no force row level security`);
    await runner.query(`
      update event e set payload = by_column.payload from (
        select o.customer_id, o.id, (
          select jsonb_object_agg(c.name, (
            select string_agg(coalesce(
              case
                when c.name in ('takenAt', 'receivedAt')
                  then (extract(epoch from (r.value ->> c.n)::timestamptz) * 1000)::bigint::text
                when c.name = 'siteIds'
                  then (select string_agg(s.id, ' ' order by s.n) from jsonb_array_elements_text(r.value -> c.n) with ordinality s(id, n))
                else r.value ->> c.n
              end, ''), ',' order by r.n)
            from jsonb_array_elements(o.payload -> 'rows') with ordinality r(value, n)))
          from (
            select name, (n - 1)::int as n from jsonb_array_elements_text(o.payload -> 'columns' || '["siteIds"]') with ordinality c(name, n)
          ) c
        ) as payload
        from event o where o.type = 'reading.recorded' and o.payload ? 'rows'
      ) by_column
      where e.customer_id = by_column.customer_id and e.id = by_column.id`);
    await runner.query(`alter table event force row level security`);
  }

  async down(): Promise<void> {
    throw new Error('Events of readings are not turned back: roll the gateway forward instead.');
  }
}
