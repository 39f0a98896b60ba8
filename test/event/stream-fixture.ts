import { Client } from 'pg';
import { Database } from '../../src/platform/db/database';
import { OPERATOR_SCOPE, type Scope } from '../../src/platform/db/scope';
import type { Tx } from '../../src/platform/db/session';
import { int } from '../../src/platform/db/sql';
import { EventStream } from '../../src/platform/event/event-stream';
import type { SubscribeOptions } from '../../src/platform/event/event-subscription';
import type { StreamEvent } from '../../src/platform/event/outbox';
import { appendEvents, type NewEvent } from '../../src/platform/event/outbox';
import { eventually } from '../support/eventually';
import { gate } from '../support/gate';
import { silentLog } from '../support/silent-log';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

export const TYPE = 'device.statusChanged';
export const NEVER_MS = 3_600_000;
/** Long enough not to matter even on a slow machine. */
const STATEMENT_TIMEOUT_MS = 120_000;

/** Collects all events of an iterator from now on, as a client does. */
export class Collector {
  readonly events: StreamEvent[] = [];
  readonly ended: Promise<unknown>;

  constructor(readonly iterator: AsyncIterableIterator<StreamEvent, undefined>) {
    this.ended = this.drain();
  }

  /** The numbers in the payloads, in order of arrival. */
  get payloads(): unknown[] {
    return this.events.map((event) => event.payload.n);
  }

  get positions(): number[] {
    return this.events.map((event) => event.position);
  }

  async has(count: number): Promise<this> {
    await eventually(
      () => this.events.length >= count,
      () => `${count} events; ${this.events.length} have arrived`,
    );
    return this;
  }

  /** Resolves with the error, or with undefined for an end without an error. */
  private async drain(): Promise<unknown> {
    try {
      for await (const event of this.iterator) this.events.push(event);
      return undefined;
    } catch (error) {
      return error;
    }
  }
}

export interface Instance {
  database: Database;
  stream: EventStream;
}

/** A migrated database with three customers, and instances of the gateway's stream on it. */
export class StreamFixture {
  private readonly instances: (Instance & { databases: Set<Database> })[] = [];

  private constructor(
    private readonly testDatabase: TestDatabase,
    /** Superuser, who bypasses row-level security. */
    readonly superuser: Client,
  ) {}

  static async create(): Promise<StreamFixture> {
    const database = await createTestDatabase('empty');
    const superuser = new Client({ connectionString: database.url });
    await superuser.connect();
    await superuser.query(`insert into customer (name) values ('One'), ('Two'), ('Three')`);
    return new StreamFixture(database, superuser);
  }

  get url(): string {
    return this.testDatabase.url;
  }

  openDatabase(): Database {
    return new Database({
      url: this.url,
      poolSize: 10,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    });
  }

  /** Starts an instance and waits until it listens, unless it has another `url`. */
  async start(
    options: { pollIntervalMs?: number; url?: string; nudges?: boolean; bufferBytes?: number } = {},
  ): Promise<Instance> {
    const database = this.openDatabase();
    const { pollIntervalMs, url = this.url, nudges = true, bufferBytes } = options;
    // A stream is notified only of commits by its own database object.
    const own = nudges ? database : this.openDatabase();
    const stream = new EventStream({ database: own, url, log: silentLog, pollIntervalMs, bufferBytes });
    await stream.start();
    const instance = { database, stream, databases: new Set([database, own]) };
    this.instances.push(instance);
    if (url === this.url) await eventually(() => stream.isListening, 'the instance to listen');
    return instance;
  }

  async close(): Promise<void> {
    await Promise.all(
      this.instances.map(async ({ databases, stream }) => {
        await stream.stop();
        await Promise.all([...databases].map((one) => one.close()));
      }),
    );
    await this.superuser.end();
    await this.testDatabase.drop();
  }

  /** All events of the table in the order of the stream. */
  async stored(): Promise<{ id: string; position: string | null; n: unknown; customerId: string }[]> {
    const { rows } = await this.superuser.query<{
      id: string;
      position: string | null;
      n: unknown;
      customerId: string;
    }>(`select id, position, payload -> 'n' as n, customer_id as "customerId" from event order by position, id`);
    return rows;
  }
}

export function customer(customerId: string): Extract<Scope, { kind: 'customer' }> {
  return { kind: 'customer', customerId };
}

export function anEvent(n: unknown, customerId = '1'): NewEvent {
  return { customerId, type: TYPE, payload: { n } };
}

/** Commits the events in one transaction. */
export async function write(database: Database, ...events: NewEvent[]): Promise<void> {
  await database.transact(OPERATOR_SCOPE, async (tx) => appendEvents(tx, ...events));
}

/** A transaction that stays open after its first part until `commit` is called. */
export async function openTransaction(database: Database, first: (tx: Tx) => Promise<void> | void) {
  const begun = gate();
  const rest = gate();
  let second: (tx: Tx) => Promise<void> = async () => undefined;
  const done = database.transact(OPERATOR_SCOPE, async (tx) => {
    // Otherwise PostgreSQL would end the transaction while it waits for the test.
    await tx.sql`/* wait_for_the_test */ select set_config('idle_in_transaction_session_timeout', '0', true)`;
    await first(tx);
    // What was sent without waiting is done now.
    await tx.sql`/* begin_test */ select`;
    begun.open();
    await rest.opened;
    await second(tx);
  });
  await Promise.race([begun.opened, done]);
  return {
    commit: (work: (tx: Tx) => Promise<void> = async () => undefined): Promise<void> => {
      second = work;
      rest.open();
      return done;
    },
  };
}

/** Follows all events, by default in the operators' scope. */
export function follow({ stream }: Instance, options: Partial<SubscribeOptions> = {}): Collector {
  return new Collector(stream.subscribe({ scope: OPERATOR_SCOPE, types: [TYPE], matches: () => true, ...options }));
}

/** Creates devices that only have a version, for tests of the order of their changes. */
export async function createVersions(superuser: Client, devices: number): Promise<void> {
  await superuser.query(`create table version (device int primary key, value int not null default 0)`);
  await superuser.query(`grant select, update on version to gateway_operator`);
  await superuser.query(`insert into version (device) select generate_series(0, ${devices - 1})`);
}

/** Increases a device's version and appends an event, like a change of status. The row is locked until the commit. */
export async function change(tx: Tx, device: number): Promise<void> {
  const [row] = await tx.sql<{ value: number }>`/* raise_version */
    with raised as (update version set value = value + 1 where device = ${int(device)} returning value)
    select value from raised`;
  appendEvents(tx, anEvent(`${device} v${row!.value}`));
}
