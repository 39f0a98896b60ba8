import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Puts the index of device_association_no_overlap on expressions, so that only the constraint uses it. PostgreSQL also used it
 * to find the associations of devices, although it takes twice as long as a B-tree.
 */
export class OverlapIndex1795651200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await this.replace(runner, '(customer_id + 0)', '(device_id + 0)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await this.replace(runner, 'customer_id', 'device_id');
  }

  private async replace(runner: QueryRunner, customer: string, device: string): Promise<void> {
    await runner.query(`
      alter table device_association drop constraint device_association_no_overlap,
        add constraint device_association_no_overlap exclude using gist
          (${customer} with =, ${device} with =, tstzrange(started_at, ended_at) with &&)`);
  }
}
