import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The calling customer, set by the gateway for each statement or transaction. Null when unset, which matches no row. */
const CALLER = `nullif(current_setting('app.customer_id', true), '')::bigint`;

/**
 * Texts of documents that clients send by their hash, for all instances. See docs/decisions/trusted-documents.md.
 *
 * The table is unlogged: clients send a text again when its hash is not known. The rows of operators have customer 0.
 */
export class PersistedQueries1795653260000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create unlogged table persisted_query (
        customer_id bigint not null,
        hash bytea not null,
        text text not null,
        bytes integer not null,
        registered_at timestamptz(3) not null default clock_timestamp(),
        primary key (customer_id, hash),
        constraint persisted_query_customer_id_fkey foreign key (customer_id) references customer
      )`);
    await runner.query(`alter table persisted_query enable row level security`);
    await runner.query(`alter table persisted_query force row level security`);
    await runner.query(`create policy customers on persisted_query to gateway_customer
      using (customer_id = ${CALLER}) with check (customer_id = ${CALLER})`);
    await runner.query(`create policy operators on persisted_query to gateway_operator
      using (customer_id = 0) with check (customer_id = 0)`);
    await runner.query(`create policy workers on persisted_query to gateway_worker using (true)`);
    await runner.query(`grant select, insert, delete on persisted_query to gateway_customer, gateway_operator`);
    await runner.query(`grant select, delete on persisted_query to gateway_worker`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table persisted_query`);
  }
}
