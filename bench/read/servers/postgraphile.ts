import { createServer } from 'node:http';
import { PgSimplifyInflectionPreset } from '@graphile/simplify-inflection';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { listen, POOL } from './listen';

// It warns of functions and types that no query uses.
console.warn = console.log = console.error = () => {};

/** PostGraphile makes its schema from the tables, so its documents are its own. As the superuser, without row-level security. */
const instance = postgraphile({
  extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset],
  pgServices: [
    makePgService({
      connectionString: `${POOL.connectionString!}&options=${encodeURIComponent(POOL.options)}`,
      schemas: ['public'],
    }),
  ],
  grafserv: { graphqlPath: '/graphql', watch: false, graphiql: false },
  grafast: { explain: false },
});

async function main(): Promise<void> {
  const server = createServer();
  await instance.createServ(grafserv).addTo(server);
  listen(server);
}

void main();
