import { Client } from 'pg';
import { explain, outline, rowsReadOf, vacuum, type PlanMode } from '../db/explain';
import { TestApp } from '../support/test-app';

const SITES = 3_000;
const PAGE = 20;
/** Of each customer a page and one more, at most: to choose from, and to merge. */
const ROWS = 3 * (PAGE + 1);

/** Instances of the gateway. */
const [EXECUTOR, COMPILED] = [0, 1];

let app: TestApp;
let client: Client;

beforeAll(async () => {
  app = await TestApp.start();
  await app.startInstance({}, { compiledReads: { compilesAtFirstUse: true } });
  client = new Client({ connectionString: app.database.url });
  await client.connect();
  await client.query(`insert into site (customer_id, name) select n % 2, 'Large ' || n from generate_series(1, $1) n`, [
    2 * SITES,
  ]);
  await vacuum(client);
});
afterAll(async () => {
  await client.end();
  await app.stop();
});

const page = (args = '') =>
  `{ sites(first: ${PAGE}${args}) { nodes { databaseId name } pageInfo { endCursor hasNextPage } } }`;

interface Page {
  sites: { nodes: { databaseId: string; name: string }[]; pageInfo: { endCursor: string } };
}

describe.each([
  ['by the executor', EXECUTOR],
  ['by the compiled read', COMPILED],
])('%s', (_by, instance) => {
  const read = (query: string) => app.data<Page>('northside', query, {}, instance);

  it.each([
    ['by creation', ''],
    ['by creation, the newest first', ', sort: { field: CREATED_AT, direction: DESC }'],
    ['by name', ', sort: { field: NAME, direction: ASC }'],
    ['of a search', ', search: "large", sort: { field: NAME, direction: ASC }'],
  ])('a page %s reads about as many sites as it has, and so does a later one', async (_name, args) => {
    const { endCursor } = (await read(page(args))).sites.pageInfo;
    for (const query of [page(args), page(`${args}, after: "${endCursor}"`)]) {
      const sent = await app.statementsOf(() => read(query));
      for (const statement of sent.filter(({ text }) => text.includes('site s')))
        for (const mode of ['force_custom_plan', 'force_generic_plan'] satisfies PlanMode[]) {
          const plan = await explain(client, statement, mode);
          const shown = `${statement.text}\n${mode}\n${outline(plan)}`;
          const rows = rowsReadOf('site', plan);
          expect({ shown, tooMany: rows > ROWS && rows }).toEqual({ shown, tooMany: false });
        }
    }
  });

  it.each(['first', 'last'])(
    'pages of the own sites and the warehouses are in one order, read with %s',
    async (size) => {
      const { rows } = await client.query<{ id: string }>(
        `select id from site where customer_id in (0, 1) order by name_fold, id`,
      );
      const found: string[] = [];
      let place = '';
      for (let pages = 0; pages < 3; pages += 1) {
        const { sites } = await app.data<{
          sites: { nodes: { databaseId: string }[]; pageInfo: { startCursor: string; endCursor: string } };
        }>(
          'northside',
          `{ sites(${size}: 100, sort: { field: NAME, direction: ASC }${place}) { nodes { databaseId } pageInfo { startCursor endCursor } } }`,
          {},
          instance,
        );
        const ids = sites.nodes.map(({ databaseId }) => databaseId);
        if (size === 'first') found.push(...ids);
        else found.unshift(...ids);
        const { startCursor, endCursor } = sites.pageInfo;
        place = size === 'first' ? `, after: "${endCursor}"` : `, before: "${startCursor}"`;
      }
      const expected = rows.map(({ id }) => id);
      expect(found).toEqual(size === 'first' ? expected.slice(0, 300) : expected.slice(-300));
    },
  );
});

it('pages of REST, which skip rows, have the same order', async () => {
  const response = await fetch(`${app.url}/api/v3/site?page=3&size=100`, {
    headers: { authorization: 'Bearer demo-northside' },
  });
  const { content } = (await response.json()) as { content: { id: string | number }[] };
  const { rows } = await client.query<{ id: string }>(
    `select id from site where customer_id in (0, 1) order by id offset 200 limit 100`,
  );
  expect(content.map(({ id }) => String(id))).toEqual(rows.map(({ id }) => id));
});
