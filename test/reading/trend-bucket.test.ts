import fc from 'fast-check';
import { Client } from 'pg';
import { countBuckets, endOfBucket, TrendBucket } from '../../src/features/reading/trend-bucket';
import { ZoneOffsets } from '../../src/features/reading/zone-offsets';
import { changesOf, ODD_ZONES, zonesOfZipCodes } from './zones';

const { HOUR, DAY, WEEK, MONTH } = TrendBucket;
const QUARTER_MS = 15 * 60_000;
const DAY_MS = 86_400_000;
const offsets = new ZoneOffsets();

const count = (bucket: TrendBucket, zone: string, from: string, to: string): number =>
  countBuckets(bucket, { from: new Date(from), to: new Date(to) }, zone, offsets);

describe('the buckets of a period', () => {
  it.each<[string, TrendBucket, string, string, string, number]>([
    ['a day is one day', DAY, 'America/New_York', '2026-07-01T04:00:00Z', '2026-07-02T04:00:00Z', 1],
    ['a day of 23 hours', DAY, 'America/New_York', '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z', 1],
    ['its hours', HOUR, 'America/New_York', '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z', 23],
    ['a day of 25 hours', DAY, 'America/New_York', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z', 1],
    ['its hours', HOUR, 'America/New_York', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z', 25],
    ['the end is exclusive', DAY, 'America/New_York', '2026-07-01T04:00:00Z', '2026-07-02T04:00:00.001Z', 2],
    ['the start is inclusive', DAY, 'America/New_York', '2026-07-01T03:59:59.999Z', '2026-07-02T04:00:00Z', 2],
    ['a millisecond is in one', MONTH, 'America/New_York', '2026-07-01T04:00:00Z', '2026-07-01T04:00:00.001Z', 1],
    ['an empty period has none', HOUR, 'America/New_York', '2026-07-01T04:00:00Z', '2026-07-01T04:00:00Z', 0],
    ['a reversed period has none', DAY, 'America/New_York', '2026-07-02T04:00:00Z', '2026-07-01T04:00:00Z', 0],
    ['local midnight, not UTC', DAY, 'Pacific/Honolulu', '2026-07-01T00:00:00Z', '2026-07-02T00:00:00Z', 2],
    ['weeks start on Monday', WEEK, 'UTC', '2026-06-29T00:00:00Z', '2026-07-06T00:00:00Z', 1],
    ['Sunday belongs to the week before', WEEK, 'UTC', '2026-06-28T23:59:59.999Z', '2026-07-06T00:00:00.001Z', 3],
    ['weeks before 1970', WEEK, 'UTC', '1969-12-28T00:00:00Z', '1969-12-30T00:00:00Z', 2],
    ['a week across two years', WEEK, 'UTC', '2025-12-29T00:00:00Z', '2026-01-05T00:00:00Z', 1],
    ['months', MONTH, 'America/New_York', '2026-01-01T05:00:00Z', '2027-01-01T05:00:00Z', 12],
    [
      'a UTC month is in two local months',
      MONTH,
      'America/New_York',
      '2026-02-01T00:00:00Z',
      '2026-03-01T00:00:00Z',
      2,
    ],
    ['a leap day', DAY, 'UTC', '2028-02-28T00:00:00Z', '2028-03-01T00:00:00Z', 2],
    ['offset of a half hour', HOUR, 'Asia/Kolkata', '2026-07-01T00:30:00Z', '2026-07-01T02:30:00Z', 2],
    ['UTC hours with that offset', HOUR, 'Asia/Kolkata', '2026-07-01T00:00:00Z', '2026-07-01T02:00:00Z', 3],
    ['negative offset of a half hour', HOUR, 'America/St_Johns', '2026-07-01T00:30:00Z', '2026-07-01T02:30:00Z', 2],
    // Clocks change from 2:00 to 2:30, and from 2:00 back to 1:30. This splits an hour in two.
    ['half an hour forward', HOUR, 'Australia/Lord_Howe', '2026-10-03T14:30:00Z', '2026-10-03T16:00:00Z', 2],
    ['half an hour back', HOUR, 'Australia/Lord_Howe', '2026-04-04T14:00:00Z', '2026-04-04T15:30:00Z', 2],
    ['all years', MONTH, 'UTC', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', 119_988],
  ])('%s: %s in %s from %s to %s', (_, bucket, zone, from, to, expected) => {
    expect(count(bucket, zone, from, to)).toBe(expected);
  });

  it('include a day that the zone skipped, although it has no readings', () => {
    expect(count(DAY, 'Pacific/Apia', '2011-12-30T00:00:00Z', '2011-12-31T00:00:00Z')).toBe(3);
  });
});

describe('compared with PostgreSQL', () => {
  let client: Client;
  beforeAll(async () => {
    client = new Client({ connectionString: process.env.TEST_POSTGRES_URL });
    await client.connect();
  });
  afterAll(() => client.end());

  /** Lengths of periods in quarters of an hour, where buckets start. Longer periods have too many hours. */
  const quarters = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: (45 * DAY_MS) / QUARTER_MS }));
  /** Often around a clock change. Only in years for which Node and PostgreSQL have the same time zone data. */
  const periods = fc
    .record({
      bucket: fc.constantFrom(HOUR, DAY, WEEK, MONTH),
      zone: fc.oneof(fc.constantFrom(...ODD_ZONES), fc.constantFrom(...zonesOfZipCodes())),
      year: fc.integer({ min: 2012, max: 2024 }),
      quarterOfYear: fc.nat((365 * DAY_MS) / QUARTER_MS),
      changeOfYear: fc.option(fc.nat()),
      before: fc.integer({ min: -10, max: 30 }),
      quarters,
    })
    .map(({ bucket, zone, year, quarterOfYear, changeOfYear, before, quarters: length }) => {
      const changes = changeOfYear === null ? [] : changesOf(zone, year);
      const change = changes.length > 0 ? changes[changeOfYear! % changes.length]! : undefined;
      const from =
        change === undefined ? Date.UTC(year, 0, 1) + quarterOfYear * QUARTER_MS : change - before * QUARTER_MS;
      return { bucket, zone, from: new Date(from), to: new Date(from + length * QUARTER_MS) };
    });

  it('each bucket of days, weeks and months ends where the next one starts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(periods, { minLength: 10, maxLength: 10 }), async (random) => {
        const calendar = random.filter(({ bucket }) => bucket !== HOUR);
        const { rows } = await client.query<{ start: Date }>(
          `select date_trunc(bucket, at, zone) as start
           from unnest($1::text[], $2::text[], $3::timestamptz[]) with ordinality p(bucket, zone, at, n) order by n`,
          [calendar.map(({ bucket }) => bucket), calendar.map(({ zone }) => zone), calendar.map(({ from }) => from)],
        );
        const ends = calendar.map(({ bucket, zone }, index) => endOfBucket(bucket, rows[index]!.start, zone, offsets));
        const { rows: found } = await client.query<{ same: boolean; next: boolean }>(
          `select date_trunc(bucket, finish - interval '1 ms', zone) = start as same, date_trunc(bucket, finish, zone) > start as next
           from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])
             with ordinality p(bucket, zone, start, finish, n) order by n`,
          [
            calendar.map(({ bucket }) => bucket),
            calendar.map(({ zone }) => zone),
            rows.map(({ start }) => start),
            ends,
          ],
        );
        expect(calendar.map((one, index) => ({ ...one, ...found[index] }))).toEqual(
          calendar.map((one) => ({ ...one, same: true, next: true })),
        );
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('random periods have as many buckets as a series with a reading every quarter hour', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(periods, { minLength: 10, maxLength: 10 }), async (random) => {
        const { rows } = await client.query<{ buckets: number }>(
          `select (select count(distinct date_trunc(bucket, taken_at, zone))::int
             from generate_series(period_start, period_end - interval '15 minutes', interval '15 minutes') taken_at) as buckets
           from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])
             with ordinality p(bucket, zone, period_start, period_end, n) order by n`,
          [
            random.map(({ bucket }) => bucket),
            random.map(({ zone }) => zone),
            random.map(({ from }) => from),
            random.map(({ to }) => to),
          ],
        );
        expect(random.map((one) => ({ ...one, buckets: countBuckets(one.bucket, one, one.zone, offsets) }))).toEqual(
          random.map((one, index) => ({ ...one, ...rows[index] })),
        );
      }),
      { seed: 1, numRuns: 60 },
    );
  });
});
