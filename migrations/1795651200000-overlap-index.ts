import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The index behind device_association_no_overlap stands on expressions, so that only the constraint goes by it: PostgreSQL took it
 * for as good as a B-tree for "the associations of these devices", for which it takes twice as long.
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
