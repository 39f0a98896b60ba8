import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The calling customer, set by the gateway for each statement or transaction. Null when unset, which matches no row. */
const CALLER = `nullif(current_setting('app.customer_id', true), '')::bigint`;

/**
 * Adds the table of idempotency keys, see docs/decisions/idempotency.md. It contains no keys and no inputs, only their hashes.
 *
 * The rows of operators have customer 0. An operator sees those alone, because no call of a customer is looked up by an operator.
 */
export class IdempotencyKeys1795652000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table idempotency_key (
        customer_id bigint not null,
        key_hash bytea not null,
        operation text not null,
        input_hash bytea not null,
        result text,
        created_at timestamptz(3) not null default clock_timestamp(),
        primary key (customer_id, key_hash),
        constraint idempotency_key_customer_id_fkey foreign key (customer_id) references customer
      )`);
    // For the deletion of old keys.
    await runner.query(`create index idempotency_key_by_time on idempotency_key (created_at)`);
    await runner.query(`alter table idempotency_key enable row level security`);
    await runner.query(`alter table idempotency_key force row level security`);
    await runner.query(`create policy customers on idempotency_key to gateway_customer
      using (customer_id = ${CALLER}) with check (customer_id = ${CALLER})`);
    await runner.query(`create policy operators on idempotency_key to gateway_operator
      using (customer_id = 0) with check (customer_id = 0)`);
    await runner.query(`create policy workers on idempotency_key to gateway_worker using (true)`);
    await runner.query(`grant select, insert, update on idempotency_key to gateway_customer, gateway_operator`);
    // A row is locked before it is deleted, which requires the right to update.
    await runner.query(`grant select, update, delete on idempotency_key to gateway_worker`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table idempotency_key`);
  }
}
