import { RestClient } from '../support/rest-client';
import { patientsInRestForm } from '../support/rest-patient';
import { namesOf } from '../support/statement-names';
import { TestApp, type LoggedStatement } from '../support/test-app';

let app: TestApp;
let rest: RestClient;
beforeAll(async () => {
  app = await TestApp.start();
  rest = new RestClient(app);
});
afterAll(() => app.stop());

interface Page {
  content: { id: number }[];
  page: number;
  size: number;
  total: number;
  first: boolean;
  last: boolean;
}

/** All pages of a list. */
async function pagesOf(query: string, size = 250): Promise<Page[]> {
  const pages: Page[] = [];
  while (pages.at(-1)?.last !== true) {
    const path = `/patient?${query}&size=${size}&page=${pages.length + 1}`;
    const { status, body } = await rest.get<Page>(path);
    expect(status).toBe(200);
    pages.push(body);
  }
  return pages;
}

const contentOf = (pages: readonly Page[]) => pages.flatMap(({ content }) => content);

/** A patient of the demo data with all values that filters compare. */
async function sample() {
  const { rows } = await app.admin.query<Record<'external' | 'email' | 'zip' | 'born', string>>(
    `select external_identifier external, email, left(address->>'zipCode', 5) zip, date_of_birth::text born from patient
     where customer_id = 1 and num_nonnulls(external_identifier, email, address->>'zipCode', date_of_birth) = 4 order by id offset 5 limit 1`,
  );
  return rows[0]!;
}

it.each<[query: string, args: object]>([
  ['', {}],
  ['archived=true', { filter: { archived: true } }],
  ['archived=false', { filter: { archived: false } }],
  ['enrolled=true', { filter: { enrolled: true } }],
  ['enrolled=false', { filter: { enrolled: false } }],
  ['siteId=3', { filter: { siteIds: ['3'] } }],
  ['siteId=3&siteId=4', { filter: { siteIds: ['3', '4'] } }],
  ['siteId=10', { filter: { siteIds: [] } }],
  ['name=ru', { filter: { name: 'ru' } }],
  ['name=%20RU', { search: 'ru' }],
  ['name=nobody%20has%20it', { filter: { siteIds: [] } }],
  ['dateOfBirthMin=1950-03-27', { filter: { dateOfBirth: { from: '1950-03-27' } } }],
  ['dateOfBirthMax=1950-03-27', { filter: { dateOfBirth: { through: '1950-03-27' } } }],
  [
    'dateOfBirthMin=1940-01-01&dateOfBirthMax=1949-12-31&enrolled=true&archived=false',
    { filter: { dateOfBirth: { from: '1940-01-01', through: '1949-12-31' }, enrolled: true, archived: false } },
  ],
  ['dateOfBirthMin=1960-01-01&dateOfBirthMax=1950-01-01', { filter: { siteIds: [] } }],
  ['sort=lastName', { sort: { field: 'LAST_NAME', direction: 'ASC' } }],
  ['sort=firstName&sortDescending=true', { sort: { field: 'FIRST_NAME', direction: 'DESC' } }],
  ['sort=updatedAt', { sort: { field: 'UPDATED_AT', direction: 'ASC' } }],
  ['sort=latestReadingAt&sortDescending=true', { sort: { field: 'LATEST_READING_AT', direction: 'DESC' } }],
  ['sortDescending=true', { sort: { field: 'CREATED_AT', direction: 'DESC' } }],
  ['sort=patientId&sortDescending=false', { sort: { field: 'CREATED_AT', direction: 'ASC' } }],
])('the list %s is the same as in GraphQL', async (query, args) => {
  const expected = await patientsInRestForm(app, args);
  const pages = await pagesOf(query);
  expect(contentOf(pages)).toEqual(expected);
  expect(pages[0]!.total).toBe(expected.length);
});

it('a patient is found by external identifier, email, ZIP code and date of birth', async () => {
  const { external, email, zip, born } = await sample();
  const found = async (query: string) => contentOf(await pagesOf(query));
  const byIdentifier = await found(`externalIdentifier=${encodeURIComponent(external)}`);
  expect(byIdentifier).toEqual(await patientsInRestForm(app, { filter: { externalIdentifiers: [external] } }));
  expect(byIdentifier).toHaveLength(1);
  expect(await found(`email=${encodeURIComponent(email.toUpperCase())}`)).toEqual(byIdentifier);
  for (const query of [
    `postalCode=${zip}`,
    `postalCode=${zip}-1234`,
    `dateOfBirthMin=${born}&dateOfBirthMax=${born}`,
  ]) {
    expect(await found(query)).toContainEqual(byIdentifier[0]);
    expect((await found(query)).length).toBeLessThan((await found('')).length);
  }
  expect(await found(`externalIdentifier=${encodeURIComponent(external)}&externalIdentifier=unknown`)).toEqual(
    byIdentifier,
  );
  expect(await found(`externalIdentifier=unknown`)).toEqual([]);
});

it('the filters find patients of the demo data, but not all', async () => {
  const { total } = (await pagesOf(''))[0]!;
  for (const query of ['archived=true', 'enrolled=false', 'siteId=3', 'name=ru', 'dateOfBirthMin=1950-03-27']) {
    const found = (await pagesOf(query))[0]!.total;
    expect(found).toBeGreaterThan(0);
    expect(found).toBeLessThan(total);
  }
});

it.each(['sort=lastName', 'sort=firstName', 'sort=patientId', 'sort=latestReadingAt', 'siteId=3&sort=updatedAt'])(
  'the pages of %s continue each other in both directions',
  async (query) => {
    const whole = contentOf(await pagesOf(query));
    const pages = await pagesOf(query, 7);
    expect(contentOf(pages)).toEqual(whole);
    expect(contentOf(await pagesOf(`${query}&sortDescending=true`, 7))).toEqual([...whole].reverse());
    pages.forEach((page, index) => {
      const { last, content } = page;
      expect(page).toMatchObject({ page: index + 1, size: 7, total: whole.length, first: index === 0 });
      expect(last).toBe(index === pages.length - 1);
      if (!last) expect(content).toHaveLength(7);
    });
  },
);

it('a page has 15 patients by default, and one beyond the last is empty', async () => {
  const { body } = await rest.get<Page>('/patient');
  expect(body).toMatchObject({ page: 1, size: 15, first: true, last: false });
  expect(body.content).toHaveLength(15);
  expect((await rest.get<Page>('/patient?page=300')).body).toEqual({
    content: [],
    page: 300,
    size: 15,
    total: body.total,
    first: false,
    last: true,
  });
});

it.each([
  ['page=0', 'page'],
  ['page=-1', 'page'],
  ['page=1.5', 'page'],
  ['page=', 'page'],
  ['size=0', 'size'],
  ['size=251', 'size'],
  ['size=1e2', 'size'],
  ['page=401&size=250', 'page'],
  ['page=1&page=2', 'page'],
  ['siteId=99999999999999999999', 'siteId'],
  ['siteId=3&siteId=x', 'siteId'],
  ['archived=yes', 'archived'],
  ['enrolled=', 'enrolled'],
  ['sort=LAST_NAME', 'sort'],
  ['sort=email', 'sort'],
  ['sortDescending=1', 'sortDescending'],
  ['dateOfBirthMin=1950', 'dateOfBirthMin'],
  ['dateOfBirthMin=1950-02-30', 'dateOfBirthMin'],
  ['dateOfBirthMax=1950-01-01T00:00:00Z', 'dateOfBirthMax'],
  ['name=a&name=b', 'name'],
  ['name=%00', 'name'],
  ['externalIdentifier=a&externalIdentifier=%00', 'externalIdentifier'],
  ['postalCode=%00', 'postalCode'],
  ['lastName=Lee', 'lastName'],
  ['filter=archived', 'filter'],
])('the query %s is refused as malformed, with the name of the parameter', async (query, field) => {
  const { status, body } = await rest.get<{ detail: string }>(`/patient?${query}`);
  expect(status).toBe(400);
  expect(body).toMatchObject({ code: 'BAD_USER_INPUT', field });
  expect(body.detail.startsWith(field)).toBe(true);
});

it('a page of 250 reads two statements, whatever the patients have', async () => {
  await app.admin.query(
    `insert into patient (customer_id, first_name, last_name, site_id) select 1, 'Many', 'Person', 3 + n % 3 from generate_series(1, 300) n`,
  );
  const sent = app.statements.length;
  const { body } = await rest.get<Page>('/patient?name=many&size=250');
  expect(body.content).toHaveLength(250);
  expect(namesOf(app.statements.slice(sent).filter(isOfCustomer))).toEqual(['patients', 'patients_count']);
});

it('holders on a page of devices have their sites without a statement for those', async () => {
  const sent = app.statements.length;
  const { body } = await rest.get<{ content: { currentPatient: { site: object } | null }[] }>('/device?size=250');
  expect(body.content.filter(({ currentPatient }) => currentPatient?.site).length).toBeGreaterThan(10);
  const names = namesOf(app.statements.slice(sent).filter(isOfCustomer));
  expect(names.filter((name) => /site|patient/.test(name))).toEqual(['patient_by_id', 'site_by_id']);
});

const isOfCustomer = ({ scope }: LoggedStatement) => scope.kind === 'customer';
