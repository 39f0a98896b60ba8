import { Patients } from '../support/patients';
import { TestApp } from '../support/test-app';

let app: TestApp;
let patients: Patients;
beforeAll(async () => {
  app = await TestApp.start();
  patients = new Patients(app);
});
afterAll(() => app.stop());

it.each<[string, string | null]>([
  ['02118', 'America/New_York'],
  ['46202', 'America/Indiana/Indianapolis'],
  ['60614', 'America/Chicago'],
  ['80205', 'America/Denver'],
  ['85004', 'America/Phoenix'],
  ['98103', 'America/Los_Angeles'],
  ['99501', 'America/Anchorage'],
  ['96813', 'Pacific/Honolulu'],
  ['00901', 'America/Puerto_Rico'],
  ['96910', 'Pacific/Guam'],
  ['96799', 'Pacific/Pago_Pago'],
  ['46202-1234', 'America/Indiana/Indianapolis'],
  ['462021234', 'America/Indiana/Indianapolis'],
  ['46202–1234', 'America/Indiana/Indianapolis'],
  [' 4 6202 - 1234 ', 'America/Indiana/Indianapolis'],
  // West Wendover, Nevada, is legally in the Mountain time zone.
  ['89883', 'America/Denver'],
  // Military mail has no fixed location.
  ['09001', null],
  ['96601', null],
  ['00000', null],
  ['2118', null],
  ['0211', null],
  ['021180', null],
  ['02118-12', null],
  ['SW1A 1AA', null],
  ['０２１１８', null],
])('the ZIP code %j gives %s', async (zipCode, timeZone) => {
  const patient = await patients.made({ address: { zipCode, state: 'MA' } });
  expect(patient.timeZone).toBe(timeZone);
});

it('the time zone is never guessed from the state or the city', async () => {
  expect(await patients.made({ address: { city: 'Boston', state: 'MA', country: 'US' } })).toMatchObject({
    timeZone: null,
  });
  expect(await patients.made()).toMatchObject({ timeZone: null });
});

it('the time zone is the override while one is set, and follows the address again after it is cleared', async () => {
  const { databaseId: patientId } = await patients.made({
    address: { zipCode: '02118' },
    timeZoneOverride: 'America/Adak',
  });
  const zone = async (change: Record<string, unknown>) => (await patients.update({ patientId, ...change })).patient;
  const both = (zone: string) => ({ timeZone: zone, timeZoneOverride: zone });
  expect(await zone({})).toMatchObject(both('America/Adak'));
  expect(await zone({ address: { zipCode: '96813' } })).toMatchObject(both('America/Adak'));
  expect(await zone({ timeZoneOverride: null })).toMatchObject({
    timeZone: 'Pacific/Honolulu',
    timeZoneOverride: null,
  });
  expect(await zone({ address: null })).toMatchObject({ timeZone: null, timeZoneOverride: null });
  const indianapolis = 'America/Indiana/Indianapolis';
  expect(await zone({ timeZoneOverride: indianapolis })).toMatchObject(both(indianapolis));
});

it.each([
  'America/Indiana/Indianapolis',
  'America/Kentucky/Louisville',
  'America/North_Dakota/New_Salem',
  'America/Indianapolis',
  'US/Eastern',
  'Asia/Kolkata',
  'Asia/Calcutta',
  'UTC',
  'Etc/GMT+5',
  'EST5EDT',
  'CET',
  'hst',
])('keeps the spelling of the time zone %s', async (zone) => {
  expect(await patients.made({ timeZoneOverride: zone })).toMatchObject({ timeZone: zone, timeZoneOverride: zone });
});

const CREATE =
  'mutation ($zone: TimeZone) { createPatient(input: { firstName: "A", lastName: "B", timeZoneOverride: $zone }) { patient { timeZone } userErrors { code message path } } }';

/** The operation with the value of its only variable inlined. */
function inDocument(operation: string, variable: string, value: unknown): string {
  return operation.replace(/\(\$\w+: \w+\) /, '').replace(`$${variable}`, JSON.stringify(value));
}

it.each([5, true, { name: 'UTC' }])('a time zone of the wrong type fails the operation: %j', async (zone) => {
  const before = await patients.stored();
  expect((await app.query('northside', CREATE, { zone })).errors).toMatchObject([
    {
      message: expect.stringMatching(/^Variable "\$zone" got invalid value .*TimeZone must be a string/s) as string,
      extensions: { code: 'BAD_USER_INPUT', path: ['zone'] },
    },
  ]);
  const { errors } = await app.query('northside', inDocument(CREATE, 'zone', zone).replace('"name"', 'name'));
  expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
  expect(await patients.stored()).toEqual(before);
});

it.each([
  '',
  ' ',
  '+05:00',
  '-0500',
  'UTC+5',
  'GMT-5',
  'Eastern',
  'America/Boston',
  'America',
  'America/',
  '/New_York',
  'America/New York',
  'america/new_york\0',
  '../etc/passwd',
  // Names of Java, not IANA. Java's AST is Alaska.
  'AST',
  'pst',
  'SystemV/PST8',
  'US/Pacific-New',
  'x'.repeat(1_000),
])('refuses the zone %j as a variable and in the document', async (zone) => {
  const before = await patients.stored();
  const message = 'timeZoneOverride must be an IANA time zone name, e.g. America/New_York.';
  const userErrors = [{ code: 'INVALID_INPUT', message, path: ['input', 'timeZoneOverride'] }];
  const refused = { status: 200, data: { createPatient: { patient: null, userErrors } } };
  expect(await app.query('northside', CREATE, { zone })).toEqual(refused);
  expect(await app.query('northside', inDocument(CREATE, 'zone', zone))).toEqual(refused);
  expect(await patients.stored()).toEqual(before);
});

describe('a date of birth', () => {
  const BORN =
    'mutation ($date: Date) { createPatient(input: { firstName: "A", lastName: "B", dateOfBirth: $date }) { patient { dateOfBirth } userErrors { code message path } } }';

  it.each(['1900-01-01', '2000-02-29', '1999-12-31', '1850-01-01'])('%s is kept', async (date) => {
    expect(await app.data('northside', BORN, { date })).toEqual({
      createPatient: { patient: { dateOfBirth: date }, userErrors: [] },
    });
  });

  it.each([
    '2026-02-30',
    '2025-02-29',
    '1900-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '0000-01-01',
    '2026-1-1',
    '20260101',
    '2026-01-01T00:00:00Z',
    '01/02/2026',
    '12026-01-01',
    '-001-01-01',
    '',
    'today',
  ])('%j is refused as a variable and in the document', async (date) => {
    const before = await patients.stored();
    const message = 'dateOfBirth must be a date in the format YYYY-MM-DD, in the years 1 to 9999.';
    const userErrors = [{ code: 'INVALID_INPUT', message, path: ['input', 'dateOfBirth'] }];
    const refused = { status: 200, data: { createPatient: { patient: null, userErrors } } };
    expect(await app.query('northside', BORN, { date })).toEqual(refused);
    expect(await app.query('northside', inDocument(BORN, 'date', date))).toEqual(refused);
    expect(await patients.stored()).toEqual(before);
  });

  it.each([20260101, true])('of the wrong type fails the operation: %j', async (date) => {
    expect((await app.query('northside', BORN, { date })).errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', path: ['date'] } },
    ]);
    const { errors } = await app.query('northside', inDocument(BORN, 'date', date));
    expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
  });
});
