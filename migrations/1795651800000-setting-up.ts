import type { MigrationInterface, QueryRunner } from 'typeorm';

const NAME_KEY = 'lower(btrim(name))';

/**
 * Customers and items get a version and the time of their latest change, customers also a time of deactivation. Operators may
 * insert and update both. Names of customers become unique, ignoring case and surrounding spaces.
 *
 * Both tables are small: they are locked for milliseconds. Earlier releases ignore the new columns.
 */
export class SettingUp1795651800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table customer no force row level security`);
    await this.refuseDuplicateNames(runner);
    await runner.query(`create unique index customer_name_unique on customer (${NAME_KEY})`);
    await runner.query(`alter table customer
      add column deactivated_at timestamptz(3),
      add column version integer not null default 1,
      add column updated_at timestamptz(3) not null default clock_timestamp()`);
    await runner.query(`update customer set updated_at = created_at`);
    await runner.query(`alter table customer force row level security`);
    await runner.query(`alter table item
      add column version integer not null default 1,
      add column updated_at timestamptz(3) not null default clock_timestamp()`);

    await runner.query(
      `create policy operators_insert on customer for insert to gateway_operator with check (id <> 0)`,
    );
    await runner.query(`create policy operators_update on customer for update to gateway_operator
      using (id <> 0) with check (id <> 0)`);
    await runner.query(`create policy operators_insert on item for insert to gateway_operator with check (true)`);
    await runner.query(`create policy operators_update on item for update to gateway_operator
      using (true) with check (true)`);
    await runner.query(`grant insert, update on customer, item to gateway_operator`);
  }

  async down(): Promise<void> {
    throw new Error('Customers that are deactivated would take calls again: restore a backup instead.');
  }

  /** Which of two customers keeps the name is not for a program to decide. The message has ids and no names, because it is logged. */
  private async refuseDuplicateNames(runner: QueryRunner): Promise<void> {
    const groups = (await runner.query(
      `select string_agg(id::text, ', ' order by id) as ids from customer group by ${NAME_KEY} having count(*) > 1 order by min(id)`,
    )) as { ids: string }[];
    if (groups.length === 0) return;
    throw new Error(
      'Names of customers must be unique, ignoring case and surrounding spaces. These ids have the same name: ' +
        `${groups.map(({ ids }) => ids).join('; ')}. ` +
        `As a superuser, rename all but one of each, then start the gateway again: update customer set name = '…' where id = …;`,
    );
  }
}
