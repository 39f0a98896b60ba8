import { PATIENT, Patients, type PatientPayload } from '../support/patients';
import { codeOf, countsOf, Rival } from '../support/rival';
import { namesOf } from '../support/statement-names';
import { TestApp, type CallerName } from '../support/test-app';

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

type Result = Omit<PatientPayload, 'userErrors'> & { userErrors: { code: string; message: string; path: string[] }[] };
interface BulkPayload {
  results: Result[] | null;
  refused: number | null;
  userErrors: object[];
}

const ERRORS = 'userErrors { code message path }';

async function send(entries: object[], caller: CallerName = 'northside', instance = 0): Promise<BulkPayload> {
  const document = `mutation ($input: CreatePatientsInput!) {
    payload: createPatients(input: $input) { results { patient { ${PATIENT} } ${ERRORS} } refused ${ERRORS} } }`;
  return (await app.data<{ payload: BulkPayload }>(caller, document, { input: { patients: entries } }, instance))
    .payload;
}

async function create(entries: object[], caller: CallerName = 'northside', instance = 0): Promise<Result[]> {
  const { results, refused, userErrors } = await send(entries, caller, instance);
  expect(userErrors).toEqual([]);
  expect(refused).toBe(results!.filter((result) => result.userErrors.length > 0).length);
  return results!;
}

let last = 0;
const person = (values: object = {}) => ({ firstName: 'Ann', lastName: `Lee ${(last += 1)}`, ...values });

it('each entry returns what the single mutation returns', async () => {
  await patients.made({ externalIdentifier: 'in use' });
  const entries = (tag: string) => [
    { firstName: 'Ann', lastName: 'Lee' },
    {
      firstName: ' Zoë ',
      lastName: "O'Neil",
      externalIdentifier: `EXT ${tag}`,
      dateOfBirth: '1954-02-28',
      sex: 'FEMALE',
      email: 'zoe@example.com',
      phoneNumber: '+1 617 555 0100',
      address: { lineOne: '1 Main St', zipCode: '02118' },
      timeZoneOverride: 'America/Chicago',
      siteId: '3',
    },
    { firstName: 'Ann', lastName: 'Lee', externalIdentifier: 'in use' },
    { firstName: '', lastName: 'x'.repeat(101) },
    { firstName: 'Ann', lastName: 'Lee', dateOfBirth: '1954-02-30' },
    { firstName: 'Ann', lastName: 'Lee', timeZoneOverride: 'Mars/Olympus' },
    { firstName: 'Ann', lastName: 'Lee', customerId: '2' },
    { firstName: 'Ann', lastName: 'Lee', customerId: 'garbage' },
    { firstName: 'Ann', lastName: 'Lee', siteId: '999999' },
    { firstName: 'Ann', lastName: 'Lee', siteId: '1' },
    { firstName: 'Ann', lastName: 'Lee', siteId: 'garbage' },
    { firstName: 'Ann', lastName: 'a\u0000b' },
  ];
  const singles: unknown[] = [];
  for (const entry of entries('single')) singles.push(await patients.create(entry));

  const results = await create(entries('bulk'));

  const comparable = (payload: unknown): unknown =>
    JSON.parse(
      JSON.stringify(payload)
        .replace(/"(id|databaseId|createdAt|updatedAt)":"[^"]*"/g, '"$1":"~"')
        .replace(/EXT \w+/, 'EXT'),
    );
  const asSingle = ({ userErrors, ...rest }: Result) => ({
    ...rest,
    userErrors: userErrors.map(({ path, ...error }) => ({ ...error, path: ['input', ...path.slice(3)] })),
  });
  expect(results.map(asSingle).map(comparable)).toEqual(singles.map(comparable));
  results.forEach(({ userErrors }, index) => {
    for (const { path } of userErrors) expect(path.slice(0, 3)).toEqual(['input', 'patients', String(index)]);
  });
  expect(results.map(codeOf)).toEqual([
    'OK',
    'OK',
    'EXTERNAL_IDENTIFIER_TAKEN',
    'INVALID_INPUT,INVALID_INPUT',
    'INVALID_INPUT',
    'INVALID_INPUT',
    'CUSTOMER_NOT_FOUND',
    'INVALID_INPUT',
    'SITE_NOT_FOUND',
    'SITE_OPERATED_BY_IMPILO',
    'INVALID_INPUT',
    'INVALID_INPUT',
  ]);
});

it('of two entries with the same external identifier, the first one that is not refused gets it', async () => {
  const externalIdentifier = 'shared';
  const results = await create([
    person({ externalIdentifier, siteId: '999999' }),
    person(),
    person({ externalIdentifier }),
    person({ externalIdentifier }),
    person(),
    person({ externalIdentifier: 'other' }),
  ]);

  expect(results.map(codeOf)).toEqual(['SITE_NOT_FOUND', 'OK', 'OK', 'EXTERNAL_IDENTIFIER_TAKEN', 'OK', 'OK']);
  expect(results.map(({ patient }) => patient?.externalIdentifier)).toEqual([
    undefined,
    null,
    externalIdentifier,
    undefined,
    null,
    'other',
  ]);
});

it('an operator names the customer of each entry; external identifiers are unique within a customer', async () => {
  const externalIdentifier = 'of both';
  const results = await create(
    [
      person({ customerId: '1', externalIdentifier }),
      person({ customerId: '2', externalIdentifier }),
      person({ externalIdentifier }),
      person({ customerId: '2', externalIdentifier }),
    ],
    'operator',
  );

  expect(results.map(codeOf)).toEqual(['OK', 'OK', 'REFERENCE_MISSING', 'EXTERNAL_IDENTIFIER_TAKEN']);
  expect(results[1]!.patient).toMatchObject({ customer: { databaseId: '2' } });
});

it('a repeated call creates nothing, if each entry has an external identifier', async () => {
  const entries = Array.from({ length: 3 }, (_, index) => person({ externalIdentifier: `again ${index}` }));
  expect((await create(entries)).map(codeOf)).toEqual(['OK', 'OK', 'OK']);
  const before = await patients.stored();

  expect(countsOf((await create(entries)).map(codeOf))).toEqual({ EXTERNAL_IDENTIFIER_TAKEN: 3 });
  expect(await patients.stored()).toEqual(before);
});

it.each([
  [0, 'must have 1 to 200 entries'],
  [201, 'must have at most 200 items, but has 201'],
])('%i entries refuse the call', async (count, rule) => {
  const before = await patients.stored();
  const { results, userErrors } = await send(Array.from({ length: count }, () => person()));

  expect(results).toBeNull();
  expect(userErrors).toEqual([{ code: 'INVALID_INPUT', message: `patients ${rule}.`, path: ['input', 'patients'] }]);
  expect(await patients.stored()).toEqual(before);
});

it('concurrent calls with the same external identifiers in opposite order create each patient once', async () => {
  const entries = Array.from({ length: 10 }, (_, index) => person({ externalIdentifier: `race ${index}` }));

  const calls = await rival.atOnce('lock table patient in exclusive mode', [
    () => create(entries, 'northside', 0),
    () => create(entries.toReversed(), 'northside', 1),
    () => create(entries, 'northside', 0),
  ]);

  expect(countsOf(calls.flat().map(codeOf))).toEqual({ OK: 10, EXTERNAL_IDENTIFIER_TAKEN: 20 });
});

it('1, 10 and 200 entries take the same statements', async () => {
  const texts: string[][] = [];
  for (const size of [1, 10, 200]) {
    const entries = Array.from({ length: size }, () =>
      person({ externalIdentifier: `many ${(last += 1)}`, siteId: '3' }),
    );
    const document = `mutation ($input: CreatePatientsInput!) { payload: createPatients(input: $input) { refused } }`;
    const statements = await app.statementsOf(async () => {
      const data = await app.data('northside', document, { input: { patients: entries } });
      expect(data).toEqual({ payload: { refused: 0 } });
    });
    texts.push(statements.map(({ text }) => text));
    expect(namesOf(statements)).toEqual(
      expect.arrayContaining(['customer_by_id', 'insert_patient', 'sites_for_customers']),
    );
    expect(statements).toHaveLength(5);
  }
  expect(texts[1]).toEqual(texts[0]);
  expect(texts[2]).toEqual(texts[0]);
});
