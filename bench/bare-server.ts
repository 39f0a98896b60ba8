import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'pg';

/**
 * The minimal server that the gateway is compared with: each route returns the JSON of one prepared statement. No
 * authentication, row-level security or GraphQL.
 */
const STATEMENTS: Record<string, string> = {
  '/device': `select json_build_object('databaseId', d.id::text, 'currentStatus', d.current_status, 'version', d.version,
      'updatedAt', d.updated_at)::text as body
    from device d where d.customer_id = 1 and d.id = 1`,
  '/devices': `select json_agg(json_build_object('databaseId', d.id::text, 'currentStatus', d.current_status,
      'site', case when s.id is not null then json_build_object('databaseId', s.id::text, 'name', s.name) end,
      'patient', case when p.id is not null then json_build_object('databaseId', p.id::text, 'firstName', p.first_name, 'lastName', p.last_name) end,
      'currentAssociation', case when a.id is not null then json_build_object('databaseId', a.id::text, 'startedAt', a.started_at) end
    ) order by d.id)::text as body
    from (select * from device where customer_id = 1 and patient_id is not null order by id limit 50) d
    left join site s on s.customer_id = d.site_customer_id and s.id = d.site_id
    left join patient p on p.customer_id = d.customer_id and p.id = d.patient_id
    left join device_association a on a.customer_id = d.customer_id and a.device_id = d.id and a.holder_id is not null`,
};

const pool = new Pool({ connectionString: process.env.BENCH_DATABASE_URL, max: 10 });

const server = createServer((request, response) => {
  const text = STATEMENTS[request.url ?? ''];
  if (text === undefined) {
    response.writeHead(404).end();
    return;
  }
  pool.query<{ body: string }>({ name: request.url, text }).then(
    ({ rows }) => response.writeHead(200, { 'content-type': 'application/json' }).end(rows[0]!.body),
    () => response.writeHead(500).end(),
  );
});

server.listen(0, '127.0.0.1', () => process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
process.once('SIGTERM', () => process.exit(0));
