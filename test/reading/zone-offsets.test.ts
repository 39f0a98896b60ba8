import fc from 'fast-check';
import { Client } from 'pg';
import { ZoneOffsets } from '../../src/features/reading/zone-offsets';
import { changesOf, offsetOnTheWall, zonesOfZipCodes } from './zones';

const HOUR_MS = 3_600_000;
const FROM = Date.UTC(2000, 0, 1);
const TO = Date.UTC(2031, 0, 1);

/** Times throughout the day, and possible clock changes in the United States: Sundays of four months. */
const instants = fc.oneof(
  fc.integer({ min: FROM, max: TO - 1 }),
  fc
    .record({
      year: fc.integer({ min: 2000, max: 2030 }),
      month: fc.constantFrom(2, 3, 9, 10),
      week: fc.nat(4),
      hour: fc.integer({ min: 4, max: 14 }),
      ms: fc.constantFrom(-1, 0, 1),
    })
    .map(({ year, month, week, hour, ms }) => {
      const first = new Date(Date.UTC(year, month, 1)).getUTCDay();
      return Date.UTC(year, month, 1 + ((7 - first) % 7) + 7 * week, hour) + ms;
    }),
);

let client: Client;
let zones: string[];
beforeAll(async () => {
  client = new Client({ connectionString: process.env.TEST_POSTGRES_URL });
  await client.connect();
  const { rows } = await client.query<{ name: string }>('select name from pg_timezone_names order by name');
  zones = rows.map(({ name }) => name).filter(isKnownToNode);
});
afterAll(() => client.end());

function isKnownToNode(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone }).format(0) !== '';
  } catch {
    return false;
  }
}

it.each([undefined, 3])(
  'the offset equals the difference of the wall clock to UTC, in every zone; kept: %p',
  (maxHours) => {
    const offsets = new ZoneOffsets(maxHours);
    expect(zones.length).toBeGreaterThan(400);
    fc.assert(
      fc.property(
        fc.nat().map((n) => zones[n % zones.length]!),
        instants,
        (zone, ms) => {
          expect(offsets.at(zone, ms)).toBe(offsetOnTheWall(zone, ms));
        },
      ),
      { seed: 1, numRuns: 3_000 },
    );
  },
);

it('the offset changes at the exact millisecond of a clock change, in any zone and year', () => {
  const offsets = new ZoneOffsets();
  let changes = 0;
  fc.assert(
    fc.property(
      fc.nat().map((n) => zones[n % zones.length]!),
      fc.integer({ min: 2000, max: 2030 }),
      (zone, year) => {
        for (const change of changesOf(zone, year)) {
          const around = [change - HOUR_MS, change - 1, change, change + 1, change + HOUR_MS];
          expect(around.map((ms) => offsets.at(zone, ms))).toEqual(around.map((ms) => offsetOnTheWall(zone, ms)));
          changes += 1;
        }
      },
    ),
    { seed: 1, numRuns: 60 },
  );
  expect(changes).toBeGreaterThan(10);
});

describe('PostgreSQL, which computes the buckets of trends, has the same offsets', () => {
  const offsets = new ZoneOffsets();
  async function expectAgreement(pairs: (readonly [zone: string, ms: number])[]): Promise<void> {
    const { rows } = await client.query<{ seconds: number }>(
      `select extract(epoch from (at at time zone zone) - (at at time zone 'UTC'))::int as seconds
       from unnest($1::text[], $2::timestamptz[]) with ordinality u(zone, at, n) order by n`,
      [pairs.map(([zone]) => offsets.fullName(zone)), pairs.map(([, ms]) => new Date(ms).toISOString())],
    );
    expect(pairs.map(([zone, ms]) => [zone, new Date(ms), offsets.at(zone, ms)])).toEqual(
      pairs.map(([zone, ms], index) => [zone, new Date(ms), rows[index]!.seconds]),
    );
  }

  it('in every zone of a ZIP code', async () => {
    const zipZones = zonesOfZipCodes();
    expect(zipZones).toContain('America/Indiana/Knox');
    const cases = fc.array(fc.tuple(fc.constantFrom(...zipZones), instants), { minLength: 200, maxLength: 200 });
    await fc.assert(fc.asyncProperty(fc.noShrink(cases), expectAgreement), { seed: 1, numRuns: 20 });
  });

  it('in zones with a name without a slash, which it could read as an abbreviation', async () => {
    const names = [...zones.filter((zone) => !zone.includes('/')), 'gmt', 'Cet'];
    expect(names).toEqual(expect.arrayContaining(['CET', 'EET', 'EST', 'EST5EDT', 'GB', 'NZ', 'PRC', 'UTC', 'WET']));
    const halves = [Date.UTC(2024, 0, 1), Date.UTC(2024, 6, 1)];
    await expectAgreement(names.flatMap((name) => halves.map((ms) => [name, ms] as const)));
  });
});

it.each<[string, string, number, string, number]>([
  // Offsets that are not whole hours, and changes within a UTC hour.
  ['Australia/Lord_Howe', '2026-10-03T15:29:59.999Z', 37_800, '2026-10-03T15:30:00.000Z', 39_600],
  ['Australia/Lord_Howe', '2026-04-04T14:59:59.999Z', 39_600, '2026-04-04T15:00:00.000Z', 37_800],
  // Until 2011, clocks in Newfoundland changed at 0:01.
  ['America/St_Johns', '2008-03-09T03:30:59.999Z', -12_600, '2008-03-09T03:31:00.000Z', -9_000],
  // Samoa crossed the date line.
  ['Pacific/Apia', '2011-12-30T09:59:59.999Z', -36_000, '2011-12-30T10:00:00.000Z', 50_400],
  // Local mean time with seconds: periods of trends can start before time zones existed.
  ['America/New_York', '1883-11-18T16:59:59.999Z', -17_762, '1883-11-18T17:00:00.000Z', -18_000],
])('the offset of %s at %s is %i, at %s %i seconds', (zone, before, secondsBefore, after, secondsAfter) => {
  const offsets = new ZoneOffsets();
  expect(offsets.at(zone, Date.parse(after))).toBe(secondsAfter);
  expect(offsets.at(zone, Date.parse(before))).toBe(secondsBefore);
  expect(offsets.at(zone, Date.parse(after))).toBe(secondsAfter);
});

it.each([
  ['America/New_York', 'America/New_York'],
  ['Asia/Kolkata', 'Asia/Kolkata'],
  ['US/Eastern', 'US/Eastern'],
  ['PST8PDT', 'America/Los_Angeles'],
  ['UTC', 'UTC'],
])('the full name of %s is %s', (zone, fullName) => {
  expect(new ZoneOffsets().fullName(zone)).toBe(fullName);
});

it('throws for an unknown zone', () => {
  expect(() => new ZoneOffsets().at('America/Boston', 0)).toThrow(RangeError);
});

describe('the number of calls to Node', () => {
  /** Number of offsets read from Node while `work` runs. */
  function callsDuring(work: () => void): number {
    const spy = jest.spyOn(Intl.DateTimeFormat.prototype, 'formatToParts');
    try {
      work();
      return spy.mock.calls.length;
    } finally {
      spy.mockRestore();
    }
  }
  const thousandOf = (zone: string, startMs: number, offsets: ZoneOffsets) => () => {
    for (let n = 0; n < 1_000; n += 1) offsets.at(zone, startMs + n * 3_600);
  };

  it('is two per zone and hour, however many readings there are', () => {
    const offsets = new ZoneOffsets();
    const start = Date.UTC(2026, 6, 1, 12);
    expect(callsDuring(thousandOf('America/New_York', start, offsets))).toBe(2);
    expect(callsDuring(thousandOf('America/New_York', start, offsets))).toBe(0);
    expect(callsDuring(thousandOf('America/Chicago', start, offsets))).toBe(2);
    expect(callsDuring(thousandOf('America/New_York', start + HOUR_MS, offsets))).toBe(2);
  });

  it('is larger in an hour with a clock change, which is found by binary search', () => {
    const offsets = new ZoneOffsets();
    const start = Date.parse('2026-10-03T15:00:00Z');
    const calls = callsDuring(thousandOf('Australia/Lord_Howe', start, offsets));
    expect(calls).toBeGreaterThan(2);
    expect(calls).toBeLessThanOrEqual(2 + Math.ceil(Math.log2(HOUR_MS)));
    expect(callsDuring(thousandOf('Australia/Lord_Howe', start, offsets))).toBe(0);
  });
});
