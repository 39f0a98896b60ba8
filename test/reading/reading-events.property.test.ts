import fc from 'fast-check';
import { KINDS, VALUES, type ReadingValues } from '../../src/features/kind/reading-kind';
import { readingsRecorded, readingsIn, type RecordedReading } from '../../src/features/reading/reading.events';
import { toReading } from '../../src/features/reading/reading.row';

const id = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
/** Few different values, so that columns with a single value and empty columns are common. */
const count = maybe(fc.integer({ min: 1, max: 3 }));
const measured = maybe(fc.double({ min: 1e-7, max: 1e21, noNaN: true }));
const instant = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });

const ARBITRARIES = { integer: count, decimal: measured, choice: maybe(fc.constantFrom('FASTING', 'LESS_THAN')) };
const values = fc.record(
  Object.fromEntries(VALUES.map(({ member, type }) => [member, ARBITRARIES[type]])),
) as unknown as fc.Arbitrary<ReadingValues>;

const reading: fc.Arbitrary<RecordedReading> = fc
  .record({
    customerId: fc.constantFrom('1', '2'),
    id,
    takenAt: instant,
    receivedAt: fc.constantFrom(new Date(0), new Date('2026-03-08T07:00:00.001Z')),
    deviceId: maybe(id),
    patientId: maybe(fc.constantFrom('7', '8')),
    deviceTimeZoneOffset: maybe(fc.constantFrom(-18_000, 0)),
    patientTimeZoneOffset: maybe(fc.constantFrom(-18_000, 0)),
    kindNumber: fc.constantFrom(...KINDS.map(({ number }) => number)),
    manual: fc.boolean(),
    sentUnit: maybe(fc.constantFrom('KILOGRAM' as const, 'CELSIUS' as const)),
    sourceId: fc.oneof(
      fc.constant(''),
      fc.constantFrom('17', 'a,b', '100 %', 'é/%2C'),
      fc.string({ minLength: 1, unit: 'grapheme' }),
    ),
    values,
  })
  .map(({ values, ...row }) => ({ ...row, ...values }))
  .chain((row) => fc.uniqueArray(id, { maxLength: 2 }).map((siteIds) => ({ reading: toReading(row), siteIds })));

it('events hold each reading of each customer once, in order, as it was recorded', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(reading, { selector: ({ reading: { id: number } }) => number, minLength: 1, maxLength: 250 }),
      (recorded) => {
        const events = readingsRecorded(recorded);
        for (const customerId of ['1', '2']) {
          const decoded = events
            .filter((event) => event.customerId === customerId)
            .flatMap(({ payload }) => readingsIn(JSON.parse(JSON.stringify(payload)) as Record<string, unknown>));
          const expected = recorded.filter((one) => one.reading.customerId === customerId);
          expect(decoded.map((one) => ({ reading: one.decode(), siteIds: one.siteIds }))).toEqual(expected);
          expect(decoded.map((one) => [one.deviceId, one.patientId, one.customerId, one.kind])).toEqual(
            expected.map((one) => [one.reading.deviceId, one.reading.patientId, customerId, one.reading.kind]),
          );
        }
      },
    ),
    { seed: 1, numRuns: 60 },
  );
});
