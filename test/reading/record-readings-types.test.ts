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

describe('a value of the wrong type fails the whole call, with an error that names the reading', () => {
  const pressure = (systolic: unknown) => ({ bloodPressure: { systolic, diastolic: 80 } });
  it.each<[string, Record<string, unknown>, string, string]>([
    [
      'a text for a decimal number',
      { weight: { value: 'abc', unit: 'POUND' } },
      '.weight.value',
      'Float cannot represent non numeric value: "abc"',
    ],
    [
      'a number as a text',
      { weight: { value: '180', unit: 'POUND' } },
      '.weight.value',
      'Float cannot represent non numeric value: "180"',
    ],
    [
      'NaN as a text',
      { weight: { value: 'NaN', unit: 'POUND' } },
      '.weight.value',
      'Float cannot represent non numeric value: "NaN"',
    ],
    [
      'Infinity as a text',
      { weight: { value: 'Infinity', unit: 'POUND' } },
      '.weight.value',
      'Float cannot represent non numeric value: "Infinity"',
    ],
    [
      'NaN, which is null in JSON',
      { weight: { value: NaN, unit: 'POUND' } },
      '.weight.value',
      'Expected non-nullable type "Float!" not to be null.',
    ],
    [
      'a text for a whole number',
      pressure('abc'),
      '.bloodPressure.systolic',
      'Int cannot represent non-integer value: "abc"',
    ],
    [
      'a decimal number for a whole one',
      pressure(120.5),
      '.bloodPressure.systolic',
      'Int cannot represent non-integer value: 120.5',
    ],
    [
      'a whole number that is too large',
      pressure(2 ** 31),
      '.bloodPressure.systolic',
      'Int cannot represent non 32-bit signed integer value: 2147483648',
    ],
    ['true for a number', pressure(true), '.bloodPressure.systolic', 'Int cannot represent non-integer value: true'],
    ['a number for a flag', { manual: 1 }, '.manual', 'Boolean cannot represent a non boolean value: 1'],
    [
      'a decimal offset',
      { deviceTimeZoneOffset: 0.5 },
      '.deviceTimeZoneOffset',
      'Int cannot represent non-integer value: 0.5',
    ],
    ['no takenAt', { takenAt: undefined }, '', 'Field "takenAt" of required type "DateTime!" was not provided.'],
    ['null for takenAt', { takenAt: null }, '.takenAt', 'Expected non-nullable type "DateTime!" not to be null.'],
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
      'a kind without its quantity',
      { weight: { unit: 'POUND' } },
      '.weight',
      'Field "value" of required type "Float!" was not provided.',
    ],
    [
      'a weight without its unit',
      { weight: { value: 180 } },
      '.weight',
      'Field "unit" of required type "WeightUnit!" was not provided.',
    ],
    [
      'a unit of something else',
      { weight: { value: 180, unit: 'CELSIUS' } },
      '.weight.unit',
      'Value "CELSIUS" does not exist in "WeightUnit" enum.',
    ],
    [
      'a glucose as a number',
      { bloodGlucose: { glucose: 104 } },
      '.bloodGlucose.glucose',
      'Expected type "GlucoseInput" to be an object.',
    ],
    [
      'half a blood pressure',
      { bloodPressure: { systolic: 120 } },
      '.bloodPressure',
      'Field "diastolic" of required type "Int!" was not provided.',
    ],
    ['a number for a kind', { weight: 180 }, '.weight', 'Expected type "WeightInput" to be an object.'],
    ['an object for an id', { deviceId: { id: 1 } }, '.deviceId', 'ID cannot represent value: { id: 1 }'],
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

  it('in JSON fails the call', async () => {
    const body = JSON.stringify({
      query: 'mutation ($input: RecordReadingsInput!) { recordReadings(input: $input) { recorded } }',
      variables: { input: { readings: [valid(), { ...valid(), weight: { value: 'HUGE', unit: 'POUND' } }] } },
    });

    const { data, errors } = await fixture.expectNothingWritten(() => sendText(body.replace('"HUGE"', '1e999')));

    expect(data).toBeUndefined();
    expect(errors).toMatchObject([
      {
        message:
          'Variable "$input" got invalid value Infinity at "input.readings[1].weight.value"; Float cannot represent non numeric value: Infinity',
        extensions: { code: 'BAD_USER_INPUT', path: ['input', 'readings', '1', 'weight', 'value'] },
      },
    ]);
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

  it('NaN in the document is not a number', async () => {
    const query = `mutation { recordReadings(input: { readings: [
      { deviceId: "${deviceId}", takenAt: "${hoursFromNow(-1)}", weight: { value: NaN, unit: POUND } } ] }) { recorded } }`;

    const { errors } = await fixture.expectNothingWritten(() => sendText(JSON.stringify({ query })));

    expect(errors).toMatchObject([
      { message: 'Float cannot represent non numeric value: NaN', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ]);
  });
});
