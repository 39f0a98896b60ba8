import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Those that releases before this one know. */
const KINDS = [
  'blood_pressure',
  'blood_glucose',
  'blood_oxygen',
  'weight',
  'heart_rate',
  'temperature',
  'peak_flow',
  'respiratory_rate',
  'body_composition',
];

type Owner = 'device' | 'patient';

/**
 * The newest reading is the newest by the earlier of `taken_at` and `received_at`. Before, a device whose clock was a day ahead hid
 * all readings of that day.
 *
 * Corrects the times of the newest readings. Looks up one reading for each device or patient and kind, about a second for 100,000,
 * and locks readings in the meantime. Lists and charts compute the earlier time themselves, and `taken_at` bounds it: a reading is
 * at most 24 hours ahead.
 *
 * Instances of earlier releases still write `taken_at`, until they stop. A trigger puts the right time in its place. It does nothing
 * for the times that this release writes, which are never in the future, and a later release can drop it.
 */
export class ClocksThatRunAhead1795652300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Row-level security applies to the owner too, which would find no rows.
    await runner.query(`alter table reading no force row level security`);
    for (const owner of ['device', 'patient'] as const) {
      await this.addTrigger(runner, owner);
      await this.correct(runner, owner);
    }
    await runner.query(`alter table reading force row level security`);
  }

  async down(): Promise<void> {
    throw new Error(
      'Times of the newest readings are not turned back: an earlier release would show readings of the future first.',
    );
  }

  private async addTrigger(runner: QueryRunner, owner: Owner): Promise<void> {
    const columns = KINDS.map((kind) => `new.${kind}_at`);
    const newest = (column: string, index: number) => `
        if ${column} > clock_timestamp() then
          select max(least(r.taken_at, r.received_at)) into newest from reading r
            where r.customer_id = new.customer_id and r.${owner}_id = new.${owner}_id and r.kind = ${index + 1}
              and r.taken_at >= ${column} - interval '24 hours' and r.taken_at <= ${column};
          ${column} := coalesce(newest, ${column});
        end if;`;
    await runner.query(`
      create function correct_${owner}_activity() returns trigger language plpgsql as $$
      declare
        newest timestamptz;
      begin${columns.map(newest).join('')}
        return new;
      end $$`);
    await runner.query(`
      create trigger correct_activity before insert or update on ${owner}_activity for each row
      when (greatest(${columns.join(', ')}) > clock_timestamp()) execute function correct_${owner}_activity()`);
  }

  /** `offset 0` keeps PostgreSQL from joining all readings instead of looking up one. */
  private async correct(runner: QueryRunner, owner: Owner): Promise<void> {
    const table = `${owner}_activity`;
    await runner.query(`alter table ${table} no force row level security`);
    for (const [index, kind] of KINDS.entries()) {
      const reading = `from reading r where r.customer_id = a.customer_id and r.${owner}_id = a.${owner}_id and r.kind = ${index + 1}`;
      await runner.query(`
        update ${table} a set ${kind}_at = (
          select max(least(r.taken_at, r.received_at)) ${reading}
            and r.taken_at >= a.${kind}_at - interval '24 hours' and r.taken_at <= a.${kind}_at)
        where a.${kind}_at is not null
          and exists (select ${reading} and r.taken_at = a.${kind}_at and r.taken_at > r.received_at offset 0)`);
    }
    await runner.query(`alter table ${table} force row level security`);
  }
}
