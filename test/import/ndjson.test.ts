import { ImportFixture } from './import.harness';

const AT = '2026-01-01T00:00:00Z';
const WEIGHT = { deviceId: '1', takenAt: AT, weight: { value: 100.5, unit: 'POUND' } };
const PRESSURE = {
  patientExternalIdentifier: 'MRN-1',
  takenAt: '2026-01-01T01:00:00+01:00',
  manual: true,
  deviceTimeZoneOffset: null,
  bloodPressure: { systolic: 120, diastolic: 80, heartRate: null },
};

let fixture: ImportFixture;
beforeEach(async () => {
  fixture = await ImportFixture.start();
});
afterEach(() => fixture.stop());

const run = async (content: string | Buffer) => {
  await fixture.write('r.ndjson', content);
  return fixture.run('r.ndjson');
};
const lines = (...values: unknown[]) =>
  `${values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join('\n')}\n`;

it.each([
  ['plain', lines(WEIGHT, PRESSURE)],
  ['with a byte-order mark', `\ufeff${lines(WEIGHT, PRESSURE)}`],
  ['with CRLF', lines(WEIGHT, PRESSURE).replaceAll('\n', '\r\n')],
  ['with empty lines', lines('', WEIGHT, '  ', '', PRESSURE, '')],
  ['without a line ending at the end', lines(WEIGHT, PRESSURE).trimEnd()],
])('sends each line unchanged: %s', async (_what, content) => {
  expect(await run(content)).toMatchObject({ exitCode: 0, err: '' });
  expect(fixture.gateway.sent).toEqual([WEIGHT, PRESSURE]);
  expect(await fixture.files()).toEqual(['r.ndjson']);
});

it('does not split a line at U+2028', async () => {
  await run(lines({ ...WEIGHT, deviceIdentifier: 'a\u2028b' }));
  expect(fixture.gateway.sent).toEqual([{ ...WEIGHT, deviceIdentifier: 'a\u2028b' }]);
});

it.each([
  ['truncated', '{"deviceId":"1","takenAt":"2026-01-01T', 'The line is not a JSON object.'],
  ['NaN', `{"deviceId":"1","takenAt":"${AT}","weight":{"value":NaN,"unit":"POUND"}}`, 'The line is not a JSON object.'],
  ['a list', '[1]', 'The line is not a JSON object.'],
  ['null', 'null', 'The line is not a JSON object.'],
  ['two objects', `${JSON.stringify(WEIGHT)} {}`, 'The line is not a JSON object.'],
])('refuses a line that is %s and keeps its text', async (_what, text, reason) => {
  expect((await run(lines(WEIGHT, text, PRESSURE))).exitCode).toBe(2);
  expect(fixture.gateway.sent).toEqual([WEIGHT, PRESSURE]);
  expect(await fixture.refusedNdjson('r.ndjson.refused.ndjson')).toEqual([
    { line: 2, codes: ['INVALID_LINE'], reasons: [reason], text },
  ]);
});

it('refuses a truncated last line', async () => {
  await run(lines(WEIGHT, PRESSURE).slice(0, -20));
  expect(fixture.gateway.sent).toEqual([WEIGHT]);
  expect(await fixture.refusedNdjson('r.ndjson.refused.ndjson')).toMatchObject([{ line: 2, codes: ['INVALID_LINE'] }]);
});

it('refuses invalid UTF-8 and lines that are too long', async () => {
  const latin1 = Buffer.from(lines({ ...WEIGHT, deviceIdentifier: 'Müller' }), 'latin1');
  const long = lines({ ...WEIGHT, deviceIdentifier: 'x'.repeat(200_000) });
  await run(Buffer.concat([latin1, Buffer.from(long), Buffer.from(lines(PRESSURE))]));
  expect(fixture.gateway.sent).toEqual([PRESSURE]);
  const refused = await fixture.refusedNdjson('r.ndjson.refused.ndjson');
  expect(refused.map(({ line, reasons }) => [line, reasons])).toEqual([
    [1, ['The line contains bytes that are not valid UTF-8.']],
    [2, ['The line is longer than 16384 bytes.']],
  ]);
  expect(refused[1]!.text).toHaveLength(16_385);
});

it.each([
  [{ ...WEIGHT, weight: { value: '100', unit: 'POUND' } }, 'weight.value must be a number in lb or kg, not "100".'],
  [{ ...WEIGHT, weight: 100 }, 'weight must be an object, not 100.'],
  [
    { ...WEIGHT, weight: undefined, heartRate: { value: 60.5 } },
    'heartRate.value must be a whole number in bpm, not 60.5.',
  ],
  [
    { ...WEIGHT, weight: undefined, heartRate: { value: 2 ** 31 } },
    'heartRate.value must be a whole number in bpm, not 2147483648.',
  ],
  [{ ...WEIGHT, weight: undefined, bloodPressure: { systolic: 120 } }, 'bloodPressure.diastolic is missing.'],
  [
    { ...WEIGHT, takenAt: 1_767_225_600 },
    'takenAt must be a time with a UTC offset, like 2026-03-08T07:30:00Z or 2026-03-08T02:30:00-05:00, not 1767225600.',
  ],
  [{ ...WEIGHT, takenAt: undefined }, 'takenAt is missing.'],
  [{ ...WEIGHT, deviceId: 2 ** 53 }, 'deviceId must be an id, not 9007199254740992.'],
  [{ ...WEIGHT, deviceId: 1.5 }, 'deviceId must be an id, not 1.5.'],
  [{ ...WEIGHT, deviceIdentifier: 12 }, 'deviceIdentifier must be text, not 12.'],
  [{ ...WEIGHT, manual: 'no' }, 'manual must be true or false, not "no".'],
  [{ ...WEIGHT, weight: { value: 100 } }, 'weight.unit is missing.'],
  [{ ...WEIGHT, weight: { value: 100, unit: 'stone' } }, 'weight.unit must be one of POUND, KILOGRAM, not "stone".'],
  [{ ...WEIGHT, kind: 'WEIGHT' }, 'kind is not a field of a reading.'],
  [{ ...WEIGHT, weight: { value: 100, unit: 'POUND', of: 1 } }, 'weight.of is not a field of a reading.'],
])('refuses a value of the wrong type: %j', async (reading, reason) => {
  expect((await run(lines(reading, PRESSURE))).exitCode).toBe(2);
  expect(fixture.gateway.sent).toEqual([PRESSURE]);
  expect(await fixture.refusedNdjson('r.ndjson.refused.ndjson')).toEqual([
    { line: 1, codes: ['BAD_USER_INPUT'], reasons: [reason], ...JSON.parse(JSON.stringify(reading)) },
  ]);
});

it('imports a corrected file of refused lines', async () => {
  await run(lines({ ...WEIGHT, weight: { value: 'heavy', unit: 'POUND' } }, '{'));
  const refused = await fixture.read('r.ndjson.refused.ndjson');
  await fixture.write('corrected.ndjson', refused.replace('"heavy"', '100.5'));
  expect((await fixture.run('corrected.ndjson')).exitCode).toBe(2);
  expect(fixture.gateway.sent).toEqual([WEIGHT]);
  expect(await fixture.refusedNdjson('corrected.ndjson.refused.ndjson')).toEqual([
    {
      line: 2,
      codes: ['BAD_USER_INPUT'],
      reasons: ['takenAt is missing.', 'text is not a field of a reading.'],
      text: '{',
    },
  ]);
});
