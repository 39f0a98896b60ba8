import { countryCodeOf } from '../../src/platform/base/country';
import { isPhoneNumber, toE164 } from '../../src/platform/base/phone-number';
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import fc from 'fast-check';
import { TestApp } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

interface Created {
  patient: Record<string, unknown> | null;
  userErrors: { code: string; message: string; path: string[] }[];
}

const DOCUMENT = `mutation ($input: CreatePatientInput!) { createPatient(input: $input) {
  patient { firstName lastName dateOfBirth email phoneNumber phoneNumberE164 address { note country } }
  userErrors { code message path } } }`;

async function create(values: object): Promise<Created> {
  const input = { firstName: 'Ada', lastName: 'Byron', ...values };
  return (await app.data<{ createPatient: Created }>('northside', DOCUMENT, { input })).createPatient;
}

async function expectRefused(values: object, message: string, path: readonly string[]): Promise<void> {
  expect(await create(values)).toEqual({
    patient: null,
    userErrors: [{ code: 'INVALID_INPUT', message, path: ['input', ...path] }],
  });
}

const DAY_MS = 24 * 3_600_000;
const dateIn = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

describe('a birth date', () => {
  it.each(['1850-01-01', '1931-12-31', dateIn(-1), dateIn(0)])('of %s is accepted', async (dateOfBirth) => {
    expect(await create({ dateOfBirth })).toMatchObject({ patient: { dateOfBirth }, userErrors: [] });
  });

  it.each([
    ['1849-12-31', 'dateOfBirth must not be before 1850.'],
    ['0195-03-04', 'dateOfBirth must not be before 1850.'],
    [dateIn(2), 'dateOfBirth must not be in the future.'],
    ['2999-01-01', 'dateOfBirth must not be in the future.'],
  ])('of %s is refused', async (dateOfBirth, message) => {
    await expectRefused({ dateOfBirth }, message, ['dateOfBirth']);
  });

  it('can be corrected, and one that was stored before the rule stays readable', async () => {
    const { rows } = await app.admin.query<{ id: string }>(
      `insert into patient (customer_id, first_name, last_name, date_of_birth, phone_number) values (1, 'Old', 'Row', '1804-05-06', 'xxx') returning id`,
    );
    const input = (changes: object) => ({ input: { patientId: rows[0]!.id, ...changes } });
    const update = `mutation ($input: UpdatePatientInput!) { updatePatient(input: $input) {
      patient { firstName dateOfBirth phoneNumber phoneNumberE164 } userErrors { message } } }`;

    expect(await app.data('northside', update, input({ firstName: 'Older' }))).toEqual({
      updatePatient: {
        patient: { firstName: 'Older', dateOfBirth: '1804-05-06', phoneNumber: 'xxx', phoneNumberE164: null },
        userErrors: [],
      },
    });
    expect(await app.data('northside', update, input({ dateOfBirth: '2104-05-06' }))).toMatchObject({
      updatePatient: { userErrors: [{ message: 'dateOfBirth must not be in the future.' }] },
    });
  });
});

describe('a phone number', () => {
  it.each<[string, string | null, string | null]>([
    ['555-010-1234 ext. 12', null, '+15550101234'],
    ['(555) 010-1234 x12', null, '+15550101234'],
    ['555\u00a0010\u00a01234', null, '+15550101234'],
    ['555\u2011010\u20131234', null, '+15550101234'],
    ['+1 555.010.1234', 'Germany', '+15550101234'],
    ['030 123456', 'Germany', '+4930123456'],
    ['030 123456', 'DE', '+4930123456'],
    ['020 7946 0958', 'UK', '+442079460958'],
    ['787 555 0123', 'Puerto Rico, USA', '+17875550123'],
    ['555-010-1234', 'U.S.A.', '+15550101234'],
    ['+44 (0)20 7946 0958', null, '+442079460958'],
    ['020 7946 0958', 'Atlantis', null],
    ['+49 30 123456', 'Atlantis', '+4930123456'],
    ['911', null, null],
    ['555-0100', null, null],
    ['555 010 1234 / 555 010 1235', null, null],
  ])('%j in %s is accepted, and is %s', async (phoneNumber, country, phoneNumberE164) => {
    expect(await create({ phoneNumber, address: { country } })).toMatchObject({
      patient: { phoneNumber, phoneNumberE164 },
      userErrors: [],
    });
  });

  it.each([
    'xxx',
    '---',
    '+',
    'n/a',
    'unknown',
    '12',
    'mary@example.com',
    '555-010-1234 call before noon',
    '1'.repeat(65),
  ])('%j is refused', async (phoneNumber) => {
    const { userErrors } = await create({ phoneNumber });
    expect(userErrors).toMatchObject([{ code: 'INVALID_INPUT', path: ['input', 'phoneNumber'] }]);
    if (phoneNumber.length < 65)
      expect(userErrors[0]!.message).toBe(
        'phoneNumber must be a phone number, such as +1 555 010 1234 or 555-010-1234 ext. 12.',
      );
  });

  it('of a site follows the same rules', async () => {
    const document = `mutation ($input: CreateSiteInput!) { createSite(input: $input) {
      site { phoneNumber phoneNumberE164 } userErrors { message path } } }`;
    const site = (phoneNumber: string) => ({ input: { name: 'Clinic', phoneNumber, address: { country: 'France' } } });

    expect(await app.data('northside', document, site('01 23 45 67 89'))).toEqual({
      createSite: { site: { phoneNumber: '01 23 45 67 89', phoneNumberE164: '+33123456789' }, userErrors: [] },
    });
    expect(await app.data('northside', document, site('xxx'))).toMatchObject({
      createSite: { site: null, userErrors: [{ path: ['input', 'phoneNumber'] }] },
    });
  });

  it('of the United States is read as the library reads it', () => {
    const digits = (length: number) =>
      fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length });
    const separator = fc.constantFrom('', ' ', '-', '.', ' - ');
    const number = fc
      .tuple(fc.constantFrom('', '1', '+1', '+1 '), digits(3), separator, digits(3), separator, digits(4))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(number, (text) => {
        const read = parsePhoneNumberFromString(text, { defaultCountry: 'US', extract: false });
        expect(toE164(text, null)).toBe(read?.isPossible() ? read.number : null);
        expect(isPhoneNumber(text)).toBe(true);
      }),
    );
  });
});

describe('an email address', () => {
  it.each([
    'mom&dad@example.com',
    "o'neil+care@example.co.uk",
    'a@b.de',
    'jörg@exämple.de',
    'first.last@sub-domain.example.org',
    '_x@example.com',
    'MARY@EXAMPLE.COM',
  ])('%s is accepted', async (email) => {
    expect(await create({ email })).toMatchObject({ patient: { email }, userErrors: [] });
  });

  it('is stored without surrounding no-break spaces', async () => {
    expect(await create({ email: '\u00a0mary@example.com\u00a0' })).toMatchObject({
      patient: { email: 'mary@example.com' },
    });
  });

  it.each([
    'mary',
    'mary@',
    '@example.com',
    'mary@localhost',
    'ma ry@example.com',
    'a@b@example.com',
    'mary@exa_mple.com',
  ])('%s is refused', (email) =>
    expectRefused({ email }, 'email must be an email address, such as mary@example.com.', ['email']),
  );

  it('of a hostile length is refused in linear time', async () => {
    const { userErrors } = await create({ email: `${'a'.repeat(50_000)}@${'a.'.repeat(50_000)}` });
    expect(userErrors).toMatchObject([{ message: 'email must have at most 254 characters.' }]);
  });
});

describe('a text', () => {
  it.each<[string, string]>([
    ['\u200b\u200b', 'firstName must not be empty.'],
    ['\u3164', 'firstName must have a visible character.'],
    ['\u2800\u2800', 'firstName must have a visible character.'],
    ['\u115f \ufe0f', 'firstName must have a visible character.'],
    ['\u0301', 'firstName must have a visible character.'],
    ['A\u0085B', 'firstName must not contain control characters or line ends.'],
    ['A\u009bB', 'firstName must not contain control characters or line ends.'],
    ['A\u2028B', 'firstName must not contain control characters or line ends.'],
    ['A\u202eB', 'firstName must not contain characters that change the direction of text.'],
    ['A\u2066B', 'firstName must not contain characters that change the direction of text.'],
  ])('%j is refused as a name', (firstName, message) => expectRefused({ firstName }, message, ['firstName']));

  it.each(['Zoë\u00a0Ann', '-', '?', 'می\u200cخواهم', 'O’Neil', '美', '👩\u200d⚕️', 'Anne\u2011Marie'])(
    '%s is accepted as a name',
    async (firstName) => {
      expect(await create({ firstName })).toMatchObject({
        patient: { firstName: firstName.normalize('NFC') },
        userErrors: [],
      });
    },
  );

  it.each<[string, string, object]>([
    ['a note', 'address.note', { address: { note: 'ring\u202etwice' } }],
    ['a city', 'address.city', { address: { city: 'New\u202eYork' } }],
    ['a last name', 'lastName', { lastName: 'B\u2067yron' }],
  ])('that changes the direction is refused in %s', (_name, member, values) =>
    expectRefused(
      values,
      `${member} must not contain characters that change the direction of text.`,
      member.split('.'),
    ),
  );

  it('that is a note may have several lines', async () => {
    const note = 'Ring twice.\r\n\tThen wait.\u0085Thanks';
    expect(await create({ address: { note } })).toMatchObject({ patient: { address: { note } }, userErrors: [] });
  });
});

it.each([
  ['us', 'US'],
  ['The Netherlands', 'NL'],
  ['Deutschland', 'DE'],
  ['España', 'ES'],
  ['Côte d’Ivoire', 'CI'],
  ['KOREA', 'KR'],
  ['Mars', undefined],
])('the country %s is %s', (name, code) => {
  expect(countryCodeOf(name)).toBe(code);
});
