import { globalId } from '../support/global-id';
import { TestApp, type CallerName } from '../support/test-app';
import type { UserError } from '../support/patients';

interface SiteValues extends Record<string, unknown> {
  id: string;
  databaseId: string;
  version: number;
}

interface SiteResult {
  site: SiteValues | null;
  userErrors: UserError[];
}

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const SITE = `id databaseId name active deactivatedAt version createdAt updatedAt operatedBy phoneNumber customer { databaseId }
  address { lineOne lineTwo lineThree city state zipCode country note }`;

async function write(
  name: 'createSite' | 'updateSite' | 'deactivateSite' | 'reactivateSite',
  input: Record<string, unknown>,
  caller: CallerName = 'northside',
): Promise<SiteResult> {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const mutation = `mutation ($input: ${type}!) { result: ${name}(input: $input) { site { ${SITE} } userErrors { code message path } } }`;
  return (await app.data<{ result: SiteResult }>(caller, mutation, { input })).result;
}
const create = (input: Record<string, unknown>, caller?: CallerName) =>
  write('createSite', { name: 'Clinic', ...input }, caller);
const update = (input: Record<string, unknown>, caller?: CallerName) => write('updateSite', input, caller);

const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;

/** A site after a change. */
const changedTo = (before: SiteValues, change: object): unknown => ({
  ...before,
  ...change,
  version: before.version + 1,
  updatedAt: ISO,
});

async function made(input: Record<string, unknown> = {}): Promise<SiteValues> {
  const { site, userErrors } = await create(input);
  expect(userErrors).toEqual([]);
  return site!;
}

const stored = async (): Promise<unknown[]> => (await app.admin.query<object>('select * from site order by id')).rows;

async function expectRefused(
  call: () => Promise<SiteResult>,
  ...errors: [code: string, ...path: string[]][]
): Promise<void> {
  const before = await stored();
  const { site, userErrors } = await call();
  expect(site).toBeNull();
  expect(userErrors.map(({ code, path }) => [code, ...(path ?? [])])).toEqual(errors);
  for (const { message } of userErrors) expect(message).toMatch(/^.{10,200}\.$/s);
  expect(await stored()).toEqual(before);
}

const EMPTY_ADDRESS = {
  lineOne: null,
  lineTwo: null,
  lineThree: null,
  city: null,
  state: null,
  zipCode: null,
  country: null,
  note: null,
};
const FULL = {
  name: 'Clinic',
  phoneNumber: '+1 617 555 0100',
  address: { ...EMPTY_ADDRESS, lineOne: '1 Main St', city: 'Boston', note: 'Back\ndoor' },
};

describe('creating a site', () => {
  it('stores and returns all given values', async () => {
    const site = await made({ ...FULL, name: ' Clinic 🙂 ', customerId: '1' });
    expect(site).toMatchObject({
      ...FULL,
      name: 'Clinic 🙂',
      active: true,
      deactivatedAt: null,
      version: 1,
      createdAt: ISO,
      updatedAt: ISO,
      operatedBy: 'CUSTOMER',
      customer: { databaseId: '1' },
    });
    expect(await app.data('northside', `{ site(id: "${site.id}") { ${SITE} } }`)).toEqual({ site });
    expect(await app.data('lakeview', `{ site(id: "${site.id}") { ${SITE} } }`)).toEqual({ site: null });
  });

  it('requires only the name, which need not be unique', async () => {
    const expected = { name: 'Clinic', phoneNumber: null, address: null, customer: { databaseId: '1' } };
    expect(await made()).toMatchObject(expected);
    expect(await made({ phoneNumber: ' ', address: null, customerId: null })).toMatchObject(expected);
  });

  it.each<[Record<string, unknown>, ...string[]]>([
    [{ name: '' }, 'name'],
    [{ name: ' \t ' }, 'name'],
    [{ name: 'x'.repeat(201) }, 'name'],
    [{ name: 'a\nb' }, 'name'],
    [{ name: 'a\0' }, 'name'],
    [{ name: 'half \ud83d' }, 'name'],
    [{ phoneNumber: 'x' }, 'phoneNumber'],
    [{ address: { lineThree: 'x'.repeat(201) } }, 'address', 'lineThree'],
    [{ address: { country: 'x'.repeat(101) } }, 'address', 'country'],
    [{ address: { note: '\0' } }, 'address', 'note'],
  ])('refuses %j', (input, ...path) => expectRefused(() => create(input), ['INVALID_INPUT', 'input', ...path]));

  it('returns an error for each broken rule', () =>
    expectRefused(
      () => create({ name: '', phoneNumber: '1' }),
      ['INVALID_INPUT', 'input', 'name'],
      ['INVALID_INPUT', 'input', 'phoneNumber'],
    ));

  it.each(['2', '0', '999'])("refuses another customer than the caller's: %s", (customerId) =>
    expectRefused(() => create({ customerId }), ['CUSTOMER_NOT_FOUND', 'input', 'customerId']),
  );

  it('operators must give the customer, and cannot create warehouses', async () => {
    await expectRefused(() => create({}, 'operator'), ['REFERENCE_MISSING', 'input', 'customerId']);
    await expectRefused(() => create({ customerId: '0' }, 'operator'), ['CUSTOMER_NOT_FOUND', 'input', 'customerId']);
    expect((await create({ customerId: '2' }, 'operator')).site).toMatchObject({
      customer: { databaseId: '2' },
      operatedBy: 'CUSTOMER',
    });
  });
});

describe('changing a site', () => {
  it('keeps omitted values, clears null values, and replaces the address as a whole', async () => {
    const before = await made(FULL);
    const siteId = before.databaseId;
    expect((await update({ siteId })).site).toEqual(before);
    expect((await update({ siteId: before.id, name: ' Renamed ' })).site).toEqual(
      changedTo(before, { name: 'Renamed' }),
    );
    expect((await update({ siteId, address: { zipCode: '02118' } })).site).toMatchObject({
      name: 'Renamed',
      address: { ...EMPTY_ADDRESS, zipCode: '02118' },
    });
    expect((await update({ siteId, address: null, phoneNumber: null })).site).toEqual({
      ...before,
      name: 'Renamed',
      address: null,
      phoneNumber: null,
      version: 4,
      updatedAt: ISO,
    });
  });

  it('changes nothing when it is repeated, whatever the expected version', async () => {
    const { databaseId: siteId } = await made(FULL);
    const change = { siteId, name: 'Renamed', address: FULL.address, expectedVersion: 1 };
    const { site } = await update(change);
    expect(site).toMatchObject({ name: 'Renamed', version: 2 });
    const before = await stored();
    for (const again of [change, { siteId, phoneNumber: FULL.phoneNumber }, { siteId }])
      expect(await update(again)).toEqual({ site, userErrors: [] });
    expect(await stored()).toEqual(before);
  });

  it('refuses to clear the name', async () => {
    const { databaseId: siteId } = await made();
    await expectRefused(() => update({ siteId, name: null }), ['INVALID_INPUT', 'input', 'name']);
  });

  it('returns an error for each broken rule', async () => {
    const { databaseId: siteId } = await made();
    await expectRefused(
      () => update({ siteId, name: null, phoneNumber: 'none' }),
      ['INVALID_INPUT', 'input', 'name'],
      ['INVALID_INPUT', 'input', 'phoneNumber'],
    );
  });

  it.each<[Record<string, unknown>, ...string[]]>([
    [{ name: ' ' }, 'name'],
    [{ phoneNumber: 'none' }, 'phoneNumber'],
    [{ address: { city: 'a\u0007' } }, 'address', 'city'],
  ])('refuses %j', async (change, ...path) => {
    const { databaseId: siteId } = await made();
    await expectRefused(() => update({ siteId, ...change }), ['INVALID_INPUT', 'input', ...path]);
  });

  it.each(['10', '999999', '0', globalId('Patient', '3'), globalId('Site', '10')])('does not find site %s', (siteId) =>
    expectRefused(() => update({ siteId, name: 'Mine' }), ['SITE_NOT_FOUND', 'input', 'siteId']),
  );

  it('is refused to customers for warehouses', async () => {
    await expectRefused(() => update({ siteId: '1', name: 'Mine' }), ['SITE_OPERATED_BY_IMPILO', 'input', 'siteId']);
    expect(await app.data('northside', '{ site(id: 1) { name operatedBy customer { databaseId } } }')).toEqual({
      site: { name: 'Impilo Warehouse Memphis', operatedBy: 'IMPILO', customer: null },
    });
  });

  it('is allowed to operators for the sites of all customers', async () => {
    expect((await update({ siteId: '10', phoneNumber: '303 555 0199' }, 'operator')).site).toMatchObject({
      customer: { databaseId: '2' },
      phoneNumber: '303 555 0199',
    });
  });

  it('loses no change when several are made at the same time', async () => {
    const { databaseId: siteId } = await made(FULL);
    await Promise.all([
      update({ siteId, name: 'Renamed' }),
      write('deactivateSite', { siteId }),
      update({ siteId, phoneNumber: null }),
    ]);
    expect((await update({ siteId })).site).toMatchObject({
      name: 'Renamed',
      active: false,
      version: 4,
      phoneNumber: null,
      address: FULL.address,
    });
  });
});

describe('deactivating and reactivating a site', () => {
  const deactivated = async () => (await write('deactivateSite', { siteId: (await made()).databaseId })).site!;

  it('sets and clears the time of deactivation', async () => {
    const before = await made();
    const siteId = before.databaseId;
    const off = await write('deactivateSite', { siteId, expectedVersion: 1 });
    expect(off).toEqual({ site: changedTo(before, { active: false, deactivatedAt: ISO }), userErrors: [] });
    expect(off.site!.deactivatedAt).toBe(off.site!.updatedAt);
    const on = await write('reactivateSite', { siteId: before.id, expectedVersion: 2 });
    expect(on).toEqual({ site: changedTo(off.site!, { active: true, deactivatedAt: null }), userErrors: [] });
  });

  it.each([
    ['deactivateSite', deactivated],
    ['reactivateSite', made],
  ] as const)('%s changes nothing if there is nothing to do, whatever the expected version', async (name, prepared) => {
    const site = await prepared();
    const before = await stored();
    for (const expectedVersion of [undefined, site.version, 77])
      expect(await write(name, { siteId: site.databaseId, expectedVersion })).toEqual({ site, userErrors: [] });
    expect(await stored()).toEqual(before);
  });

  it('the filter active follows', async () => {
    const { databaseId } = await deactivated();
    const found = async (active: boolean) => {
      const document = `{ sites(first: 100, filter: { active: ${active} }) { nodes { databaseId } } }`;
      const { sites } = await app.data<{ sites: { nodes: { databaseId: string }[] } }>('northside', document);
      return sites.nodes.some((site) => site.databaseId === databaseId);
    };
    expect([await found(true), await found(false)]).toEqual([false, true]);
  });

  it.each([
    ['updateSite', made, { name: 'Renamed' }],
    ['deactivateSite', made, {}],
    ['reactivateSite', deactivated, {}],
  ] as const)('%s is refused with a stale version and returns the current site', async (name, prepared, change) => {
    const site = await prepared();
    const before = await stored();
    for (const expectedVersion of [0, site.version + 1]) {
      const result = await write(name, { siteId: site.databaseId, ...change, expectedVersion });
      expect(result.site).toEqual(site);
      expect(result.userErrors).toMatchObject([{ code: 'STALE_VERSION', path: ['input', 'expectedVersion'] }]);
    }
    expect(await stored()).toEqual(before);
  });

  describe.each(['deactivateSite', 'reactivateSite'] as const)('%s', (name) => {
    it.each(['10', '999999', '0', globalId('Patient', '3'), globalId('Site', '10')])(
      'does not find site %s',
      (siteId) => expectRefused(() => write(name, { siteId }), ['SITE_NOT_FOUND', 'input', 'siteId']),
    );

    it('is refused to customers for warehouses', () =>
      expectRefused(() => write(name, { siteId: '1' }), ['SITE_OPERATED_BY_IMPILO', 'input', 'siteId']));
  });
});
