import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { buildSchema, coerceInputValue, type GraphQLInputObjectType, type GraphQLScalarType } from 'graphql';
import { EntryContract } from '../../src/programs/import/entry-contract';
import { DateTime } from '../../src/platform/graphql/scalars.type';
import { REPOSITORY } from '../support/tool';
import { ImportFixture } from './import.harness';

const sdl = readFileSync(join(REPOSITORY, 'schema.graphql'), 'utf8');
const schema = buildSchema(sdl);
Object.assign(schema.getType('DateTime') as GraphQLScalarType, {
  parseValue: (value: unknown) => DateTime.parseValue(value),
});
const readingInput = schema.getType('ReadingInput') as GraphQLInputObjectType;

/** Whether graphql-js accepts the reading, as in the gateway. */
function isAccepted(reading: unknown): boolean {
  const errors: unknown[] = [];
  coerceInputValue(reading, readingInput, (_path, _value, error) => errors.push(error));
  return errors.length === 0;
}

const mostly = (value: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 8, arbitrary: value },
    { weight: 1, arbitrary: fc.constantFrom(null, '', '1', true, [], {}, -0, 2 ** 31, -(2 ** 31), 1e308) },
  );
const id = fc.oneof(fc.nat().map(String), fc.nat(), fc.constantFrom('RGV2aWNlOjE', 'abc', '9'.repeat(19), -1, 1.5));
const time = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc
    .tuple(
      fc.integer({ min: 0, max: 10_000 }),
      fc.nat(13),
      fc.nat(32),
      fc.nat(24),
      fc.nat(61),
      fc.constantFrom('Z', 'z', '', '+05:30', '-24:00', '+0530', '|05:00'),
    )
    .map(([year, month, day, hour, second, zone]) => {
      const two = (value: number) => String(value).padStart(2, '0');
      return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${two(hour)}:00:${two(second)}${zone}`;
    }),
);
const number = fc.oneof(fc.integer({ min: -1_000, max: 1_000 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
const VALUES: Record<string, fc.Arbitrary<unknown>> = {
  deviceId: id,
  patientId: id,
  deviceIdentifier: fc.string(),
  patientExternalIdentifier: fc.string(),
  takenAt: time,
  manual: fc.boolean(),
  mealTiming: fc.constantFrom('FASTING', 'BEFORE_MEAL', 'AFTER_MEAL'),
};

/** An object of an input type. Sometimes a required field is missing, a value has the wrong type, or there is an unknown field. */
function objectOf(type: GraphQLInputObjectType): fc.Arbitrary<object> {
  const members = Object.values(type.getFields()).map((field) => {
    const inner = schema.getType(String(field.type).replace('!', '')) as GraphQLInputObjectType;
    const value = 'getFields' in inner ? objectOf(inner) : (VALUES[field.name] ?? number);
    const isRequired = String(field.type).endsWith('!');
    return [field.name, fc.option(mostly(value), { nil: undefined, freq: isRequired ? 30 : 1 })] as const;
  });
  const extra = fc.oneof(
    { weight: 20, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.constant({ unknown: 1 }) },
  );
  return fc
    .tuple(fc.record(Object.fromEntries(members)), extra)
    .map(([known, more]) => JSON.parse(JSON.stringify({ ...known, ...more })) as object);
}

it('accepts exactly the readings that the schema accepts', () => {
  const contract = new EntryContract('ReadingInput', 'reading');
  let accepted = 0;
  fc.assert(
    fc.property(objectOf(readingInput), (reading) => {
      const found = contract.check(reading);
      if ('json' in found) accepted += 1;
      expect('json' in found).toBe(isAccepted(reading));
      if ('json' in found) expect(JSON.parse(found.json)).toEqual(reading);
    }),
    { seed: 1, numRuns: 1_000 },
  );
  expect(accepted).toBeGreaterThan(100);
  expect(accepted).toBeLessThan(900);
});

describe('a kind that exists only in the schema', () => {
  const extended =
    sdl.replace('input ReadingInput {', 'input ReadingInput { cholesterol: CholesterolInput') +
    'input CholesterolInput { totalCholesterol: Int!, fasting: Boolean, note: String, heartRate: Int }';
  const fixtures: ImportFixture[] = [];
  const run = async (name: string, content: string) => {
    const fixture = await ImportFixture.start();
    fixtures.push(fixture);
    await fixture.write(name, content);
    return { fixture, ...(await fixture.run(name, { env: { schema: extended } })) };
  };
  afterAll(() => Promise.all(fixtures.map((fixture) => fixture.stop())));
  const AT = '2026-01-01T00:00:00Z';

  it('is imported from NDJSON', async () => {
    const reading = { deviceId: '1', takenAt: AT, cholesterol: { totalCholesterol: 190 } };
    const bad = { deviceId: '1', takenAt: AT, cholesterol: { totalCholesterol: '190', hdl: 60 } };
    const { fixture } = await run('r.ndjson', [reading, bad].map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect(fixture.gateway.sent).toEqual([reading]);
    expect(await fixture.refusedNdjson('r.ndjson.refused.ndjson')).toMatchObject([
      {
        line: 2,
        reasons: [
          'cholesterol.totalCholesterol must be a whole number, not "190".',
          'cholesterol.hdl is not a field of a reading.',
        ],
      },
    ]);
  });

  it('has columns in CSV', async () => {
    const { fixture } = await run(
      'r.csv',
      `deviceId,takenAt,kind,totalCholesterol,fasting,note,heartRate\n1,${AT},CHOLESTEROL,190,true,007,61\n2,${AT},,191,,,62\n3,${AT},,,,,63\n`,
    );
    expect(fixture.gateway.sent).toEqual([
      {
        deviceId: '1',
        takenAt: AT,
        cholesterol: { totalCholesterol: 190, fasting: true, note: '007', heartRate: 61 },
      },
      { deviceId: '2', takenAt: AT, cholesterol: { totalCholesterol: 191, heartRate: 62 } },
      { deviceId: '3', takenAt: AT, heartRate: { value: 63 } },
    ]);
  });

  it('is listed in messages about unknown and missing columns', async () => {
    const { err } = await run('r.csv', 'deviceId,takenAt,cholesterin\n');
    expect(err).toMatch(/Known columns: deviceId, .*, kind, totalCholesterol, fasting, note, heartRate, /);
    expect((await run('r.csv', 'deviceId,takenAt,fasting\n')).err).toContain(
      'The column totalCholesterol is missing. It is required with fasting.',
    );
  });
});
