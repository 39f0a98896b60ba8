import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { ApiKeyEntity } from '../../src/access/api-key.entity';
import { CustomerEntity } from '../../src/access/customer.entity';
import { Database } from '../../src/db/database';
import { migrate } from '../../src/db/migrate';
import type { Clock } from '../../src/shared/clock';

/** A migrated database of one test file, with the customers 1 and 2. */
export interface AccessDatabase {
  database: Database;
  /** Statements of the workers, by name, in their order. */
  statements: string[];
  /** As superuser, past row-level security. */
  admin: Client;
  close(): Promise<void>;
}

export const NORTHSIDE = { id: '1', name: 'Northside Health' };
export const LAKEVIEW = { id: '2', name: 'Lakeview Care' };

export async function openAccessDatabase(): Promise<AccessDatabase> {
  const name = `access_${randomBytes(6).toString('hex')}`;
  const server = new Client({ connectionString: process.env.TEST_POSTGRES_URL });
  await server.connect();
  await server.query(`create database ${name}`);
  const url = new URL(process.env.TEST_POSTGRES_URL!);
  url.pathname = name;
  await migrate({ url: url.href, servingUser: decodeURIComponent(url.username) });
  const admin = new Client({ connectionString: url.href });
  await admin.connect();
  await admin.query('insert into customer (name) values ($1), ($2)', [NORTHSIDE.name, LAKEVIEW.name]);

  const statements: string[] = [];
  const database = await Database.open({
    url: url.href,
    entities: [CustomerEntity, ApiKeyEntity],
    poolSize: 4,
    statementTimeoutMs: 10_000,
    observe: (scope, text) => statements.push(`${scope.kind} ${/^\/\* (\w+) \*\//.exec(text)?.[1] ?? text}`),
  });
  const close = async (): Promise<void> => {
    await database.close();
    await admin.end();
    await server.query(`drop database ${name}`);
    await server.end();
  };
  return { database, statements, admin, close };
}

/** The time of day and the monotonic time, which moves only when the test says so. */
export class TestClock implements Clock {
  private passedMs = 0;
  private readonly monotonic = jest.spyOn(performance, 'now').mockImplementation(() => 1_000 + this.passedMs);

  constructor(private readonly start = new Date()) {}

  now(): Date {
    return new Date(this.start.getTime() + this.passedMs);
  }

  advance(ms: number): void {
    this.passedMs += ms;
  }

  restore(): void {
    this.monotonic.mockRestore();
  }
}
