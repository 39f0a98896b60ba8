import { Client } from 'pg';
import { explain, outline, rowsReadOf, vacuum, type PlanMode } from '../db/explain';
import { walk, type Sort } from '../support/connections';
import { TestApp, type CallerName } from '../support/test-app';

const PATIENTS = 5_000;
const PAGE = 20;
/** Rows that are found before the list is read from its start, see `pageOfWays`. */
const FEW = 2_000;

/** Instances of the gateway. */
const [EXECUTOR, COMPILED] = [0, 1];

/** The last names of a few are at the end of the alphabet, and many have the same beginning of an identifier or a name. */
const FILL = `insert into patient (customer_id, external_identifier, first_name, last_name, archived_at)
  select 1, 'X-' || lpad(n::text, 5, '0'), case when n % 2 = 0 then 'Mary' else 'Given' end || n % 89,
    case when n > ${PATIENTS - 50} then 'Zimmer' else 'Family' end || n, case when n % 3 = 0 then now() end
  from generate_series(1, ${PATIENTS}) n`;

/** With about the number of patients who are found, or with more than are found before the list is read from its start. */
const SEARCHES: [search: string, found: number][] = [
  ['zimmer', 60],
  ['x-0499', 10],
  ['given7', 320],
  ['nothing', 0],
  ['mary', FEW + 1],
  ['x-0', FEW + 1],
  ['family', FEW + 1],
];

const SORTS: Record<string, string> = {
  CREATED_AT: 'id',
  UPDATED_AT: 'updated_at',
  FIRST_NAME: 'first_name_fold',
  LAST_NAME: 'last_name_fold',
  LATEST_READING_AT: 'last_reading_at',
};
const ORDERS: Sort[] = Object.keys(SORTS).flatMap((field) => [
  { field, direction: 'ASC' },
  { field, direction: 'DESC' },
]);

let app: TestApp;
let client: Client;

beforeAll(async () => {
  app = await TestApp.start();
  await app.startInstance({}, { compiledReads: { compilesAtFirstUse: true } });
  client = new Client({ connectionString: app.database.url });
  await client.connect();
  await client.query(FILL);
  await vacuum(client);
});
afterAll(async () => {
  await client.end();
  await app.stop();
});

describe.each<CallerName>(['northside', 'operator'])('%s', (caller) => {
  const list = { caller, parent: 'Query', field: 'patients' };
  const own = caller === 'operator' ? 'true' : 'customer_id = 1';

  async function found(search: string, { field, direction }: Sort, where = 'true'): Promise<string[]> {
    const { rows } = await client.query<{ id: string }>(
      `select id from patient join patient_activity a on a.patient_id = id
       where ${own.replace('customer_id', 'patient.customer_id')} and ${where}
         and (starts_with(first_name_fold, $1) or starts_with(last_name_fold, $1) or starts_with(external_identifier_fold, $1))
       order by ${SORTS[field]} ${direction}, id ${direction}`,
      [search],
    );
    return rows.map(({ id }) => id);
  }

  it.each(SEARCHES)('patients found by %s have the order of each sort, page by page', async (search, most) => {
    const isMany = most > FEW;
    for (const sort of isMany ? ORDERS.slice(-3) : ORDERS) {
      const expected = await found(search, sort);
      if (isMany) expect(expected.length).toBeGreaterThan(FEW);
      else expect(expected.length).toBeLessThanOrEqual(most);
      for (const backward of isMany ? [true] : [false, true])
        expect(await walk(app, { ...list, sort, search }, 100, backward)).toEqual(expected);
    }
  });

  it('patients are found by a search and by filters', async () => {
    for (const sort of ORDERS) {
      for (const search of ['zimmer', 'mary', 'x-0']) {
        const filter = { archived: true, name: 'zim' };
        const expected = await found(search, sort, `archived_at is not null and starts_with(last_name_fold, 'zim')`);
        expect(expected.length).toBeGreaterThan(5);
        expect(await walk(app, { ...list, sort, search, filter }, 100)).toEqual(expected);
      }
    }
  });

  describe.each([
    ['by the executor', EXECUTOR],
    ['by the compiled read', COMPILED],
  ])('%s', (_by, instance) => {
    // For many patients of all customers, PostgreSQL may choose to read the table until it has found enough.
    const searches = caller === 'operator' ? SEARCHES.filter(([, most]) => most <= FEW) : SEARCHES;
    it.each(searches)('a page of %s reads few patients in each order', async (search, count) => {
      for (const { field, direction } of ORDERS) {
        const query = `{ patients(first: ${PAGE}, search: "${search}", sort: { field: ${field}, direction: ${direction} }) { nodes { databaseId } } }`;
        const sent = await app.statementsOf(() => app.data(caller, query, {}, instance));
        expect(sent.length).toBeGreaterThan(0);
        const isPrepared = caller === 'northside' && field !== 'LATEST_READING_AT';
        // Those that are found are read by two indexes, then a page of them and one more, which is merged with another.
        const most = 2 * count + 4 * (PAGE + 1);
        const modes: PlanMode[] = isPrepared ? ['force_custom_plan', 'force_generic_plan'] : ['force_custom_plan'];
        for (const statement of sent)
          for (const mode of modes) {
            const plan = await explain(client, statement, mode);
            const rows = rowsReadOf('patient', plan);
            const shown = `${statement.text}\n${mode}\n${outline(plan)}`;
            expect({ shown, tooMany: rows > most && rows }).toEqual({ shown, tooMany: false });
          }
        if (isPrepared && instance === COMPILED) expect(sent).toHaveLength(1);
      }
    });
  });
});
