import type { MigrationInterface, QueryRunner } from 'typeorm';

/** For the filter of patients by date of birth. While it is built, for some seconds per million patients, writes of patients wait. */
export class DatesOfBirth1795652830000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create index patient_by_date_of_birth on patient (customer_id, date_of_birth)
      where date_of_birth is not null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index patient_by_date_of_birth`);
  }
}
