import type { Socket } from 'node:net';
import { Query, type PoolClient, type QueryConfig, type QueryResult } from 'pg';

/**
 * Sends a statement.
 *
 * As `client.query`, which copies what it is given, makes further promises, and assigns functions to members of the query. V8 allocates
 * such functions in the old generation: until the next full collection, they keep the result in memory.
 *
 * @param timeoutMs the connection is taken for dead after this time, and closed
 */
export function send<Row extends object>(
  client: PoolClient,
  { name, text, values }: QueryConfig,
  timeoutMs: number,
): Promise<QueryResult<Row>> {
  return new Promise((resolve, reject) => {
    const { stream } = (client as PoolClient & { connection: { stream: Socket } }).connection;
    const timer = setTimeout(() => {
      reject(new Error('Query read timeout')); // as pg reports it
      stream.destroy();
    }, timeoutMs);
    const callback = (error: Error | null, result: QueryResult<Row>) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve(result);
    };
    holdBack(stream);
    // Those that the constructor has no parameters for.
    client.query(Object.assign(new Query<Row>(text, values as unknown[]), { name, callback }));
  });
}

/**
 * What is sent on a connection in one turn of the event loop is one write, such as the statements of requests that arrived together. Each
 * write is a system call, which may wake the server.
 */
function holdBack(stream: Socket): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => stream.uncork());
}
