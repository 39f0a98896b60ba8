import type { Client } from 'pg';
import { Database } from '../../src/platform/db/database';
import type { NewEvent } from '../../src/platform/event/outbox';
import { EventSequencer } from '../../src/platform/event/event-sequencer';
import { StreamFixture, write } from '../event/stream-fixture';
import { namesOf } from '../support/statement-names';
import type { LoggedStatement } from '../support/test-app';

/** A migrated database with three customers, and what an instance uses of it to plan deliveries; no instance runs. */
export class PlanningFixture {
  private readonly databases: Database[] = [];
  private statements: LoggedStatement[] = [];

  private constructor(private readonly fixture: StreamFixture) {}

  static async create(): Promise<PlanningFixture> {
    return new PlanningFixture(await StreamFixture.create());
  }

  get superuser(): Client {
    return this.fixture.superuser;
  }

  openDatabase(): Database {
    const database = new Database({
      url: this.fixture.url,
      poolSize: 5,
      statementTimeoutMs: 600_000,
      observe: (scope, text, values) => this.statements.push({ scope, text, values }),
    });
    this.databases.push(database);
    return database;
  }

  async close(): Promise<void> {
    await Promise.all(this.databases.map((database) => database.close()));
    await this.fixture.close();
  }

  /** Back to the beginning: no webhook and no event, as before the first one. */
  async reset(): Promise<void> {
    await this.superuser.query('truncate webhook, webhook_delivery, webhook_attempt, event restart identity');
    await this.superuser.query('update event_head set position = 0, pruned_position = 0');
    await this.superuser.query('update event_consumer set position = 0');
  }

  /** Commits events together and gives them their places. */
  async write(database: Database, ...events: NewEvent[]): Promise<void> {
    await write(database, ...events);
    await new EventSequencer(database).sequence();
  }

  /** @returns its number */
  async webhook(customerId = '1', eventTypes = ['DEVICE_STATUS_CHANGED']): Promise<string> {
    const { rows } = await this.superuser.query<{ id: string }>(
      `insert into webhook (customer_id, url, event_types, secret) values ($1, 'https://example.com/', $2, '') returning id`,
      [customerId, eventTypes],
    );
    return rows[0]!.id;
  }

  /** What is planned, in the order of planning. */
  async planned(): Promise<{ webhookId: string; messageId: string; payload: string }[]> {
    const { rows } = await this.superuser.query<{ webhookId: string; messageId: string; payload: string }>(
      `select webhook_id as "webhookId", message_id as "messageId", payload from webhook_delivery order by id`,
    );
    return rows;
  }

  /** Up to which event the consumer has come. */
  async place(): Promise<number> {
    const { rows } = await this.superuser.query<{ position: number }>('select position::int from event_consumer');
    return rows[0]!.position;
  }

  /** The names of the statements that were sent while `work` ran. */
  async namesOf(work: () => Promise<unknown>): Promise<string[]> {
    this.statements = [];
    await work();
    return namesOf(this.statements);
  }
}
