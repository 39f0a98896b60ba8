import { walk } from '../support/connections';
import { RestClient } from '../support/rest-client';
import { allPages } from '../support/rest-pages';
import { namesOf } from '../support/statement-names';
import { TestApp, type CallerName } from '../support/test-app';

let app: TestApp;
let rest: RestClient;
beforeAll(async () => {
  app = await TestApp.start();
  rest = new RestClient(app);
});
afterAll(() => app.stop());

interface Site {
  id: number;
  name: string;
}

const SITE = `databaseId name active operatedBy phoneNumber customer { databaseId } createdAt updatedAt version
  address { lineOne lineTwo lineThree city state zipCode country note }`;

interface GraphqlSite {
  databaseId: string;
  operatedBy: string;
  customer: { databaseId: string } | null;
}

/** A site as GraphQL returns it, in the form of REST. */
async function siteOf(id: number | string, caller: CallerName = 'northside'): Promise<object> {
  const query = `query ($id: ID!) { site(id: $id) { ${SITE} } }`;
  const { site } = await app.data<{ site: GraphqlSite }>(caller, query, { id: String(id) });
  const { databaseId, operatedBy, customer, ...same } = site;
  return {
    ...same,
    id: Number(databaseId),
    operatedBy: operatedBy.toLowerCase(),
    customerId: customer && Number(customer.databaseId),
  };
}

const stored = async (): Promise<unknown[]> => (await app.admin.query<object>('select * from site order by id')).rows;

describe('GET /site/{id}', () => {
  it('each site has the same values as in GraphQL', async () => {
    const ids = await walk(app, { caller: 'northside', parent: 'Query', field: 'sites' }, 100);
    expect(ids.length).toBeGreaterThan(3);
    for (const id of ids) {
      const { status, body } = await rest.get<object>(`/site/${id}`);
      expect(status).toBe(200);
      expect(body).toEqual(await siteOf(id));
    }
  });

  it('a warehouse says that Impilo operates it, and has no customer', async () => {
    const { body } = await rest.get<object>('/site/1');
    expect(body).toMatchObject({
      name: 'Impilo Warehouse Memphis',
      operatedBy: 'impilo',
      customerId: null,
      active: true,
    });
  });

  it("another customer's site is as one that does not exist", async () => {
    const { body: theirs } = await rest.post<Site>('/site', { name: 'Theirs' }, { caller: 'lakeview' });
    const [other, none] = [await rest.get<object>(`/site/${theirs.id}`), await rest.get<object>('/site/999999')];
    expect(other.status).toBe(404);
    expect(other.body).toEqual(none.body);
    expect(none.body).toMatchObject({
      code: 'SITE_NOT_FOUND',
      field: 'id',
      detail: 'There is no site with this id.',
    });
    expect((await rest.get<Site>(`/site/${theirs.id}`, { caller: 'operator' })).body.name).toBe('Theirs');
  });

  it('a key that only sends readings is not allowed to read sites', async () => {
    expect((await rest.get('/site/3', { caller: 'ingest' })).status).toBe(403);
    expect((await rest.get('/site', { caller: 'ingest' })).status).toBe(403);
  });
});

describe('GET /site', () => {
  beforeAll(async () => {
    for (const name of ['Émile Clinic', 'emily’s office', 'Closed'])
      expect((await rest.post('/site', { name }, { caller: 'northside' })).status).toBe(201);
    await app.admin.query(`update site set deactivated_at = updated_at where name = 'Closed'`);
  });

  it.each<[string, { filter?: Record<string, unknown>; search?: string }, number]>([
    ['', {}, 7],
    ['?active=true', { filter: { active: true } }, 6],
    ['?active=false', { filter: { active: false } }, 1],
    ['?operatedBy=impilo', { filter: { operatedBy: 'IMPILO' } }, 2],
    ['?operatedBy=customer', { filter: { operatedBy: 'CUSTOMER' } }, 5],
    ['?name=emil', { search: 'emil' }, 2],
    ['?name=NORTHSIDE&active=true&operatedBy=customer', { search: 'northside', filter: { active: true } }, 2],
    ['?name=none', { search: 'none' }, 0],
  ])('/site%s has the sites that GraphQL lists, in its order', async (query, list, atLeast) => {
    const ids = await walk(app, { caller: 'northside', parent: 'Query', field: 'sites', ...list }, 100);
    expect(ids.length).toBeGreaterThanOrEqual(atLeast);
    if (atLeast === 0) expect(ids).toEqual([]);
    for (const size of [2, 250]) {
      const content = await allPages(rest, `/site${query}`, size);
      expect(content.map(({ id }) => String(id))).toEqual(ids);
    }
  });

  it('the objects of a page are those of GET /site/{id}', async () => {
    const { body } = await rest.get<{ content: Site[] }>('/site');
    for (const site of body.content) expect((await rest.get(`/site/${site.id}`)).body).toEqual(site);
  });

  it('a page takes two statements: the page and the total', async () => {
    const statements = await app.statementsOf(() => rest.get('/site?size=250'));
    expect(namesOf(statements)).toEqual(['sites', 'sites_count']);
  });

  it.each([
    ['page=0', 'page'],
    ['size=251', 'size'],
    ['active=yes', 'active'],
    ['operatedBy=IMPILO', 'operatedBy'],
    ['search=x', 'search'],
  ])('the parameter %s is refused', async (query, field) => {
    const { status, body } = await rest.get<object>(`/site?${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });
});

describe('POST /site', () => {
  const ADDRESS = { lineOne: '1 Main St', city: 'Boston', state: 'MA', zipCode: '02118' };

  it('creates the site, which its address in Location returns', async () => {
    const sent = { name: '  New Clinic ', phoneNumber: '+1 617 555 0100', address: ADDRESS };
    const { status, body, headers } = await rest.post<Site>('/site', sent);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      name: 'New Clinic',
      active: true,
      operatedBy: 'customer',
      phoneNumber: '+1 617 555 0100',
      address: { ...ADDRESS, lineTwo: null, lineThree: null, country: null, note: null },
      customerId: 1,
      version: 1,
    });
    expect(headers.get('location')).toBe(`/api/v3/site/${body.id}`);
    expect((await rest.get(`/site/${body.id}`)).body).toEqual(body);
    expect(body).toEqual(await siteOf(body.id));
  });

  it('a name is enough', async () => {
    const { status, body } = await rest.post<object>('/site', { name: 'Bare', phoneNumber: null });
    expect(status).toBe(201);
    expect(body).toMatchObject({ name: 'Bare', phoneNumber: null, address: null });
  });

  it('operators name the customer', async () => {
    const { body } = await rest.post<object>('/site', { name: 'For Lakeview', customerId: 2 }, { caller: 'operator' });
    expect(body).toMatchObject({ customerId: 2, operatedBy: 'customer' });
  });

  it.each<[string, unknown, number, string, string | null, CallerName?]>([
    ['no name', {}, 400, 'BAD_USER_INPUT', 'name'],
    ['a number as name', { name: 7 }, 400, 'BAD_USER_INPUT', 'name'],
    ['an unknown member', { name: 'X', active: true }, 400, 'BAD_USER_INPUT', 'active'],
    [
      'an unknown member of the address',
      { name: 'X', address: { street: 'Y' } },
      400,
      'BAD_USER_INPUT',
      'address.street',
    ],
    ['a list as body', [{ name: 'X' }], 400, 'BAD_USER_INPUT', null],
    ['a blank name', { name: ' ' }, 422, 'INVALID_INPUT', 'name'],
    ['a long ZIP code', { name: 'X', address: { zipCode: '1'.repeat(21) } }, 422, 'INVALID_INPUT', 'address.zipCode'],
    ['a phone number without digits', { name: 'X', phoneNumber: 'none' }, 422, 'INVALID_INPUT', 'phoneNumber'],
    ['another customer', { name: 'X', customerId: 2 }, 404, 'CUSTOMER_NOT_FOUND', 'customerId'],
    ['no customer of an operator', { name: 'X' }, 422, 'REFERENCE_MISSING', 'customerId', 'operator'],
    ['a read-only key', { name: 'X' }, 403, 'FORBIDDEN', null, 'readOnly'],
    ['a key for readings', { name: 'X' }, 403, 'FORBIDDEN', null, 'ingest'],
  ])('%s is refused, and nothing is written', async (_what, sent, status, code, field, caller = 'northside') => {
    const before = await stored();
    const { status: given, body } = await rest.post<object>('/site', sent, { caller });
    expect({ given, ...body }).toMatchObject({ given: status, code, field });
    expect(await stored()).toEqual(before);
  });

  it('all refused values are listed', async () => {
    const { body } = await rest.post<{ errors: { field: string }[] }>('/site', { name: '', phoneNumber: 'x' });
    expect(body.errors.map(({ field }) => field)).toEqual(['name', 'phoneNumber']);
  });

  it('repeated with the same Idempotency-Key, it creates one site', async () => {
    const headers = { 'idempotency-key': 'site-1' };
    const first = await rest.post<Site>('/site', { name: 'Once' }, { headers });
    const again = await rest.post<Site>('/site', { name: 'Once' }, { headers });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    const other = await rest.post<object>('/site', { name: 'Twice' }, { headers });
    expect(other.status).toBe(422);
    expect(other.body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', field: 'Idempotency-Key' });
  });
});
