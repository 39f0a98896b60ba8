import { Client } from 'pg';
import { explain, outline, rowsReadOf, vacuum } from '../db/explain';
import { walk, type Sort } from '../support/connections';
import { TestApp } from '../support/test-app';

const OTHERS = 3_000;
const PAGE = 10;

let app: TestApp;
let client: Client;

/** The patients of another customer are the newest, and have the first and the last names. */
beforeAll(async () => {
  app = await TestApp.start();
  client = new Client({ connectionString: app.database.url });
  await client.connect();
  await client.query(
    `insert into patient (customer_id, first_name, last_name)
     select 1, case when n % 2 = 0 then 'Aa' else 'Zz' end || n, case when n % 2 = 0 then 'Zz' else 'Aa' end || n from generate_series(1, $1) n`,
    [OTHERS],
  );
  await vacuum(client);
});
afterAll(async () => {
  await client.end();
  await app.stop();
});

const ORDERS: [field: string, sortedBy: string][] = [
  ['CREATED_AT', 'id'],
  ['UPDATED_AT', 'updated_at'],
  ['FIRST_NAME', 'first_name_fold'],
  ['LAST_NAME', 'last_name_fold'],
];

describe.each(ORDERS)('patients of one customer by %s', (field, sortedBy) => {
  const sort: Sort = { field, direction: 'DESC' };

  it('are listed and counted for an operator', async () => {
    const list = { caller: 'operator', parent: 'Query', field: 'patients', sort } as const;
    for (const [customerIds, where] of [
      [['2'], 'customer_id = 2'],
      [['2', '3'], 'customer_id in (2, 3)'],
    ] as const) {
      const { rows } = await client.query<{ id: string }>(
        `select id from patient where ${where} order by ${sortedBy} desc, id desc`,
      );
      const ids = rows.map(({ id }) => id);
      const filter = { customerIds };
      expect(await walk(app, { ...list, filter }, 100)).toEqual(ids);
      expect(await walk(app, { ...list, filter }, 100, true)).toEqual(ids);
      const counted = await app.data(
        'operator',
        'query ($filter: PatientFilter) { patients(filter: $filter) { totalCount } }',
        { filter },
      );
      expect(counted).toEqual({ patients: { totalCount: ids.length } });
    }
  });

  it('are read without those of other customers', async () => {
    const query = `{ patients(first: ${PAGE}, filter: { customerIds: ["2"] }, sort: { field: ${field}, direction: DESC }) { nodes { databaseId } } }`;
    const sent = await app.statementsOf(() => app.data('operator', query));
    for (const statement of sent.filter(({ text }) => text.includes('patient p'))) {
      expect(statement.scope).toEqual({ kind: 'operator' });
      const plan = await explain(client, statement, 'force_custom_plan');
      const { rows } = await client.query<{ count: number }>('select count(*)::int from patient where customer_id = 2');
      const read = rowsReadOf('patient', plan);
      const shown = `${statement.text}\n${outline(plan)}`;
      expect({ shown, tooMany: read > rows[0]!.count && read }).toEqual({ shown, tooMany: false });
    }
  });
});
