import { OPERATOR_SCOPE } from '../../src/platform/db/scope';
import { compile, sql, text } from '../../src/platform/db/sql';
import { timeZoneOfPatient, usualTimeZone, type ZipAddress } from '../../src/features/patient/patient-time-zone';
import { zoneOfZip } from '../../src/features/patient/zip-zones';
import { CALLERS, ComparedReads } from './compared-reads';

/** Trends are read together with their patients where PostgreSQL finds the time zone, and by a statement of their own elsewhere. */

let reads: ComparedReads;
beforeAll(async () => {
  reads = await ComparedReads.start();
});
afterAll(() => reads.app.stop());

interface Place {
  readonly timeZoneOverride: string | null;
  readonly address: ZipAddress | null;
}

const at = (zipCode: string | null, country: string | null = null): Place => ({
  timeZoneOverride: null,
  address: { zipCode, country },
});
const override = (timeZoneOverride: string): Place => ({ timeZoneOverride, address: { zipCode: '10001' } });

const FOUND: readonly Place[] = [
  { timeZoneOverride: null, address: null },
  at('10001'),
  at('85004', 'US'),
  at('96813-1234', 'United States of America'),
  at('009011234', 'USA'),
  override('Europe/Berlin'),
  // Clocks change at midnight.
  override('America/Havana'),
  override('America/Santiago'),
  // By half an hour.
  override('Australia/Lord_Howe'),
  override('Asia/Kathmandu'),
];

/** Written in another way, without a zone, or elsewhere. */
const OTHERS: readonly Place[] = [
  at(null),
  at(null, 'Germany'),
  at(''),
  at('1000'),
  at('00000'),
  at('10 001'),
  at('10001–1234'),
  at('10001', ''),
  at('10001', 'u.s.a.'),
  at('10001', 'Mexico'),
  at('00901', 'Puerto Rico'),
  override('CET'),
  override('UTC'),
  override('EST5EDT'),
];

/** The zones that PostgreSQL finds. */
async function zonesOf(places: readonly Place[]): Promise<(string | null)[]> {
  const { text: statement, values } = compile(
    OPERATOR_SCOPE,
    sql`/* zones */ select ${usualTimeZone('p')} as zone
      from jsonb_array_elements(${text(JSON.stringify(places))}::jsonb) with ordinality e(place, n), lateral (
        select place->>'timeZoneOverride' as "timeZoneOverride", nullif(place->'address', 'null') as "address") p order by n`,
  );
  const { rows } = await reads.app.admin.query<{ zone: string | null }>(statement, values);
  return rows.map(({ zone }) => zone);
}

it('PostgreSQL has the zone of every ZIP code', async () => {
  const zips = Array.from({ length: 100_000 }, (_, number) => String(number).padStart(5, '0'));
  expect(await zonesOf(zips.map((zip) => at(zip)))).toEqual(zips.map(zoneOfZip));
});

it('PostgreSQL finds the zones of patients in the usual cases', async () => {
  const expected = FOUND.map((place) => timeZoneOfPatient(place) ?? 'UTC');
  expect(await zonesOf(FOUND)).toEqual(expected);
  expect(new Set(expected).size).toBeGreaterThan(8);
  expect(await zonesOf(OTHERS)).toEqual(OTHERS.map(() => null));
});

const BUCKETS = ['HOUR', 'DAY', 'WEEK', 'MONTH'];
const PERIODS: Readonly<Record<string, string>> = {
  HOUR: '{ from: "2025-10-25T00:00:00Z", to: "2025-11-10T00:00:00Z" }',
};
const YEAR = '{ from: "2025-06-01T00:00:00Z", to: "2026-06-30T12:34:56.789Z" }';
const POINT = `startsAt endsAt count measurements(units: [MILLIMOLE_PER_LITER]) { name unit min max mean lessThanCount greaterThanCount }`;

const trendOf = (kind: string, bucket: string, filter = '') =>
  `readingTrend(kind: ${kind}, bucket: ${bucket}, period: ${PERIODS[bucket] ?? YEAR}${filter}) { ${POINT} }`;

describe('the trends of patients', () => {
  let ids: string[];
  const sum = { points: 0 };
  beforeAll(async () => {
    const { rows } = await reads.app.admin.query<{ id: string }>(
      'select id::text from patient where customer_id = 1 order by id limit $1',
      [FOUND.length + OTHERS.length],
    );
    ids = rows.map(({ id }) => id);
    expect(ids).toHaveLength(FOUND.length + OTHERS.length);
    for (const [index, { timeZoneOverride, address }] of [...FOUND, ...OTHERS].entries())
      await reads.app.admin.query(`update patient set time_zone = $2, address = $3 where id = $1`, [
        ids[index],
        timeZoneOverride,
        address && JSON.stringify(address),
      ]);
    // More than a year by 7 hours, with all units, comparators and clocks that are ahead.
    await reads.app.admin.query(
      `insert into reading (customer_id, id, taken_at, received_at, patient_id, kind, manual, sent_unit, comparator, glucose, weight,
         systolic, diastolic, heart_rate)
       select 1, new_reading_id(at), at, at + (n % 5 - 1) * interval '20 minutes', patient, kind, true,
         case when n % 2 = 0 then case kind when 2 then 'MILLIMOLE_PER_LITER' when 4 then 'KILOGRAM' end end,
         case when kind = 2 and n % 9 = 0 then 'LESS_THAN' when kind = 2 and n % 9 = 4 then 'GREATER_THAN' end,
         case when kind = 2 then 90 + n % 70 / 3.0 end, case when kind = 4 then 120 + n % 90 / 7.0 end,
         case when kind = 1 then 110 + n % 30 end, case when kind = 1 then 70 + n % 11 end,
         case when kind = 1 and n % 60 > 20 then 60 + n % 13 end
       from unnest($1::bigint[]) patient, unnest(array[1, 2, 4]) kind, generate_series(1, 1500) n,
         lateral (select timestamptz '2025-05-20T00:30:00Z' + n * interval '7 hours 1 second' as at) x`,
      [ids],
    );
  });

  it.each(BUCKETS.flatMap((bucket) => ['BLOOD_GLUCOSE', 'BLOOD_PRESSURE', 'WEIGHT'].map((kind) => [bucket, kind])))(
    'by %s, of %s',
    async (bucket, kind) => {
      const query = `{ ${ids.map((id) => `p${id}: patient(id: ${id}) { id timeZone ${trendOf(kind, bucket)} }`).join(' ')} }`;
      const { expected, found, names } = await reads.both({ query });
      expect(found).toEqual(expected);
      sum.points += found.text.split('"startsAt"').length - 1;
      expect(names.filter((name) => name === 'read_patient')).toHaveLength(ids.length);
      expect(names.filter((name) => name === 'reading_trend')).toHaveLength(OTHERS.length);
    },
  );

  it('have points', () => expect(sum.points).toBeGreaterThan(1_000));

  it('of a page are read by the same statement, for each caller', async () => {
    const query = `{ patients(first: 50, sort: { field: LAST_NAME, direction: DESC }) { nodes { id ${trendOf('WEIGHT', 'MONTH')} } } }`;
    for (const caller of CALLERS) {
      const { expected, found, compiled } = await reads.both({ query }, caller);
      expect(found).toEqual(expected);
      expect(compiled).toEqual(caller === 'ingest' ? [] : ['read_patients']);
    }
  });

  it('with a filter are read by a statement of their own', async () => {
    const query = `{ patient(id: ${ids[1]}) { ${trendOf('WEIGHT', 'MONTH', ', filter: { manual: true }')} } }`;
    const { expected, found, names } = await reads.both({ query });
    expect(found).toEqual(expected);
    expect(names).toEqual(['read_patient', 'reading_trend']);
  });

  it('are read by a statement of their own where the statement is planned for its values', async () => {
    const query = `{ patient(id: ${ids[1]}) { readings(first: 2, filter: { takenAt: { from: "2025-01-01T00:00:00Z" } }) { nodes { id } }
      ${trendOf('WEIGHT', 'MONTH')} } }`;
    const { expected, found, names } = await reads.both({ query });
    expect(found).toEqual(expected);
    expect(names).toEqual(['read_patient', 'reading_trend']);
  });

  it.each([
    ['ends before it begins', '{ from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z" }', false],
    ['is too long', '{ from: "2016-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z" }', false],
    // The zone of the patient is hours behind UTC, so that a bucket begins before the period.
    ['is too long in the zone of the patient', '{ from: "2023-01-01T00:00:00Z", to: "2025-09-27T00:00:00Z" }', true],
  ])('whose period %s are refused', async (_, period, isRead) => {
    const query = `{ patient(id: ${ids[1]}) { readingTrend(kind: WEIGHT, bucket: DAY, period: ${period}) { count } } }`;
    const { expected, found } = await reads.both({ query });
    expect(found).toEqual(expected);
    expect(found.text).toContain('BAD_USER_INPUT');
    const { text: statement } = reads.app.statements.findLast(({ text: sent }) =>
      sent.startsWith('/* read_patient */'),
    )!;
    expect(statement.includes('from reading r')).toBe(isRead);
  });
});
