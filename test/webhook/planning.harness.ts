import type { Client } from 'pg';
import { Database } from '../../src/platform/db/database';
import type { NewEvent } from '../../src/platform/event/outbox';
import { EventSequencer } from '../../src/platform/event/event-sequencer';
import { StreamFixture, write } from '../event/stream-fixture';
import { namesOf } from '../support/statement-names';
import type { LoggedStatement } from '../support/test-app';

/** A migrated database with three customers, for planning deliveries without a running instance. */
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

  /** Deletes all webhooks and events. */
  async reset(): Promise<void> {
    await this.superuser.query(
      'truncate webhook, webhook_event, webhook_delivery, webhook_attempt, event restart identity',
    );
    await this.superuser.query('update event_head set position = 0, pruned_position = 0');
    await this.superuser.query('update event_consumer set position = 0');
  }

  /** Commits events in one transaction and assigns their positions. */
  async write(database: Database, ...events: NewEvent[]): Promise<void> {
    await write(database, ...events);
    await new EventSequencer(database).sequence();
  }

  /** @returns the id of the new webhook */
  async webhook(customerId = '1', eventTypes = ['DEVICE_STATUS_CHANGED']): Promise<string> {
    const { rows } = await this.superuser.query<{ id: string }>(
      `insert into webhook (customer_id, url, event_types, secret) values ($1, 'https://example.com/', $2, '') returning id`,
      [customerId, eventTypes],
    );
    return rows[0]!.id;
  }

  /** Planned deliveries, in the order of planning. */
  async planned(): Promise<{ webhookId: string; messageId: string; payload: string }[]> {
    const { rows } = await this.superuser.query<{ webhookId: string; messageId: string; payload: string }>(
      `select webhook_id as "webhookId", message_id as "messageId", payload from webhook_delivery order by id`,
    );
    return rows;
  }

  /** Position of the consumer. */
  async position(): Promise<number> {
    const { rows } = await this.superuser.query<{ position: number }>('select position::int from event_consumer');
    return rows[0]!.position;
  }

  /** Names of the statements that were sent while `work` ran. */
  async namesOf(work: () => Promise<unknown>): Promise<string[]> {
    this.statements = [];
    await work();
    return namesOf(this.statements);
  }
}
