import type { CallerName } from '../../support/test-app';
import { ID_STEP, monthAgo } from './reading-plans.data';
import { ExplainedGateway } from './reading-plans.harness';

let gateway: ExplainedGateway;
beforeAll(async () => {
  gateway = await ExplainedGateway.start();
});
afterAll(() => gateway.stop());

const OLDEST_FIRST = 'sort: { field: LATEST_READING_AT, direction: ASC }';
const NEWEST_FIRST = 'sort: { field: LATEST_READING_AT, direction: DESC }';
const silent = (months: number, more = '') => `filter: { silentSince: "${monthAgo(months).toISOString()}" ${more} }`;

/** 8 kB pages for 51 rows, each found in two tables with three pages per lookup. */
const OF_PAGE = 51 * 6;

/** Name, list, arguments and maximum number of 8 kB pages. */
const LISTS: [what: string, list: 'devices' | 'patients', given: string, pages?: number][] = [
  ['devices, silent devices first', 'devices', OLDEST_FIRST],
  ['devices, silent devices last', 'devices', NEWEST_FIRST],
  ['silent devices', 'devices', silent(1)],
  ['silent devices, longest first', 'devices', `${silent(1)}, ${OLDEST_FIRST}`, 450],
  ['silent devices, longest last', 'devices', `${silent(1)}, ${NEWEST_FIRST}`, 450],
  ['devices that have been silent for long', 'devices', `${silent(11)}, ${NEWEST_FIRST}`],
  ['silent devices with patients', 'devices', silent(1, 'associated: true'), 600],
  ['silent devices of a status', 'devices', `${silent(1, 'statuses: [WITH_PATIENT]')}, ${NEWEST_FIRST}`, 600],
  // One in seven of the scanned devices.
  ['silent devices of an item', 'devices', `${silent(1, 'itemIds: [3]')}, ${OLDEST_FIRST}`, 2000],
  ['patients, silent patients first', 'patients', OLDEST_FIRST],
  ['patients, silent patients last', 'patients', NEWEST_FIRST],
  ['silent patients', 'patients', silent(1)],
  ['silent patients, longest first', 'patients', `${silent(1)}, ${OLDEST_FIRST}`],
  ['silent patients by name', 'patients', `${silent(1)}, sort: { field: LAST_NAME, direction: ASC }`],
  ['patients who have been silent for long', 'patients', silent(11), 1000],
  // For a small customer, all patients are joined.
  ['silent patients who hold a device', 'patients', silent(1, 'holdsDevice: true'), 1500],
  ['devices with a recent reading', 'devices', `filter: { latestReadingAt: { from: "${monthAgo(1).toISOString()}" } }`],
];

/** Not for operators: without an index by time over all customers, their lists are sorted completely. */
describe.each<[string, CallerName]>([
  ['a big customer', 'northside'],
  ['a small customer', 'lakeview'],
])('lists of %s by newest reading', (_who, caller) => {
  it.each(LISTS)('%s', async (_what, list, given, pages = OF_PAGE) => {
    const page = (more: string) =>
      `{ list: ${list}(first: 50, ${given} ${more}) { nodes { id } pageInfo { endCursor } } }`;
    const { list: first } = await gateway.app.data<{ list: { pageInfo: { endCursor: string } } }>(caller, page(''));
    for (const query of [page(''), page(`, after: "${first.pageInfo.endCursor}"`)])
      expect(await badPlans(caller, query, list, pages)).toEqual([]);
  });
});

it('counts the silent devices and patients of a small customer', async () => {
  for (const list of ['devices', 'patients'])
    expect(await badPlans('lakeview', `{ ${list}(${silent(1)}) { totalCount } }`, `${list}_count`, 500)).toEqual([]);
});

it.each<[CallerName, number]>([
  ['northside', 20_000],
  ['lakeview', 1_000],
])('reads only the devices of the sites of %s to sort them by newest reading', async (caller, devices) => {
  const query = `{ sites { nodes { devices(first: 10, ${NEWEST_FIRST}) { nodes { id } } } } }`;
  expect(await badPlans(caller, query, 'devices_by_site', devices * 5)).toEqual([]);
});

/** Plans of a statement that scan a table or read too many pages. */
async function badPlans(caller: CallerName, query: string, name: string, pages: number): Promise<unknown[]> {
  const plans = await gateway.explained(caller, query, name);
  return plans.filter((plan) => plan.scannedTables.length > 0 || plan.pages > pages);
}

const RECORD = `mutation ($input: RecordReadingsInput!) { recordReadings(input: $input) { recorded duplicates } }`;
const DAY_MS = 86_400_000;
const BATCH = 100;
/** A value that no other reading has. */
const GLUCOSE = 91;

/** Every second reading names its device by an identifier, every fifth also names its patient. */
function batchOf(customerId: number, start: number, apartMs: number) {
  const id = (n: number) => String(customerId * ID_STEP + n);
  return Array.from({ length: BATCH }, (_, index) => {
    const n = 1 + (index % 60);
    return {
      ...(index % 2 === 0 ? { deviceId: id(n) } : { deviceIdentifier: `sn-${id(n)}` }),
      ...(index % 5 === 0 && { patientId: id(Math.ceil(n / 4)) }),
      takenAt: new Date(start - index * apartMs).toISOString(),
      bloodGlucose: { glucose: { value: GLUCOSE, unit: 'MILLIGRAM_PER_DECILITER' } },
    };
  });
}

/** Maximum number of pages per statement, for 60 devices, 15 patients and 100 readings. */
const PAGES_OF_BATCH: Record<string, number> = {
  // The page of the sequence, once per number.
  next_reading_numbers: BATCH * 2,
  lock_devices_for_readings: 60 * 6,
  holders_for_readings: 60 * 9,
  patients_for_readings: 50,
  // Three indexes are searched and then written, all in memory. Then the activity of devices and patients, and the events.
  insert_readings: BATCH * 30 + 60 * 20 + 15 * 20 + 200,
  stored_readings: BATCH * 8,
};

describe.each<[string, CallerName, number]>([
  ['a big customer', 'northside', 1],
  ['a small customer', 'lakeview', 2],
  ['an operator', 'operator', 1],
])('a batch of 100 readings by %s', (_who, caller, customerId) => {
  it.each([
    ['within minutes', 1_000],
    ['over most of a year', 3 * DAY_MS],
  ])('%s', async (_when, apartMs) => {
    const readings = batchOf(customerId, monthAgo(0).getTime() + DAY_MS / 4, apartMs);
    const record = (counts: { recorded: number; duplicates: number }) =>
      gateway.app.statementsOf(async () => {
        const { recordReadings } = await gateway.app.data(caller, RECORD, { input: { readings } });
        expect(recordReadings).toEqual(counts);
      });
    const recording = await record({ recorded: BATCH, duplicates: 0 });
    const repeating = await record({ recorded: 0, duplicates: BATCH });

    const [stored] = await gateway.explainAll(repeating.find(({ text }) => text.startsWith('/* stored_readings */'))!);
    expect(stored!.partitions).toEqual(
      countBy(readings, ({ takenAt }) => `reading_${takenAt.slice(0, 7).replace('-', '_')}`),
    );
    await gateway.app.admin.query('delete from reading where glucose = $1', [GLUCOSE]);
    const names = new Set<string>();
    for (const statement of [...recording, ...repeating]) {
      const name = /^\/\* (\w+) \*\//.exec(statement.text)?.[1];
      if (name === undefined) continue;
      names.add(name);
      const plans = await gateway.explainAll(statement);
      const tooBig = plans.filter(
        ({ pages, scannedTables }) => pages > PAGES_OF_BATCH[name]! || scannedTables.length > 0,
      );
      expect(tooBig).toEqual([]);
    }
    expect([...names].sort()).toEqual(Object.keys(PAGES_OF_BATCH).sort());
  });
});

function countBy<T>(values: readonly T[], keyOf: (value: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[keyOf(value)] = (counts[keyOf(value)] ?? 0) + 1;
  return counts;
}
