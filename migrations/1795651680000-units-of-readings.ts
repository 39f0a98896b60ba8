import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Numbers of readings with the unit that they were sent in, and limits of meters: glucose in full precision, as a number in mmol/L
 * is no whole one in mg/dL. Two flags that could not both be true become one `meal_timing`; the column of the other one is used for
 * `comparator`, as with a dropped column each row would be copied on its way from the table to a partition made later.
 *
 * Rewrites all readings, one partition after the other in one transaction: the new types of two columns are made in one pass,
 * which is quicker than to update the readings of glucose and leaves no dead rows. Nobody reads or records readings meanwhile.
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
