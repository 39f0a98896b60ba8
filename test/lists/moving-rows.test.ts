import { readPage, walk, type List } from '../support/connections';
import { TestApp, type CallerName } from '../support/test-app';

/**
 * A page starts after a place, not after a row: whatever happened to the row at the end of page 1, page 2 has all other rows that
 * come after it.
 */

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ template: 'empty' });
  await app.admin.query(`insert into customer (id, name) values (1, 'Northside Health'), (2, 'Lakeview Care')`);
  await app.admin.query(`insert into site (customer_id, id, name) values (1, 901, 'One'), (1, 902, 'Other')`);
});
afterAll(() => app.stop());

/** In the order of the list. The third is the last of page 1. */
const NAMES = ['Ábel', 'Bo', 'Çelik', 'Dé', 'Eve', 'Før'];

const update = (caller: CallerName, mutation: string, input: object): Promise<unknown> =>
  app.data(
    caller,
    `mutation ($input: ${mutation.replace(/^./, (letter) => letter.toUpperCase())}Input!) {
      ${mutation}(input: $input) { userErrors { code } } }`,
    { input },
  );

interface Case {
  list: Omit<List, 'sort'>;
  sort: string;
  /** The select list of the values of a row with a name. */
  insert: (name: string, index: number) => string;
  table: string;
  rename: (id: string, name: string) => Promise<unknown>;
}

const PATIENT = { table: 'patient (customer_id, id, site_id, first_name, last_name)' } as const;
const renamePatient = (member: string) => (patientId: string, name: string) =>
  update('northside', 'updatePatient', { patientId, [member]: name });
const northside = { caller: 'northside', parent: 'Query' } as const;

const CASES: Readonly<Record<string, Case>> = {
  'patients by last name': {
    ...PATIENT,
    list: { ...northside, field: 'patients' },
    sort: 'LAST_NAME',
    insert: (name, index) => `1, ${index}, 901, 'Ann', '${name}'`,
    rename: renamePatient('lastName'),
  },
  'patients by first name': {
    ...PATIENT,
    list: { ...northside, field: 'patients' },
    sort: 'FIRST_NAME',
    insert: (name, index) => `1, ${index}, 901, '${name}', 'Lee'`,
    rename: renamePatient('firstName'),
  },
  'patients of a site by last name': {
    ...PATIENT,
    list: { ...northside, parent: 'Site', parentId: '901', field: 'patients' },
    sort: 'LAST_NAME',
    insert: (name, index) => `1, ${index}, 901, 'Ann', '${name}'`,
    rename: renamePatient('lastName'),
  },
  'patients of all customers': {
    ...PATIENT,
    list: { caller: 'operator', parent: 'Query', field: 'patients' },
    sort: 'LAST_NAME',
    insert: (name, index) => `${1 + (index % 2)}, ${index}, null, 'Ann', '${name}'`,
    rename: (patientId, lastName) => update('operator', 'updatePatient', { patientId, lastName }),
  },
  sites: {
    list: { ...northside, field: 'sites', filter: { active: false } },
    sort: 'NAME',
    table: 'site (customer_id, id, name, deactivated_at)',
    insert: (name, index) => `1, ${index}, '${name}', now()`,
    rename: (siteId, name) => update('northside', 'updateSite', { siteId, name }),
  },
  items: {
    list: { ...northside, field: 'items' },
    sort: 'NAME',
    table: 'item (id, name, reading_kinds)',
    insert: (name, index) => `${index}, '${name}', '{WEIGHT}'`,
    rename: (itemId, name) => update('operator', 'updateItem', { itemId, name }),
  },
  customers: {
    list: { caller: 'operator', parent: 'Query', field: 'customers', filter: { active: false } },
    sort: 'NAME',
    table: 'customer (id, name, deactivated_at)',
    insert: (name, index) => `${index}, '${name}', now()`,
    rename: (customerId, name) => update('operator', 'updateCustomer', { customerId, name }),
  },
  'API keys': {
    list: { ...northside, field: 'apiKeys', filter: { active: false } },
    sort: 'NAME',
    table: 'api_key (customer_id, id, name, role, secret_hash, revoked_at)',
    insert: (name, index) => `1, ${index}, '${name}', 'INGEST', sha256('${index}'), now()`,
    rename: (id, name) => app.admin.query('update api_key set name = $2 where id = $1', [id, name]),
  },
};

async function deleteFrom(table: string, condition: string): Promise<void> {
  if (table === 'patient')
    await app.admin.query(`delete from patient_activity where ${condition.replace('id', 'patient_id')}`);
  await app.admin.query(`delete from ${table} where ${condition}`);
}

let base = 1_000;

describe.each(Object.entries(CASES))('%s', (_title, { list, sort, table, insert, rename }) => {
  let ids: string[];
  const nameOf = table.split(' ')[0]!;
  const inOrder: List = { ...list, sort: { field: sort, direction: 'ASC' } };
  const reversed: List = { ...list, sort: { field: sort, direction: 'DESC' } };

  beforeEach(async () => {
    base += 100;
    ids = NAMES.map((_, index) => String(base + index));
    await deleteFrom(nameOf, 'id >= 1000');
    const rows = NAMES.map((name, index) => `(${insert(name, base + index)})`);
    await app.admin.query(`insert into ${table} values ${rows.join(', ')}`);
  });

  const remove = (id: string) => deleteFrom(nameOf, `id = ${id}`);

  it.each([
    ['renamed to the beginning', (id: string) => rename(id, 'Aaa'), []],
    ['renamed to the end', (id: string) => rename(id, 'Zzz'), [2]],
    ['deleted', remove, []],
  ] as const)('page 2 loses no row when the last row of page 1 is %s', async (_change, change, again) => {
    let pages = 0;
    const seen = await walk(app, inOrder, 3, false, async () => {
      pages += 1;
      if (pages === 1) await change(ids[2]!);
    });
    expect(seen).toEqual([...ids, ...again.map((index) => ids[index])]);
  });

  it('pages backward and in descending order are the same', async () => {
    let done = false;
    const once = (change: () => Promise<unknown>) => async () => {
      if (!done) await change();
      done = true;
    };
    // The first row of the last page is the last that was read.
    const renamed = once(() => rename(ids[3]!, 'Zzz'));
    expect(await walk(app, inOrder, 3, true, renamed)).toEqual(ids);
    const descending = [3, 5, 4, 2, 1, 0].map((index) => ids[index]!);
    expect(await walk(app, reversed, 100)).toEqual(descending);
    done = false;
    const removed = once(() => remove(descending[2]!));
    expect(await walk(app, reversed, 3, false, removed)).toEqual(descending);
  });
});

it('page 2 of the patients of a site loses none when the last patient of page 1 moves to another site', async () => {
  await deleteFrom('patient', 'true');
  const rows = NAMES.map((name, index) => `(1, ${index + 1}, 901, 'Ann', '${name}')`);
  await app.admin.query(
    `insert into patient (customer_id, id, site_id, first_name, last_name) values ${rows.join(', ')}`,
  );
  const list: List = {
    ...northside,
    parent: 'Site',
    parentId: '901',
    field: 'patients',
    sort: { field: 'LAST_NAME', direction: 'ASC' },
  };
  const { pageInfo } = await readPage(app, list, { first: 3 });
  await update('northside', 'updatePatient', { patientId: '3', siteId: '902' });
  const { nodes } = await readPage(app, list, { first: 3, after: pageInfo.endCursor });
  expect(nodes.map(({ databaseId }) => databaseId)).toEqual(['4', '5', '6']);
});
