import { Client } from 'pg';
import { Database } from '../../src/platform/db/database';
import type { Clock } from '../../src/platform/base/clock';
import { createTestDatabase } from '../support/test-database';

/** A migrated database with the customers 1 and 2, for one test file. */
export interface AccessDatabase {
  database: Database;
  /** Statements so far, each as scope and name. */
  statements: string[];
  /** Superuser, who bypasses row-level security. */
  admin: Client;
  close(): Promise<void>;
}

export const NORTHSIDE = { id: '1', name: 'Northside Health' };
export const LAKEVIEW = { id: '2', name: 'Lakeview Care' };

export async function openAccessDatabase(): Promise<AccessDatabase> {
  const { url, drop } = await createTestDatabase('empty');
  const admin = new Client({ connectionString: url });
  await admin.connect();
  await admin.query('insert into customer (name) values ($1), ($2)', [NORTHSIDE.name, LAKEVIEW.name]);

  const statements: string[] = [];
  const database = new Database({
    url,
    poolSize: 4,
    statementTimeoutMs: 120_000,
    observe: (scope, text) => statements.push(`${scope.kind} ${/^\/\* (\w+) \*\//.exec(text)?.[1] ?? text}`),
  });
  const close = async (): Promise<void> => {
    await database.close();
    await admin.end();
    await drop();
  };
  return { database, statements, admin, close };
}

/** The wall-clock and the monotonic time. Both move only by `advance`. */
export class TestClock implements Clock {
  private passedMs = 0;
  private readonly monotonic = jest.spyOn(performance, 'now').mockImplementation(() => 1_000 + this.passedMs);

  constructor(private readonly start = new Date('2026-11-22T12:00:00.500Z')) {}

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
