import { Client } from 'pg';
import { explain, outline, rowsReadOf, vacuum, type PlanMode } from '../db/explain';
import { walk } from '../support/connections';
import { TestApp } from '../support/test-app';

const PATIENTS = 6_000;
const PAGE = 20;
/** See `pageOfRange`. */
const [FEW, BEGINNING] = [1_000, 2_000];

/** Instances of the gateway. */
const [EXECUTOR, COMPILED] = [0, 1];

/** One in twenty of the first ones has been silent for two months, and the last third for four. */
const FILL = `
  insert into patient (customer_id, first_name, last_name, external_identifier)
    select 1, 'Given', 'Family', 'S-' || n from generate_series(1, ${PATIENTS}) n;
  update patient_activity a set blood_pressure_at = now() - interval '1 day' * (case when n > 4000 then 120 when n % 20 = 0 then 60 else 1 end)
    from (select id, substr(external_identifier, 3)::int as n from patient where external_identifier like 'S-%') p
    where a.customer_id = 1 and a.patient_id = p.id`;

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();

/** The filter, the same in SQL, and about the number of patients. */
const FILTERS: [what: string, filter: Record<string, unknown>, condition: string, found: number][] = [
  ['none', { latestReadingAt: { to: daysAgo(10_000) } }, `last_reading_at between '0001-01-01' and '1990-01-01'`, 0],
  ['a few', { latestReadingAt: { from: daysAgo(70), to: daysAgo(50) } }, 'last_reading_at between $1 and $2', 200],
  ['many at one end', { silentSince: daysAgo(100) }, 'last_reading_at < $1', 2_000],
  ['many everywhere', { silentSince: daysAgo(50) }, 'last_reading_at < $1', 2_200],
  ['all', { silentSince: daysAgo(-1) }, 'last_reading_at < $1', PATIENTS + 300],
];

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

describe.each(['ASC', 'DESC'] as const)('by id, %s', (direction) => {
  const sort = { field: 'CREATED_AT', direction };

  it.each(FILTERS)('the pages of a list of %s', async (_what, filter, condition, count) => {
    const values = Object.values((filter.latestReadingAt ?? filter) as Record<string, string>);
    const { rows } = await client.query<{ id: string }>(
      `select patient_id as id from patient_activity where customer_id = 1 and ${condition} order by patient_id ${direction}`,
      condition.includes('$') ? values : [],
    );
    const expected = rows.map(({ id }) => id);
    expect(Math.abs(expected.length - count)).toBeLessThan(100);
    const list = { caller: 'northside', parent: 'Query', field: 'patients', sort, filter } as const;
    for (const backward of [false, true]) expect(await walk(app, list, 100, backward)).toEqual(expected);
  });

  it.each([
    ['the executor', EXECUTOR],
    ['the compiled read', COMPILED],
  ])('a page is one prepared statement of %s, whose one plan is good for all values', async (_by, instance) => {
    const names = new Set<string>();
    for (const [, filter, , count] of FILTERS) {
      const query = `query ($filter: PatientFilter) { patients(first: ${PAGE}, filter: $filter, sort: { field: CREATED_AT, direction: ${direction} }) {
        nodes { databaseId lastName } pageInfo { hasNextPage } } }`;
      const sent = await app.statementsOf(() => app.data('northside', query, { filter }, instance));
      expect(sent).toHaveLength(1);
      const [statement] = sent;
      names.add(statement!.text);
      for (const mode of ['force_custom_plan', 'force_generic_plan'] satisfies PlanMode[]) {
        const plan = await explain(client, statement!, mode);
        const shown = `${statement!.text}\n${mode}\n${outline(plan)}`;
        const read = { patients: rowsReadOf('patient', plan), activities: rowsReadOf('patient_activity', plan) };
        const most = { patients: PAGE + 1, activities: FEW + 1 + (count > FEW ? BEGINNING + count + 100 : 0) };
        const tooMany = read.patients > most.patients || read.activities > most.activities;
        expect({ shown, read: tooMany && read }).toEqual({ shown, read: false });
      }
    }
    // One for a range and its ends.
    expect(names.size).toBe(3);
  });
});

it('with another filter, the statement is planned for its values', async () => {
  const filter = { silentSince: daysAgo(50), zipCode: '12345' };
  const query = 'query ($filter: PatientFilter) { patients(first: 5, filter: $filter) { nodes { databaseId } } }';
  const sent = await app.statementsOf(() => app.data('northside', query, { filter }, COMPILED));
  expect(sent.map(({ text }) => /\w+/.exec(text)![0])).toEqual(['patients', 'read_patients']);
});
