import type { QueryResultRow } from 'pg';
import { atDatabase, createClient } from '../../platform/db/connection';

const CONNECT_MS = 5_000;
const STATEMENT_MS = 5_000;
const END_MS = 1_000;

/** A connection that only reads. */
export interface DatabaseSession {
  rows: <Row extends QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>;
}

/** Runs `work` on a connection of its own. Every wait has a limit. */
export async function withDatabase<Result>(
  url: string,
  work: (session: DatabaseSession) => Promise<Result>,
): Promise<Result> {
  const client = createClient(url, {
    name: 'doctor',
    connectionTimeoutMillis: CONNECT_MS,
    statementTimeoutMs: STATEMENT_MS,
    query_timeout: STATEMENT_MS,
  });
  client.on('error', () => {}); // the pending query gets the error
  try {
    await atDatabase(url, client.connect());
    await client.query('set default_transaction_read_only = on');
    return await work({ rows: async (text, values) => (await client.query(text, values)).rows as never });
  } finally {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, END_MS)));
    await Promise.race([client.end().catch(() => {}), late]);
    clearTimeout(timer);
  }
}
