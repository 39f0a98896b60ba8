import fc from 'fast-check';
import { TrendFixture, type Point, type Trend } from './reading-trend.harness';
import { offsetOnTheWall } from './zones';

/** No zone; offsets that are not whole hours; with and without daylight saving time; two midnights on one day. */
const ZONES = [null, 'America/New_York', 'America/Phoenix', 'Asia/Kolkata', 'Pacific/Auckland', 'America/Havana'];
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const QUARTER_MS = 15 * 60_000;
/** Around both clock changes of both hemispheres, and on both sides of the start of the first partition. */
const FIRST = Date.parse('2024-09-01T00:00:00Z');
const LAST = Date.parse('2026-11-15T00:00:00Z');

interface Stored {
  at: number;
  kind: 'BLOOD_PRESSURE' | 'WEIGHT';
  numbers: Record<string, number>;
}

let world: TrendFixture;
const patients: { id: string; zone: string; readings: Stored[] }[] = [];

beforeAll(async () => {
  world = await TrendFixture.start();
  // Pseudo-random (Park and Miller).
  let seed = 7;
  const draw = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (const zone of ZONES) {
    const id = await world.patient({ zone });
    const readings = new Map<number, Stored>();
    while (readings.size < 250) {
      // Half of them within four days of a clock change.
      const near = ['2025-03-09', '2025-11-02', '2026-04-05', '2026-03-08', '2026-11-01'][draw(5)]!;
      const start = draw(2) === 0 ? Date.parse(near) - 2 * DAY_MS : FIRST;
      const at = start + draw((start === FIRST ? LAST - FIRST : 4 * DAY_MS) / 1000) * 1000 + draw(1000);
      const pressure = { SYSTOLIC: 100 + draw(80), DIASTOLIC: 50 + draw(40), ...(draw(2) === 0 && { HEART_RATE: 50 + draw(60) }) }; // prettier-ignore
      readings.set(
        at,
        draw(2) === 0
          ? { at, kind: 'BLOOD_PRESSURE', numbers: pressure }
          : { at, kind: 'WEIGHT', numbers: { WEIGHT: 100 + draw(10_000) / 100 } },
      );
    }
    const stored = [...readings.values()];
    await world.record(stored.map(({ at, kind, numbers }) => ({ patientId: id, takenAt: new Date(at).toISOString(), ...inputOf(kind, numbers) }))); // prettier-ignore
    patients.push({ id, zone: zone ?? 'UTC', readings: stored });
  }
});
afterAll(() => world.stop());

function inputOf(kind: Stored['kind'], numbers: Record<string, number>): object {
  if (kind === 'WEIGHT') return { weight: { value: numbers.WEIGHT, unit: 'POUND' } };
  const { SYSTOLIC: systolic, DIASTOLIC: diastolic, HEART_RATE: heartRate } = numbers;
  return { bloodPressure: { systolic, diastolic, heartRate } };
}

/** Name of the bucket at an instant, from local date and time. */
function nameOfBucket(bucket: Trend['bucket'], zone: string, at: number): string {
  const offset = offsetOnTheWall(zone, at);
  const wall = new Date(at + offset * 1000);
  const [date, hour] = [wall.toISOString().slice(0, 10), wall.getUTCHours()];
  switch (bucket) {
    case 'HOUR':
      return `${date} ${hour} ${offset}`;
    case 'DAY':
      return date;
    case 'WEEK':
      return new Date(Date.parse(date) - ((wall.getUTCDay() + 6) % 7) * DAY_MS).toISOString();
    case 'MONTH':
      return date.slice(0, 7);
  }
}

const starts = new Map<string, number>();

/** First instant with the same name. Searches in quarters of an hour, where buckets start. */
function startOfBucket(bucket: Trend['bucket'], zone: string, at: number): number {
  const name = nameOfBucket(bucket, zone, at);
  const key = `${bucket} ${zone} ${name}`;
  let start = starts.get(key);
  if (start === undefined) {
    start = Math.floor(at / QUARTER_MS) * QUARTER_MS;
    for (const step of [DAY_MS, HOUR_MS, QUARTER_MS])
      while (nameOfBucket(bucket, zone, start - step) === name) start -= step;
    starts.set(key, start);
  }
  return start;
}

/** First instant after a bucket with another name. */
function endOfBucket(bucket: Trend['bucket'], zone: string, start: number): number {
  const name = nameOfBucket(bucket, zone, start);
  let end = start;
  for (const step of [DAY_MS, HOUR_MS, QUARTER_MS]) while (nameOfBucket(bucket, zone, end + step) === name) end += step;
  return end + QUARTER_MS;
}

function trendOf({ zone, readings }: (typeof patients)[number], trend: Trend): Point[] {
  const buckets = new Map<number, Stored[]>();
  for (const reading of readings) {
    if (reading.kind !== trend.kind || reading.at < Date.parse(trend.from) || reading.at >= Date.parse(trend.to))
      continue;
    const start = startOfBucket(trend.bucket, zone, reading.at);
    buckets.set(start, [...(buckets.get(start) ?? []), reading]);
  }
  return [...buckets]
    .sort(([one], [other]) => one - other)
    .map(([start, found]) => ({
      startsAt: new Date(start).toISOString(),
      endsAt: new Date(endOfBucket(trend.bucket, zone, start)).toISOString(),
      count: found.length,
      measurements: (trend.kind === 'WEIGHT' ? ['WEIGHT'] : ['SYSTOLIC', 'DIASTOLIC', 'HEART_RATE']).flatMap((name) => {
        const numbers = found.flatMap((reading) => reading.numbers[name] ?? []);
        const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
        const unit = { WEIGHT: 'POUND', HEART_RATE: 'BEAT_PER_MINUTE' }[name] ?? 'MILLIMETER_OF_MERCURY';
        return numbers.length === 0
          ? []
          : [
              {
                name,
                unit,
                min: Math.min(...numbers),
                max: Math.max(...numbers),
                // Rounded to two decimals. Rounding of a half depends on the order of the sum.
                mean: expect.closeTo(mean, 1.99) as number,
              },
            ];
      }),
    }));
}

it('summarizes the readings of each bucket by the local calendar, like a simple model', async () => {
  const trends = fc
    .record({
      patient: fc.constantFrom(...patients),
      kind: fc.constantFrom('BLOOD_PRESSURE', 'WEIGHT'),
      bucket: fc.constantFrom<Trend['bucket']>('HOUR', 'DAY', 'WEEK', 'MONTH'),
      edge: fc.option(fc.nat(), { nil: null }),
      start: fc.integer({ min: FIRST, max: LAST }),
      lengthMs: fc.oneof(fc.integer({ min: 1, max: 30 * DAY_MS }), fc.integer({ min: 1, max: LAST - FIRST })),
    })
    .map(({ patient, kind, bucket, edge, start, lengthMs }) => {
      // Often starting at one of the readings.
      const from = edge === null ? start : patient.readings[edge % patient.readings.length]!.at;
      const length = bucket === 'HOUR' ? Math.min(lengthMs, 990 * HOUR_MS) : lengthMs;
      const trend = { kind, bucket, from: new Date(from).toISOString(), to: new Date(from + length).toISOString() };
      return { patient, trend };
    });
  let points = 0;
  await fc.assert(
    fc.asyncProperty(trends, async ({ patient, trend }) => {
      const expected = trendOf(patient, trend);
      expect(await world.trend(patient.id, trend)).toEqual(expected);
      points += expected.length;
    }),
    { seed: 1, numRuns: 120 },
  );
  expect(points).toBeGreaterThan(150);
});
