import type { GraphqlError } from '../support/test-app';
import { hoursFromNow, ReadingFixture } from './reading-fixture.harness';

let fixture: ReadingFixture;
let deviceId: string;
beforeAll(async () => {
  fixture = await ReadingFixture.start();
  deviceId = (await fixture.heldDevice()).id;
});
afterAll(() => fixture.stop());

const valid = () => ({ deviceId, takenAt: hoursFromNow(-1), weight: { value: 180, unit: 'POUND' } });

/** Asserts that a call fails with one error and writes nothing. @returns the error */
async function refusalOf(readings: unknown): Promise<GraphqlError> {
  const { data, errors } = await fixture.expectNothingWritten(() => fixture.send(readings));
  expect(data?.recordReadings ?? null).toBeNull();
  expect(errors).toHaveLength(1);
  return errors![0]!;
}

/** The part of graphql-js's message after the value. */
const placeAndRule = (message: string): string => message.slice(message.lastIndexOf(' at "'));

describe('an unknown member or a value instead of an object fails the whole call, with an error that names the reading', () => {
  it.each<[string, Record<string, unknown>, string, string]>([
    [
      'an unknown member',
      { weigth: { weight: 180 } },
      '',
      'Field "weigth" is not defined by type "ReadingInput". Did you mean "weight"?',
    ],
    [
      'an unknown quantity',
      { weight: { value: 180, unit: 'POUND', of: 1 } },
      '.weight',
      'Field "of" is not defined by type "WeightInput".',
    ],
    [
      'a glucose as a number',
      { bloodGlucose: { glucose: 104 } },
      '.bloodGlucose.glucose',
      'Expected type "GlucoseInput" to be an object.',
    ],
    ['a number for a kind', { weight: 180 }, '.weight', 'Expected type "WeightInput" to be an object.'],
  ])('%s', async (_name, altered, path, rule) => {
    const { message, extensions } = await refusalOf([valid(), { ...valid(), ...altered }, valid()]);

    const members = path.split('.').slice(1);
    expect(extensions).toEqual({ code: 'BAD_USER_INPUT', path: ['input', 'readings', '1', ...members] });
    expect(placeAndRule(message)).toBe(` at "input.readings[1]${path}"; ${rule}`);
  });

  it.each([
    [null, 'Expected non-nullable type "ReadingInput!" not to be null.'],
    ['weight', 'Expected type "ReadingInput" to be an object.'],
    [[], 'Expected type "ReadingInput" to be an object.'],
  ])('%j instead of a reading', async (value, rule) => {
    const { message, extensions } = await refusalOf([valid(), value]);

    expect(extensions).toEqual({ code: 'BAD_USER_INPUT', path: ['input', 'readings', '1'] });
    expect(placeAndRule(message)).toBe(` at "input.readings[1]"; ${rule}`);
  });
});

describe('only the reading with a value of the wrong type is refused', () => {
  const pressure = (systolic: unknown) => ({ bloodPressure: { systolic, diastolic: 80 } });
  const number = 'must be a number';
  const wholeNumber = 'must be a whole number from -2147483648 to 2147483647';
  const flag = 'must be true or false';
  const unit = 'must be one of POUND, KILOGRAM';
  const text = 'must be a string';
  const id = 'must be an id';
  const time = 'must be a date and time with a UTC offset, e.g. 2026-03-08T07:30:00Z, in the years 1 to 9999';
  it.each<[string, Record<string, unknown>, string, string]>([
    ['a text for a decimal number', { weight: { value: 'abc', unit: 'POUND' } }, 'weight.value', number],
    ['a number as a text', { weight: { value: '180', unit: 'POUND' } }, 'weight.value', number],
    ['NaN as a text', { weight: { value: 'NaN', unit: 'POUND' } }, 'weight.value', number],
    ['an object for a number', { weight: { value: { of: 180 }, unit: 'POUND' } }, 'weight.value', number],
    ['a text for a whole number', pressure('abc'), 'bloodPressure.systolic', wholeNumber],
    ['a decimal number for a whole one', pressure(120.5), 'bloodPressure.systolic', wholeNumber],
    ['a whole number that is too large', pressure(2 ** 31), 'bloodPressure.systolic', wholeNumber],
    ['true for a number', pressure(true), 'bloodPressure.systolic', wholeNumber],
    ['a number for a flag', { manual: 1 }, 'manual', flag],
    ['a decimal offset', { deviceTimeZoneOffset: 0.5 }, 'deviceTimeZoneOffset', wholeNumber],
    ['a unit of something else', { weight: { value: 180, unit: 'CELSIUS' } }, 'weight.unit', unit],
    ['a number for a unit', { weight: { value: 180, unit: 1 } }, 'weight.unit', unit],
    ['an object for an id', { deviceId: { id: 1 } }, 'deviceId', id],
    ['a number for an identifier', { deviceIdentifier: 5 }, 'deviceIdentifier', text],
    ['a number for a time', { takenAt: 1_700_000_000 }, 'takenAt', time],
    ['NaN, which is null in JSON', { weight: { value: NaN, unit: 'POUND' } }, 'weight.value', 'must not be null'],
    ['null for takenAt', { takenAt: null }, 'takenAt', 'must not be null'],
    ['no takenAt', { takenAt: undefined }, 'takenAt', 'is required'],
    ['a kind without its quantity', { weight: { unit: 'POUND' } }, 'weight.value', 'is required'],
    ['a weight without its unit', { weight: { value: 180 } }, 'weight.unit', 'is required'],
    ['half a blood pressure', { bloodPressure: { systolic: 120 } }, 'bloodPressure.diastolic', 'is required'],
    [
      'a glucose without a number',
      { bloodGlucose: { glucose: null } },
      'bloodGlucose.glucose.value',
      'must not be null',
    ],
  ])('%s', async (_name, altered, path, rule) => {
    const { results, ...counts } = await fixture.record([valid(), { ...valid(), ...altered }, valid()]);

    expect(counts).toMatchObject({ conflicts: 0, refused: 1 });
    expect(results[1]!.userErrors).toContainEqual({
      code: 'INVALID_INPUT',
      message: `${path} ${rule}.`,
      path: ['input', 'readings', '1', ...path.split('.')],
    });
    expect(results[1]).toMatchObject({ outcome: 'REFUSED', reading: null });
  });

  it('several values of one reading are all named', async () => {
    const altered = { ...valid(), manual: 'yes', weight: { value: 'much', unit: 'STONE' } };
    const { results } = await fixture.record([altered]);

    expect(results[0]!.userErrors.map(({ path }) => path.slice(3).join('.')).sort()).toEqual([
      'manual',
      'weight.unit',
      'weight.value',
    ]);
  });

  it('in a variable for the list of readings', async () => {
    const document = `mutation ($readings: [ReadingInput!]!) {
      recordReadings(input: { readings: $readings }) { refused results { userErrors { message } } } }`;
    const readings = [valid(), { ...valid(), ...pressure(120.5) }];

    const { recordReadings } = await fixture.app.data<{ recordReadings: object }>('northside', document, { readings });

    expect(recordReadings).toMatchObject({ refused: 1, results: [{ userErrors: [] }, { userErrors: [{}] }] });
  });

  it('in the document', async () => {
    const takenAt = hoursFromNow(-1);
    const document = `mutation ($id: ID!, $systolic: Int!, $takenAt: DateTime!) { recordReadings(input: { readings: [
      { deviceId: $id, takenAt: $takenAt, bloodPressure: { systolic: 120.5, diastolic: "80" } }
      { deviceId: $id, takenAt: $takenAt, bloodPressure: { systolic: $systolic, diastolic: 80 } }
      { deviceId: { a: 1 }, takenAt: 5, manual: maybe, weight: { value: NaN, unit: "POUND" } }
    ] }) { refused results { userErrors { path } } } }`;
    const variables = { id: deviceId, systolic: 120, takenAt };

    const { recordReadings } = await fixture.app.data<{
      recordReadings: { refused: number; results: { userErrors: { path: string[] }[] }[] };
    }>('northside', document, variables);

    expect(recordReadings.refused).toBe(2);
    expect(recordReadings.results.map(({ userErrors }) => userErrors.map(({ path }) => path.at(-1)).sort())).toEqual([
      ['diastolic', 'systolic'],
      [],
      ['deviceId', 'manual', 'takenAt', 'unit', 'value'],
    ]);
  });

  it('a variable for one value of a reading is not part of it, so it fails the call', async () => {
    const document = `mutation ($systolic: Int!) { recordReadings(input: { readings: [
      { deviceId: 1, takenAt: "2026-06-15T11:00:00Z", bloodPressure: { systolic: $systolic, diastolic: 80 } } ] }) { refused } }`;
    const send = (text: string, systolic: unknown) =>
      fixture.expectNothingWritten(() => fixture.app.query('northside', text, { systolic }));

    expect((await send(document, 120.5)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect((await send(document.replace('Int!', 'Float!'), 120.5)).errors).toMatchObject([
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ]);
  });
});

describe('only the reading with a malformed value is refused', () => {
  const time = 'must be a date and time with a UTC offset, e.g. 2026-03-08T07:30:00Z, in the years 1 to 9999';
  const id = 'is not an id of this API';
  it.each([
    ['deviceId', 'not an id', id],
    ['deviceId', '', id],
    ['deviceId', '-1', id],
    ['deviceId', '9223372036854775808', id],
    ['patientId', 'RGV2aWNl', id],
    ['takenAt', 'yesterday', time],
    ['takenAt', '2026-06-15T11:00:00', time],
    ['takenAt', '2026-06-15', time],
    ['takenAt', '2026-02-30T11:00:00Z', time],
    ['takenAt', '', time],
  ])('%s: %j', async (member, value, rule) => {
    const reading = valid();
    const { results, ...counts } = await fixture.record([reading, { ...reading, [member]: value }, reading]);

    expect(counts).toMatchObject({ conflicts: 0, refused: 1 });
    expect(counts.recorded + counts.duplicates).toBe(2);
    const path = ['input', 'readings', '1', member];
    const refusal = { code: 'INVALID_INPUT', message: `${member} ${rule}.`, path };
    expect(results[1]).toEqual({ outcome: 'REFUSED', reading: null, userErrors: [refusal] });
  });
});

it.each([
  [null, 'Expected non-nullable type "[ReadingInput!]!" not to be null.'],
  ['all', 'Expected type "ReadingInput" to be an object.'],
])('%j instead of the list of readings fails', async (readings, rule) => {
  const { message, extensions } = await refusalOf(readings);

  expect(extensions).toEqual({ code: 'BAD_USER_INPUT', path: ['input', 'readings'] });
  expect(placeAndRule(message)).toBe(` at "input.readings"; ${rule}`);
});

describe('a number that is too large', () => {
  const sendText = async (body: string) => {
    const response = await fetch(`${fixture.app.url}/graphql`, {
      method: 'POST',
      headers: { authorization: 'Bearer demo-northside', 'content-type': 'application/json' },
      body,
    });
    return (await response.json()) as Awaited<ReturnType<ReadingFixture['send']>>;
  };

  it('in JSON fails only the reading', async () => {
    const body = JSON.stringify({
      query: `mutation ($input: RecordReadingsInput!) { recordReadings(input: $input) { refused results { userErrors { code path } } } }`,
      variables: { input: { readings: [{ ...valid(), weight: { value: 'HUGE', unit: 'POUND' } }] } },
    });

    const { data } = await fixture.expectNothingWritten(() => sendText(body.replace('"HUGE"', '1e999')));

    const path = ['input', 'readings', '0', 'weight', 'value'];
    expect(data!.recordReadings).toEqual({ refused: 1, results: [{ userErrors: [{ code: 'INVALID_INPUT', path }] }] });
  });

  it('in the document fails only the reading', async () => {
    const takenAt = hoursFromNow(-1);
    const query = `mutation { recordReadings(input: { readings: [
      { deviceId: "${deviceId}", takenAt: "${takenAt}", weight: { value: 1e999, unit: POUND } }
      { deviceId: "${deviceId}", takenAt: "${takenAt}", temperature: { value: -1e999, unit: FAHRENHEIT } }
    ] }) { results { outcome userErrors { code path } } } }`;

    const { data } = await fixture.expectNothingWritten(() => sendText(JSON.stringify({ query })));

    const path = (index: number, kind: string) => ['input', 'readings', String(index), kind, 'value'];
    expect(data!.recordReadings!.results).toEqual([
      { outcome: 'REFUSED', userErrors: [{ code: 'INVALID_READING', path: path(0, 'weight') }] },
      { outcome: 'REFUSED', userErrors: [{ code: 'INVALID_READING', path: path(1, 'temperature') }] },
    ]);
  });
});
