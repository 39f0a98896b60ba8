import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Adds the unit in which a value was sent, and the comparator for limits of meters. Glucose gets full precision, since a whole number
 * of mmol/L is not a whole number of mg/dL. Two mutually exclusive flags become one `meal_timing`. The column of the other flag is
 * reused for `comparator`, because with a dropped column each row would be copied on its way from the table to a later partition.
 *
 * Rewrites all readings, partition by partition, in one transaction. One pass changes the types of two columns, which is faster
 * than an update of the glucose readings and leaves no dead rows. Readings can be neither read nor recorded in the meantime.
 */
export class UnitsOfReadings1795651680000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table reading
        alter column glucose type double precision,
        alter column before_meal type text
          using case when before_meal then 'BEFORE_MEAL' when after_meal then 'AFTER_MEAL' end,
        alter column after_meal type text using null,
        add column sent_unit text`);
    await runner.query(`alter table reading rename column before_meal to meal_timing`);
    await runner.query(`alter table reading rename column after_meal to comparator`);
    await runner.query(`
      alter table reading
        add constraint reading_choices check (
          (meal_timing is null or (kind = 2 and meal_timing in ('FASTING', 'BEFORE_MEAL', 'AFTER_MEAL')))
          and (comparator is null or (kind = 2 and comparator in ('LESS_THAN', 'GREATER_THAN')))
          and (sent_unit is null or sent_unit = case kind
            when 2 then 'MILLIMOLE_PER_LITER'
            when 4 then 'KILOGRAM'
            when 6 then 'CELSIUS'
            when 9 then 'KILOGRAM'
            else '' end))`);
  }

  async down(): Promise<void> {
    throw new Error('Units of readings are not taken back: that would lose what was sent.');
  }
}
