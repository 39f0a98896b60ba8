import { KINDS } from '../../../src/features/kind/reading-kind';
import { deleteExpired } from '../../../src/features/reading/retention.repository';
import { globalId } from '../../support/global-id';
import type { Caller } from '../../support/device-fixture';
import { filledMonths, ID_STEP, monthAgo } from './reading-plans.data';
import { ExplainedGateway } from './reading-plans.harness';

const TINY_CUSTOMER = 77;
const DAY_MS = 86_400_000;

/** Readings that are deleted at a time, and pages for each: to find it, to find it again, and to delete it. */
const PORTION = 100;
const PAGES_OF_DELETION = 10;

let gateway: ExplainedGateway;
let tiny: Caller;
beforeAll(async () => {
  gateway = await ExplainedGateway.start();
  tiny = await gateway.keyOf(TINY_CUSTOMER);
});
afterAll(() => gateway.stop());

/** Customer to read from, and caller. */
interface Target {
  customerId: number;
  caller: () => Caller;
  /** Number of devices of the first patient, each with daily readings. */
  devicesOfPatient: number;
}
const BIG: Target = { customerId: 1, caller: () => 'northside', devicesOfPatient: 4 };
const SMALL: Target = { customerId: 2, caller: () => 'lakeview', devicesOfPatient: 4 };
const TINY: Target = { customerId: TINY_CUSTOMER, caller: () => tiny, devicesOfPatient: 1 };
const OPERATOR: Target = { ...BIG, caller: () => 'operator' };

interface Read {
  query: (target: Target) => string | Promise<string>;
  /** Name of the statement to check. */
  name: string;
  /** Indexes of readings that may be used. */
  by: string[];
  /** Expected number of reads per partition. */
  partitions: (target: Target) => Record<string, number> | Promise<Record<string, number>>;
  /** Maximum number of 8 kB pages: about three per index lookup, and one per reading. */
  pages: number;
}

const BY_DEVICE = ['of_device_and_source'];
const BY_PATIENT = ['of_patient_and_source'];
const BY_KIND = ['of_kind'];
const BY_ID = ['pkey'];

const time = (ms: number | Date): string => new Date(ms).toISOString();
const month = (back: number): string => `reading_${time(monthAgo(back)).slice(0, 7).replace('-', '_')}`;
/** Partitions from a month to an earlier one. */
const months = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => month(from + index));
const times = (partitions: string[], count = 1) => Object.fromEntries(partitions.map((one) => [one, count]));

/** Partitions after `endOfMonths()`, which are empty. */
const LATER = [month(-2), 'reading_default'];
/** The first partition, which is empty, too. */
const BEFORE_2025 = 'reading_before_2025_01';
/** Also next month, which is empty, and this month, which is full. */
const NEWEST = [...LATER, ...months(-1, 0)];
/** 51 daily readings are in two months. */
const NEWEST_DAILY = [...NEWEST, month(1)];
const OLDEST = filledMonths() - 1;
/** From the other end, the day after the page is read again: readings that are ahead belong before it. */
const OLDEST_DAILY = { ...times([...LATER, BEFORE_2025, month(OLDEST)]), [month(OLDEST - 1)]: 2 };
/** The day after the cursor of `deep`, at the end of a month, is read for the same reason. */
const afterCursor = (partitions: Record<string, number>) => ({ ...partitions, [month(12)]: 2, [month(11)]: 1 });
const daily = ({ devicesOfPatient }: Target, partitions: string[], andThen: string) =>
  times(devicesOfPatient > 1 ? partitions : [...partitions, andThen]);

type Owner = 'device' | 'patient';
const idOf = ({ customerId }: Target): number => customerId * ID_STEP + 1;
const ids = '{ nodes { databaseId } }';
const readings =
  (owner: Owner, page: string, filter = '') =>
  (target: Target) =>
    `{ ${owner}(id: ${idOf(target)}) { readings(${page}, filter: { ${filter} }) ${ids} } }`;
const inMonth = `takenAt: { from: "${time(monthAgo(8))}", to: "${time(monthAgo(7))}" }`;
const trend = (from: number, to: number) =>
  `readingTrend(kind: BLOOD_GLUCOSE, period: { from: "${time(from)}", to: "${time(to)}" }, bucket: DAY) { count }`;
const [YEAR_AGO, NOW] = [monthAgo(12).getTime(), monthAgo(0).getTime()];

/** The page after the newest reading of twelve months ago. */
const deep = (owner: Owner, filter?: string) => async (target: Target) => {
  const [, cursor] = /"endCursor":"([^"]+)"/.exec(
    JSON.stringify(
      await gateway.app.data(
        target.caller(),
        readings(
          owner,
          'first: 1',
          `takenAt: { to: "${time(monthAgo(11))}" }`,
        )(target).replace(ids, '{ pageInfo { endCursor } }'),
      ),
    ),
  )!;
  return readings(owner, `first: 50, after: "${cursor}"`, filter)(target);
};

/**
 * Number of newest readings, per kind and owner, in each month's partition. Where there is none, as for owners whose readings were
 * deleted, the day after the time is searched for a reading that is ahead.
 */
async function lastReadings(owner: Owner, { customerId }: Target, parents: number): Promise<Record<string, number>> {
  const { rows } = await gateway.app.admin.query<{ partition: string; count: number }>(
    `with newest as (
       select at, not exists (select from reading r where r.customer_id = a.customer_id and r.${owner}_id = a.${owner}_id and r.taken_at = at) as none
       from (select * from ${owner}_activity where customer_id = $1 order by ${owner}_id limit $2) a,
         unnest(array[${KINDS.map(({ activityColumn }) => `a.${activityColumn}`).join(', ')}]) at
       where at is not null
     )
     select 'reading_' || to_char(at, 'YYYY_MM') as partition, count(*)::int as count from (
       select at from newest union all select at from newest where none
       union all select at + interval '24:00:01' from newest
         where none and date_trunc('month', at) <> date_trunc('month', at + interval '24:00:01')
     ) read group by 1`,
    [customerId, parents],
  );
  expect(rows.length).toBeGreaterThan(0);
  return Object.fromEntries(rows.map(({ partition, count }) => [partition, count]));
}

/** A device measures one kind. The first device measures glucose. */
const OF_ONE: Record<string, Read> = {
  "a page of a device's readings": {
    query: readings('device', 'first: 50'),
    name: 'readings_by_device',
    by: BY_DEVICE,
    partitions: () => times(NEWEST_DAILY),
    pages: 70,
  },
  "the last page of a device's readings": {
    query: readings('device', 'last: 50'),
    name: 'readings_by_device',
    by: BY_DEVICE,
    partitions: () => OLDEST_DAILY,
    pages: 70,
  },
  "a device's oldest readings": {
    query: readings('device', 'first: 50, sort: { field: TAKEN_AT, direction: ASC }'),
    name: 'readings_by_device',
    by: BY_DEVICE,
    partitions: () => OLDEST_DAILY,
    pages: 70,
  },
  "a page deep in a device's readings": {
    query: deep('device'),
    name: 'readings_by_device',
    by: BY_DEVICE,
    partitions: () => afterCursor(times(months(12, 13))),
    pages: 70,
  },
  "a device's readings of its kind": {
    query: readings('device', 'first: 50', 'kinds: [BLOOD_GLUCOSE]'),
    name: 'readings_by_device',
    by: BY_DEVICE,
    partitions: () => times(NEWEST_DAILY),
    pages: 70,
  },
  "a page deep in a device's readings of two kinds": {
    query: deep('device', 'kinds: [BLOOD_GLUCOSE, WEIGHT]'),
    name: 'readings_by_device',
    by: BY_DEVICE,
    partitions: () => afterCursor(times(months(12, 13))),
    pages: 70,
  },
  "a device's readings of a kind that it does not measure": {
    query: readings('device', 'first: 50', 'kinds: [WEIGHT]'),
    name: 'readings_by_device',
    by: BY_DEVICE,
    partitions: () => times([...NEWEST, ...months(1, OLDEST), BEFORE_2025]),
    pages: 4 * 26,
  },
  "a device's readings of a month": {
    query: readings('device', 'first: 50', inMonth),
    name: 'readings_by_device',
    by: BY_DEVICE,
    partitions: () => times([month(8)]),
    pages: 40,
  },
  "a patient's readings": {
    query: readings('patient', 'first: 50'),
    name: 'readings_by_patient',
    by: BY_PATIENT,
    partitions: (target) => daily(target, NEWEST, month(1)),
    pages: 70,
  },
  "a page deep in a patient's readings": {
    query: deep('patient'),
    name: 'readings_by_patient',
    by: BY_PATIENT,
    partitions: (target) => afterCursor(daily(target, [month(12)], month(13))),
    pages: 70,
  },
  "a patient's readings of a month and a kind": {
    query: readings('patient', 'first: 50', `kinds: [BLOOD_GLUCOSE], ${inMonth}`),
    name: 'readings_by_patient',
    by: BY_PATIENT,
    partitions: () => times([month(8)]),
    pages: 40,
  },
  "a patient's readings of a device": {
    query: (target) => readings('patient', 'first: 50', `deviceIds: [${idOf(target)}]`)(target),
    name: 'readings_by_patient',
    by: [...BY_PATIENT, ...BY_DEVICE],
    partitions: () => times(NEWEST_DAILY),
    pages: 80,
  },
  'a trend over twelve calendar months': {
    query: (target) => `{ patient(id: ${idOf(target)}) { ${trend(YEAR_AGO, NOW)} } }`,
    name: 'reading_trend',
    by: BY_PATIENT,
    // Readings that are ahead count in the day before.
    partitions: () => times(months(0, 12)),
    pages: 366 + 4 * 12,
  },
  'a trend over a year from the second day of a month': {
    query: (target) => `{ patient(id: ${idOf(target)}) { ${trend(YEAR_AGO + DAY_MS, NOW + DAY_MS)} } }`,
    name: 'reading_trend',
    by: BY_PATIENT,
    partitions: () => times(months(0, 12)),
    pages: 366 + 4 * 13,
  },
};

const all = (args: string, filter = '') => `{ readings(${args}, filter: { ${filter} }) ${ids} }`;

/** A big customer has 14 readings of each kind a day, a small one 9, a tiny one none of most kinds. */
const OF_CUSTOMER: Record<string, Read> = {
  "a customer's readings of a kind": {
    query: () => all('first: 20', 'kinds: [BLOOD_GLUCOSE]'),
    name: 'readings',
    by: BY_KIND,
    partitions: () => times(NEWEST),
    pages: 40,
  },
  "the last page of a customer's readings of a kind": {
    query: () => all('last: 20', 'kinds: [BLOOD_GLUCOSE]'),
    name: 'readings',
    by: BY_KIND,
    partitions: () => ({ ...times([...LATER, BEFORE_2025]), [month(OLDEST)]: 2 }),
    pages: 60,
  },
  "a customer's readings of a kind that no device measures": {
    query: () => all('first: 20', 'kinds: [BODY_COMPOSITION]'),
    name: 'readings',
    by: BY_KIND,
    partitions: () => times([...NEWEST, ...months(1, OLDEST), BEFORE_2025]),
    pages: 4 * 26,
  },
  "a customer's readings of a month and a kind": {
    query: () => all('first: 20', `kinds: [BLOOD_GLUCOSE], ${inMonth}`),
    name: 'readings',
    by: BY_KIND,
    partitions: () => times([month(8)]),
    pages: 40,
  },
  "a customer's readings of a device": {
    query: (target) => all('first: 50', `kinds: [BLOOD_GLUCOSE], deviceIds: [${idOf(target)}]`),
    name: 'readings',
    by: BY_DEVICE,
    partitions: () => times(NEWEST_DAILY),
    pages: 70,
  },
  "a customer's readings of a patient": {
    query: (target) => all('first: 20', `patientIds: [${idOf(target)}]`),
    name: 'readings',
    by: BY_PATIENT,
    partitions: () => times(NEWEST),
    pages: 40,
  },
};

const OF_FIFTY: Record<string, Read> = {
  'readings of fifty devices': {
    query: () => `{ devices(first: 50) { nodes { readings(first: 10) ${ids} } } }`,
    name: 'readings_by_device',
    by: BY_DEVICE,
    // Customers look once whether there are later readings.
    partitions: (target) => ({ ...times(NEWEST, 50), ...times(LATER, target === OPERATOR ? 50 : 1) }),
    pages: 50 * 22,
  },
  'the latest readings of fifty patients': {
    query: () => '{ patients(first: 50) { nodes { latestReadings { databaseId } } } }',
    name: 'latest_readings_by_patient',
    by: BY_PATIENT,
    partitions: (target) => lastReadings('patient', target, 50),
    pages: 50 * 14,
  },
  'the latest reading of fifty devices': {
    query: () => '{ devices(first: 50) { nodes { latestReading { databaseId } } } }',
    name: 'latest_readings_by_device',
    by: BY_DEVICE,
    partitions: (target) => lastReadings('device', target, 50),
    pages: 50 * 7,
  },
  'the times of the newest readings of fifty patients': {
    query: () => '{ patients(first: 50) { nodes { latestReadingAt } } }',
    name: 'last_reading_by_patient',
    by: [],
    partitions: () => ({}),
    pages: 50 * 4,
  },
  'trends of twenty patients over a year': {
    query: () => `{ patients(first: 20) { nodes { ${trend(YEAR_AGO, NOW)} } } }`,
    name: 'reading_trend',
    by: BY_PATIENT,
    partitions: () => times(months(0, 12), 20),
    pages: 20 * (366 + 4 * 12),
  },
};

/** Global id of the first reading of the month eight months ago. */
async function readingOf({ customerId }: Target): Promise<string> {
  const { rows } = await gateway.app.admin.query<{ id: string }>(
    'select id from reading where customer_id = $1 and device_id = $2 and taken_at >= $3 order by taken_at limit 1',
    [customerId, customerId * ID_STEP + 1, monthAgo(8)],
  );
  return globalId('Reading', rows[0]!.id);
}

const OF_SUBJECTS: Record<string, Read> = {
  'a device by its id': {
    query: ({ customerId }) => `{ device(id: ${customerId * ID_STEP + 1}) { databaseId } }`,
    name: 'device_by_id',
    by: [],
    partitions: () => ({}),
    pages: 5,
  },
  'the patients of fifty devices': {
    query: () => '{ devices(first: 50) { nodes { patient { databaseId } } } }',
    name: 'patient_by_id',
    by: [],
    partitions: () => ({}),
    pages: 50 * 5,
  },
};

const BY_GLOBAL_ID: Record<string, Read> = {
  'a reading by its global id': {
    query: async (target) => `{ node(id: "${await readingOf(target)}") { id } }`,
    name: 'reading_by_id',
    by: BY_ID,
    partitions: () => times([month(8)]),
    pages: 4,
  },
};
const BY_GLOBAL_ID_AMONG_ALL: Record<string, Read> = {
  'a reading by its global id': {
    ...BY_GLOBAL_ID['a reading by its global id']!,
    partitions: () => times([month(8)], 162),
    pages: 3 * 162,
  },
};

async function expectGoodPlans(target: Target, { query, name, by, partitions, pages }: Read): Promise<void> {
  const expected = await partitions(target);
  for (const { rows: _rows, ...plan } of await gateway.explained(target.caller(), await query(target), name)) {
    expect({
      ...plan,
      pages: plan.pages <= pages || plan.pages,
      indexes: plan.indexes.filter((index) => !by.includes(index)),
    }).toEqual({ shown: plan.shown, pages: true, scannedTables: [], partitions: expected, indexes: [] });
  }
}

describe.each<[string, Target, Record<string, Read>]>([
  ['a big customer', BIG, { ...OF_ONE, ...OF_CUSTOMER, ...OF_FIFTY, ...OF_SUBJECTS, ...BY_GLOBAL_ID }],
  ['a small customer', SMALL, { ...OF_ONE, ...OF_CUSTOMER, ...OF_FIFTY, ...BY_GLOBAL_ID }],
  ['a tiny customer', TINY, { ...OF_ONE, ...BY_GLOBAL_ID }],
  ['an operator', OPERATOR, { ...OF_ONE, ...OF_FIFTY, ...BY_GLOBAL_ID_AMONG_ALL }],
])('%s', (_who, target, reads) => {
  it.each(Object.entries(reads))('%s', (_what, read) => expectGoodPlans(target, read));
});

describe.each([1, 6, 20, 2_000])('with statistics of %i customers', (count) => {
  beforeAll(() => gateway.assumeCustomers(count));

  it.each(Object.entries({ ...OF_ONE, ...OF_CUSTOMER, ...OF_FIFTY, ...OF_SUBJECTS, ...BY_GLOBAL_ID }))(
    '%s',
    (_what, read) => expectGoodPlans(BIG, read),
  );
});

/** The time after the oldest reading of a customer. */
async function afterOldest(customerId: number): Promise<Date> {
  const { rows } = await gateway.app.admin.query<{ at: Date }>(
    `select min(taken_at) + interval '1 second' as at from reading where customer_id = $1`,
    [customerId],
  );
  return rows[0]!.at;
}

/** Readings of the next portion. */
async function inPortion(customerId: number, keptFrom: Date): Promise<number> {
  const { rows } = await gateway.app.admin.query<{ count: number }>(
    `select count(*)::int from (select from reading where customer_id = $1 and taken_at < $2 limit $3) r`,
    [customerId, keptFrom, PORTION],
  );
  return rows[0]!.count;
}

// The last tests: their deletions are rolled back, and leave pages that are not all-visible.
describe.each<[string, Target]>([
  ['a big customer', BIG],
  ['a small customer', SMALL],
  ['a tiny customer', TINY],
])('the old readings of %s are found and deleted by the index of ids', (_who, { customerId }) => {
  it.each<[string, (customerId: number) => Date | Promise<Date>]>([
    ['a full portion', () => monthAgo(3)],
    ['the last ones, beside the kept readings of their month', afterOldest],
  ])('%s', async (_what, timeOf) => {
    const keptFrom = await timeOf(customerId);
    const count = await inPortion(customerId, keptFrom);
    expect(count).toBeGreaterThan(0);
    const plans = await gateway.explainedAlone(
      (tx) => deleteExpired(tx, { customerId: String(customerId), keptFrom }, PORTION),
      'delete_expired_readings',
      'reading_retention_plan',
    );
    // Each reading is found, and found again to be deleted. The portion ends with a look into each partition.
    const maxRows = 2 * count + filledMonths();
    const maxPages = PAGES_OF_DELETION * count + 3 * filledMonths();
    for (const { shown, pages, rows, scannedTables, indexes } of plans) {
      expect({
        shown,
        pages: pages <= maxPages || pages,
        rows: rows <= maxRows || rows,
        scannedTables,
        indexes,
      }).toEqual({
        shown,
        pages: true,
        rows: true,
        scannedTables: [],
        indexes: BY_ID,
      });
    }
  });
});
