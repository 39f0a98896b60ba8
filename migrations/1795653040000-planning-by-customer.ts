import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The calling customer, as in the initial migration. */
const CALLER = `nullif(current_setting('app.customer_id', true), '')::bigint`;

/**
 * Events of customers with webhooks, between the stream and their deliveries. Each waits for its customer's turn, or is set aside
 * with an error. It has a copy of its payload, so events are pruned without waiting for the planning.
 *
 * Instances of earlier releases plan the events that they read themselves. They neither read nor write this table.
 */
export class PlanningByCustomer1795653040000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table webhook_event (
        customer_id bigint not null references customer,
        id bigint not null,
        position bigint not null,
        type text not null,
        payload text not null,
        webhook_ids bigint[] not null,
        messages_planned integer not null default 0,
        set_aside_at timestamptz(3),
        error text,
        unreadable_by text[],
        created_at timestamptz(3) not null default clock_timestamp(),
        primary key (customer_id, id),
        constraint webhook_event_set_aside check ((set_aside_at is null) = (error is null))
      )`);
    await runner.query(
      `create index webhook_event_waiting on webhook_event (customer_id, position) where set_aside_at is null`,
    );
    await runner.query(
      `create index webhook_event_unreadable on webhook_event (customer_id) where unreadable_by is not null and set_aside_at is not null`,
    );
    await runner.query(`create unique index webhook_event_for_operators on webhook_event ((id + 0))`);
    await runner.query(
      `create index webhook_event_by_age on webhook_event ((set_aside_at), (id + 0)) where set_aside_at is not null`,
    );
    await runner.query(`alter table webhook_event enable row level security`);
    await runner.query(`alter table webhook_event force row level security`);
    await runner.query(`create policy customers on webhook_event to gateway_customer
      using (customer_id = ${CALLER}) with check (customer_id = ${CALLER})`);
    await runner.query(`create policy operators on webhook_event to gateway_operator using (true) with check (true)`);
    await runner.query(`create policy workers on webhook_event to gateway_worker using (true) with check (true)`);
    await runner.query(`grant select, update on webhook_event to gateway_customer, gateway_operator`);
    await runner.query(`grant select, insert, update, delete on webhook_event to gateway_worker`);
  }

  async down(): Promise<void> {
    throw new Error('Planning by customer is not reverted: that would lose the events that wait.');
  }
}
