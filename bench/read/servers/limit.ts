import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { Pool } from 'pg';
import type { Facts } from '../data';
import { QUERIES, type Request } from '../queries';
import { listen, POOL } from './listen';

/**
 * The least that a server can do: one prepared statement writes the body of the response. No GraphQL, authentication, row-level
 * security or checks. It takes the same requests as the others.
 */
const facts = JSON.parse(process.env.BENCH_FACTS!) as Facts;
const statements = Object.assign({}, ...QUERIES.map(({ limit }) => limit(facts))) as ReturnType<
  (typeof QUERIES)[number]['limit']
>;
const pool = new Pool(POOL);

const server = createServer((request, response) => {
  text(request)
    .then(async (body) => {
      const { operationName, variables } = JSON.parse(body) as Request;
      const statement = statements[operationName]!;
      const { rows } = await pool.query<{ json: string }>({
        name: operationName,
        text: statement.text,
        values: statement.values(variables),
      });
      response.writeHead(200, { 'content-type': 'application/json' }).end(rows[0]!.json);
    })
    .catch((error: unknown) => response.writeHead(500).end(String(error)));
});
listen(server);
