import type { MigrationInterface, QueryRunner } from 'typeorm';

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

/**
 * Readings of respiratory rate and body composition.
 *
 * Readings of other kinds do not grow: the null bits of the new columns fit into their row header.
 */
export class MoreKindsOfReadings1795651380000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table reading
        add column respiratory_rate smallint,
        add column body_fat double precision,
        add column muscle_mass double precision,
        drop constraint reading_quantities,
        add constraint reading_quantities check (case kind
          when 1 then systolic is not null and diastolic is not null
          when 2 then glucose is not null
          when 3 then blood_oxygen is not null
          when 4 then weight is not null
          when 5 then heart_rate is not null
          when 6 then temperature is not null
          when 7 then peak_expiratory_flow is not null
          when 8 then respiratory_rate is not null
          when 9 then body_fat is not null
          else false end)`);
    await this.extendActivity(runner, 'device');
    await this.extendActivity(runner, 'patient');
  }

  async down(): Promise<void> {
    throw new Error('Kinds of readings are not taken back: that would lose readings.');
  }

  /** Creates the generated column of the last reading again, with its index: before PostgreSQL 17 its expression cannot change. */
  private async extendActivity(runner: QueryRunner, owner: 'device' | 'patient'): Promise<void> {
    const table = `${owner}_activity`;
    await runner.query(`
      alter table ${table}
        drop column last_reading_at,
        add column respiratory_rate_at timestamptz(3),
        add column body_composition_at timestamptz(3)`);
    await runner.query(`
      alter table ${table} add column last_reading_at timestamptz(3) not null generated always as
        (greatest(timestamptz '-infinity', ${KINDS.map((kind) => `${kind}_at`).join(', ')})) stored`);
    await runner.query(`create index ${table}_by_last_reading on ${table} (customer_id, last_reading_at, ${owner}_id)`);
  }
}
