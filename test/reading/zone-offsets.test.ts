import fc from 'fast-check';
import { Client } from 'pg';
import { ZoneOffsets } from '../../src/features/reading/zone-offsets';
import { changesOf, offsetOnTheWall, zonesOfZipCodes } from './zones';

const HOUR_MS = 3_600_000;
const FROM = Date.UTC(2000, 0, 1);
const TO = Date.UTC(2031, 0, 1);

/** Instants at all times of the day, and those at which the clocks of the United States may change: Sundays of four months. */
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

it('is what the wall clock shows, in every zone', () => {
  const offsets = new ZoneOffsets();
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
});

it('changes at the very millisecond at which the clocks change, in whichever zone and year', () => {
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

describe('PostgreSQL, which cuts the buckets of charts, agrees', () => {
  const offsets = new ZoneOffsets();
  async function expectAgreement(asked: (readonly [zone: string, ms: number])[]): Promise<void> {
    const { rows } = await client.query<{ seconds: number }>(
      `select extract(epoch from (at at time zone zone) - (at at time zone 'UTC'))::int as seconds
       from unnest($1::text[], $2::timestamptz[]) with ordinality u(zone, at, n) order by n`,
      [asked.map(([zone]) => offsets.fullName(zone)), asked.map(([, ms]) => new Date(ms).toISOString())],
    );
    expect(asked.map(([zone, ms]) => [zone, new Date(ms), offsets.at(zone, ms)])).toEqual(
      asked.map(([zone, ms], index) => [zone, new Date(ms), rows[index]!.seconds]),
    );
  }

  it('in every zone that a ZIP code can have', async () => {
    const zipZones = zonesOfZipCodes();
    expect(zipZones).toContain('America/Indiana/Knox');
    const cases = fc.array(fc.tuple(fc.constantFrom(...zipZones), instants), { minLength: 200, maxLength: 200 });
    await fc.assert(fc.asyncProperty(fc.noShrink(cases), expectAgreement), { seed: 1, numRuns: 20 });
  });

  it('in those that have a name without a slash, which it may take for an abbreviation', async () => {
    const names = [...zones.filter((zone) => !zone.includes('/')), 'gmt', 'Cet'];
    expect(names).toEqual(expect.arrayContaining(['CET', 'EET', 'EST', 'EST5EDT', 'GB', 'NZ', 'PRC', 'UTC', 'WET']));
    const halves = [Date.UTC(2024, 0, 1), Date.UTC(2024, 6, 1)];
    await expectAgreement(names.flatMap((name) => halves.map((ms) => [name, ms] as const)));
  });
});

it.each<[string, string, number, string, number]>([
  // Off the hour, and into the middle of one.
  ['Australia/Lord_Howe', '2026-10-03T15:29:59.999Z', 37_800, '2026-10-03T15:30:00.000Z', 39_600],
  ['Australia/Lord_Howe', '2026-04-04T14:59:59.999Z', 39_600, '2026-04-04T15:00:00.000Z', 37_800],
  // Until 2011 Newfoundland changed its clocks at a minute past midnight.
  ['America/St_Johns', '2008-03-09T03:30:59.999Z', -12_600, '2008-03-09T03:31:00.000Z', -9_000],
  // Samoa went from one side of the date line to the other.
  ['Pacific/Apia', '2011-12-30T09:59:59.999Z', -36_000, '2011-12-30T10:00:00.000Z', 50_400],
  // Local mean time, to the second, as charts may begin before there were zones.
  ['America/New_York', '1883-11-18T16:59:59.999Z', -17_762, '1883-11-18T17:00:00.000Z', -18_000],
])('in %s it is at %s %i, at %s %i seconds', (zone, before, secondsBefore, after, secondsAfter) => {
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

it('throws for what is no zone', () => {
  expect(() => new ZoneOffsets().at('America/Boston', 0)).toThrow(RangeError);
});

describe('the cost', () => {
  /** How often Node is asked for an offset while `work` runs. */
  function askedDuring(work: () => void): number {
    const asked = jest.spyOn(Intl.DateTimeFormat.prototype, 'formatToParts');
    try {
      work();
      return asked.mock.calls.length;
    } finally {
      asked.mockRestore();
    }
  }
  const thousandOf = (zone: string, startMs: number, offsets: ZoneOffsets) => () => {
    for (let n = 0; n < 1_000; n += 1) offsets.at(zone, startMs + n * 3_600);
  };

  it('is two questions for a zone and an hour, however many readings there are', () => {
    const offsets = new ZoneOffsets();
    const start = Date.UTC(2026, 6, 1, 12);
    expect(askedDuring(thousandOf('America/New_York', start, offsets))).toBe(2);
    expect(askedDuring(thousandOf('America/New_York', start, offsets))).toBe(0);
    expect(askedDuring(thousandOf('America/Chicago', start, offsets))).toBe(2);
    expect(askedDuring(thousandOf('America/New_York', start + HOUR_MS, offsets))).toBe(2);
  });

  it('is a search for the millisecond in an hour in which the clocks change', () => {
    const offsets = new ZoneOffsets();
    const start = Date.parse('2026-10-03T15:00:00Z');
    const questions = askedDuring(thousandOf('Australia/Lord_Howe', start, offsets));
    expect(questions).toBeGreaterThan(2);
    expect(questions).toBeLessThanOrEqual(2 + Math.ceil(Math.log2(HOUR_MS)));
    expect(askedDuring(thousandOf('Australia/Lord_Howe', start, offsets))).toBe(0);
  });
});
