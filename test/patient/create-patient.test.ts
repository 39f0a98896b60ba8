import { globalId } from '../support/global-id';
import { Patients } from '../support/patients';
import { Rival } from '../support/rival';
import { TestApp } from '../support/test-app';

let app: TestApp;
let patients: Patients;
let rival: Rival;
beforeAll(async () => {
  app = await TestApp.start({ instances: 2 });
  patients = new Patients(app);
  rival = await Rival.start({ app });
});
afterAll(async () => {
  await rival.stop();
  await app.stop();
});

const ADDRESS = {
  lineOne: '1 Main St',
  lineTwo: 'Apt 2',
  lineThree: 'Floor 3',
  city: 'Boston',
  state: 'MA',
  zipCode: '02118',
  country: 'US',
  note: 'Ring\ntwice',
};

it('stores and returns all given values', async () => {
  const input = {
    customerId: '1', externalIdentifier: 'EXT 1', firstName: 'Zoë 🙂', lastName: "O'Neil-Ångström", dateOfBirth: '1954-02-28', sex: 'FEMALE',
    email: 'Zoe@Example.com', phoneNumber: '+1 (617) 555-0100 x12', address: ADDRESS, timeZoneOverride: 'America/Chicago', siteId: '3',
  }; // prettier-ignore
  const { databaseId, id, createdAt, updatedAt, ...patient } = await patients.made(input);
  const { customerId, siteId, ...same } = input;
  const expected = {
    ...same,
    customer: { databaseId: customerId },
    site: { databaseId: siteId },
    timeZone: 'America/Chicago',
    archived: false,
    archivedAt: null,
    enrolled: true,
    version: 1,
  };
  expect(createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(Date.parse(updatedAt) - Date.parse(createdAt)).toBeLessThan(100);
  expect(patient).toEqual(expected);
  expect(
    await app.data(
      'northside',
      `{ patient(id: "${id}") { databaseId } patientByExternalIdentifier(externalIdentifier: "EXT 1") { databaseId } }`,
    ),
  ).toEqual({
    patient: { databaseId },
    patientByExternalIdentifier: { databaseId },
  });
});

it('requires only the names, and treats null and blank values as absent', async () => {
  const bare = await patients.made();
  const { id: _id, databaseId: _databaseId, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = bare;
  const none = {
    externalIdentifier: null,
    dateOfBirth: null,
    sex: null,
    email: null,
    phoneNumber: null,
    address: null,
    timeZoneOverride: null,
  };
  expect(rest).toEqual({
    ...none,
    timeZone: null,
    firstName: 'Ann',
    lastName: 'Lee',
    site: null,
    customer: { databaseId: '1' },
    archived: false,
    archivedAt: null,
    enrolled: true,
    version: 1,
  });
  for (const blank of [
    { ...none, siteId: null, customerId: null },
    { externalIdentifier: ' ', email: '', phoneNumber: '\t' },
  ]) {
    expect(await patients.made(blank)).toMatchObject(rest);
  }
  expect(
    await patients.made({
      firstName: '  Ann ',
      lastName: ' van  Lee',
      externalIdentifier: ' trimmed ',
      address: { city: ' Boston ' },
    }),
  ).toMatchObject({
    firstName: 'Ann',
    lastName: 'van  Lee',
    externalIdentifier: 'trimmed',
    address: { lineOne: null, city: 'Boston', zipCode: null },
  });
});

it('a new patient can be archived and not enrolled', async () => {
  const patient = await patients.made({ archived: true, enrolled: false });
  expect(patient).toMatchObject({ archived: true, enrolled: false, version: 1 });
  expect(Math.abs(Date.parse(patient.archivedAt!) - Date.parse(patient.createdAt))).toBeLessThan(100);
  for (const usual of [
    { archived: false, enrolled: true },
    { archived: null, enrolled: null },
  ])
    expect(await patients.made(usual)).toMatchObject({ archived: false, archivedAt: null, enrolled: true });
});

it.each<[Record<string, unknown>, ...string[]]>([
  [{ firstName: '' }, 'firstName'],
  [{ firstName: ' \n ' }, 'firstName'],
  [{ lastName: '' }, 'lastName'],
  [{ firstName: 'x'.repeat(101) }, 'firstName'],
  [{ lastName: 'x'.repeat(101) }, 'lastName'],
  [{ firstName: 'a\nb' }, 'firstName'],
  [{ firstName: 'a\0b' }, 'firstName'],
  [{ lastName: 'a\u0007b' }, 'lastName'],
  [{ firstName: 'lone \ud800' }, 'firstName'],
  [{ externalIdentifier: 'x'.repeat(201) }, 'externalIdentifier'],
  [{ externalIdentifier: 'a\0' }, 'externalIdentifier'],
  [{ email: 'unknown' }, 'email'],
  [{ email: 'a@b' }, 'email'],
  [{ email: 'a b@example.com' }, 'email'],
  [{ email: `${'x'.repeat(250)}@example.com` }, 'email'],
  [{ email: 'a@example.com\0' }, 'email'],
  [{ phoneNumber: '12' }, 'phoneNumber'],
  [{ phoneNumber: 'call me' }, 'phoneNumber'],
  [{ phoneNumber: '1'.repeat(33) }, 'phoneNumber'],
  [{ address: { city: 'x'.repeat(101) } }, 'address', 'city'],
  [{ address: { lineOne: 'a\0' } }, 'address', 'lineOne'],
  [{ address: { lineTwo: 'lone \udc00' } }, 'address', 'lineTwo'],
  [{ address: { zipCode: '1'.repeat(21) } }, 'address', 'zipCode'],
  [{ address: { note: 'x'.repeat(2001) } }, 'address', 'note'],
  [{ address: { note: 'a\0' } }, 'address', 'note'],
  [{ address: { note: 'lone \ud83d' } }, 'address', 'note'],
])('refuses %j', async (input, ...path) => {
  await patients.expectRefused(() => patients.create(input), ['INVALID_INPUT', 'input', ...path]);
});

it('accepts texts of the maximum length', async () => {
  const longest = {
    firstName: '🙂'.repeat(50),
    lastName: 'x'.repeat(100),
    externalIdentifier: 'y'.repeat(200),
    address: { note: 'z'.repeat(2_000) },
  };
  expect(await patients.made(longest)).toMatchObject(longest);
});

it('returns an error for each broken rule', () =>
  patients.expectRefused(
    () => patients.create({ firstName: '', email: 'x', address: { city: '\0', state: 'x'.repeat(101) } }),
    ['INVALID_INPUT', 'input', 'address', 'city'],
    ['INVALID_INPUT', 'input', 'firstName'],
    ['INVALID_INPUT', 'input', 'email'],
    ['INVALID_INPUT', 'input', 'address', 'state'],
  ));

it('an external identifier is unique within a customer, but not across customers', async () => {
  await patients.made({ externalIdentifier: 'TAKEN' });
  await patients.expectRefused(
    () => patients.create({ externalIdentifier: ' TAKEN ' }),
    ['EXTERNAL_IDENTIFIER_TAKEN', 'input', 'externalIdentifier'],
  );
  expect(await patients.made({ externalIdentifier: 'taken' })).toMatchObject({ externalIdentifier: 'taken' });
  expect(await patients.made({ externalIdentifier: 'TAKEN' }, 'lakeview')).toMatchObject({
    customer: { databaseId: '2' },
  });
});

it('of many simultaneous patients with the same external identifier, one is created', async () => {
  const before = await patients.stored();

  // All wait at the unique index for the rival transaction, which rolls back.
  const results = await rival.atOnce(
    `insert into patient (customer_id, external_identifier, first_name, last_name) values (1, 'RACE', 'A', 'Person')`,
    Array.from(
      { length: 10 },
      (_, index) => () => patients.create({ externalIdentifier: 'RACE' }, 'northside', index % 2),
    ),
    'rollback',
  );

  expect(results.filter(({ patient }) => patient !== null)).toHaveLength(1);
  const refused = results
    .filter(({ patient }) => patient === null)
    .map(({ userErrors }) => userErrors.map(({ code, path }) => ({ code, path })));
  expect(refused).toEqual(
    Array.from({ length: 9 }, () => [{ code: 'EXTERNAL_IDENTIFIER_TAKEN', path: ['input', 'externalIdentifier'] }]),
  );
  expect((await patients.stored()).patients).toBe(before.patients + 1);
});

describe('the customer of the patient', () => {
  it.each(['2', '0', '999', globalId('Customer', 2), globalId('Site', 1)])(
    "must be the caller's own customer, not %s",
    (customerId) =>
      patients.expectRefused(() => patients.create({ customerId }), ['CUSTOMER_NOT_FOUND', 'input', 'customerId']),
  );

  it('must be given by operators', async () => {
    await patients.expectRefused(() => patients.create({}, 'operator'), ['REFERENCE_MISSING', 'input', 'customerId']);
    await patients.expectRefused(
      () => patients.create({ customerId: '0' }, 'operator'),
      ['CUSTOMER_NOT_FOUND', 'input', 'customerId'],
    );
    await patients.expectRefused(
      () => patients.create({ customerId: '999' }, 'operator'),
      ['CUSTOMER_NOT_FOUND', 'input', 'customerId'],
    );
    expect(await patients.made({ customerId: globalId('Customer', 2), siteId: '10' }, 'operator')).toMatchObject({
      customer: { databaseId: '2' },
      site: { databaseId: '10' },
    });
  });

  it('must not be a malformed id', async () => {
    const before = await patients.stored();
    const { data, errors } = await app.query(
      'northside',
      `mutation { createPatient(input: { firstName: "A", lastName: "B", customerId: "x" }) {
        patient { id } userErrors { code message path } } }`,
    );
    const message = 'customerId is not an id of this API.';
    const refusal = { code: 'INVALID_INPUT', message, path: ['input', 'customerId'] };
    expect({ data, errors }).toEqual({ data: { createPatient: { patient: null, userErrors: [refusal] } } });
    expect(await patients.stored()).toEqual(before);
  });
});

describe('the site', () => {
  it.each([
    ['of another customer', '10', 'SITE_NOT_FOUND'],
    ['that does not exist', '999', 'SITE_NOT_FOUND'],
    ['that is a patient', globalId('Patient', 3), 'SITE_NOT_FOUND'],
    ['that is a warehouse', '1', 'SITE_OPERATED_BY_IMPILO'],
  ])('is refused if it is one %s', async (_which, siteId, code) => {
    await patients.expectRefused(() => patients.create({ siteId }), [code, 'input', 'siteId']);
    await patients.expectRefused(
      () => patients.create({ siteId, customerId: '1' }, 'operator'),
      [code, 'input', 'siteId'],
    );
  });
});
