import type { Database } from '../../src/platform/db/database';
import { ReadingPartitions } from '../../src/features/reading/reading-partitions';
import { DeviceFixture } from '../support/device-fixture';
import { globalId } from '../support/global-id';
import { heldDevice, record, recordNew, type ReadingInput } from '../support/live-readings';
import { silentLog } from '../support/silent-log';
import type { TestApp } from '../support/test-app';
import { dropPartition, openDatabase, placesOf, stopMonths, untilGatewaysAreIdle } from './partitions.harness';

/** One weight of the cuff at each time. The partition of February is missing. */
const TIMES = {
  ancient: '2001-05-05T05:05:05.005Z',
  eve: '2024-12-31T23:59:59.999Z',
  january: '2025-01-31T23:59:59.999Z',
  first: '2025-02-01T00:00:00.000Z',
  middle: '2025-02-14T12:00:00.000Z',
  last: '2025-02-28T23:59:59.999Z',
  march: '2025-03-01T00:00:00.000Z',
  recent: '2025-11-03T08:00:00.000Z',
} as const;
type Name = keyof typeof TIMES;
const NAMES = Object.keys(TIMES) as Name[];
const FEBRUARY = 'reading_2025_02';
const IN_FEBRUARY: readonly Name[] = ['first', 'middle', 'last'];

let fixture: DeviceFixture;
let app: TestApp;
let database: Database;
let partitions: ReadingPartitions;
let ann: string;
let cuff: string;
let scale: string;
let input: ReadingInput[];
/** Ids by the names of their times. `pulse` is a heart rate of the cuff, `only` the only reading of the scale, both in February. */
const ids = {} as Record<Name | 'pulse' | 'only', string>;

beforeAll(async () => {
  fixture = await DeviceFixture.start({ instances: 2 });
  ({ app } = fixture);
  await stopMonths(app);
  await untilGatewaysAreIdle(app);
  ({ ann } = fixture.patients);
  cuff = await heldDevice(fixture, ann);
  scale = await heldDevice(fixture, ann);
  await fixture.sql(`update device_association set started_at = '2000-01-01'`);
  database = openDatabase(app);
  partitions = new ReadingPartitions(database, silentLog);

  await dropPartition(app, FEBRUARY);
  input = [
    ...NAMES.map((name) => ({ deviceId: cuff, takenAt: TIMES[name], weight: { value: 180, unit: 'POUND' } })),
    { deviceId: cuff, takenAt: TIMES.middle, heartRate: { value: 60 } },
    { deviceId: scale, takenAt: TIMES.first, weight: { value: 90, unit: 'POUND' } },
  ];
  const recorded = await recordNew(app, input);
  [...NAMES, 'pulse' as const, 'only' as const].forEach((name, index) => (ids[name] = recorded[index]!));
});
afterAll(async () => {
  await database.close();
  await fixture.stop();
});

const READS = `query ($cuff: ID!, $scale: ID!, $patient: ID!, $ids: [ID!]!) {
  cuff: device(id: $cuff) {
    all: readings(first: 100) { nodes { databaseId } }
    oldest: readings(last: 4) { nodes { databaseId } }
    february: readings(first: 100, filter: { takenAt: { from: "${TIMES.first}", to: "${TIMES.march}" } }) { nodes { databaseId } }
    before2025: readings(first: 100, filter: { takenAt: { to: "2025-01-01T00:00:00Z" } }) { nodes { databaseId } }
    latestReading { databaseId } pulse: latestReading(kind: HEART_RATE) { databaseId } latestReadingAt
  }
  scale: device(id: $scale) { latestReading { databaseId } latestReadingAt }
  patient(id: $patient) {
    readings(first: 100, filter: { kinds: [WEIGHT] }) { nodes { databaseId } }
    latestReadings { kind databaseId } latestReadingAt
    days: readingTrend(kind: WEIGHT, period: { from: "2025-01-30T00:00:00Z", to: "2025-03-02T00:00:00Z" }, bucket: DAY) { startsAt count }
    ancient: readingTrend(kind: WEIGHT, period: { from: "2001-01-01T00:00:00Z", to: "2002-01-01T00:00:00Z" }, bucket: MONTH) { startsAt count }
  }
  nodes(ids: $ids) { ... on Reading { databaseId } }
}`;

/** Reads the readings in every possible way, and lists page by page in both directions. */
async function everyRead() {
  const found = await app.data('northside', READS, {
    cuff,
    scale,
    patient: ann,
    ids: Object.values(ids).map((id) => globalId('Reading', id)),
  });
  return { ...found, forward: await pages('first', 'after'), backward: await pages('last', 'before') };
}

async function pages(size: 'first' | 'last', from: 'after' | 'before'): Promise<string[]> {
  const seen: string[] = [];
  for (let cursor: string | null = null; ;) {
    const { device } = await app.data<{
      device: { readings: { nodes: { databaseId: string }[]; pageInfo: Record<string, string | boolean | null> } };
    }>(
      'northside',
      `query ($id: ID!, $cursor: String) { device(id: $id) { readings(${size}: 2, ${from}: $cursor) {
         nodes { databaseId } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`,
      { id: cuff, cursor },
    );
    const { nodes, pageInfo } = device.readings;
    const page = nodes.map(({ databaseId }) => databaseId);
    if (size === 'first') seen.push(...page);
    else seen.unshift(...page);
    if (!pageInfo[size === 'first' ? 'hasNextPage' : 'hasPreviousPage']) return seen;
    cursor = pageInfo[size === 'first' ? 'endCursor' : 'startCursor'] as string;
  }
}

describe('readings of months without a partition', () => {
  const nodes = (...names: (keyof typeof ids)[]) => ({ nodes: names.map((name) => ({ databaseId: ids[name] })) });

  it('are found by every read, also when the default partition becomes that of their month; no row moves', async () => {
    const places = await placesOf(app, Object.values(ids));
    const inDefault = [...IN_FEBRUARY, 'pulse', 'only'] as const;
    expect(Object.keys(places).filter((id) => places[id] === 'reading_default')).toEqual(
      inDefault.map((name) => ids[name]).sort(),
    );

    const found = await everyRead();
    const newestFirst = ['recent', 'march', 'last', 'pulse', 'middle', 'first', 'january', 'eve', 'ancient'] as const;
    expect(found).toEqual({
      cuff: {
        all: nodes(...newestFirst),
        oldest: nodes(...newestFirst.slice(-4)),
        february: nodes('last', 'pulse', 'middle', 'first'),
        before2025: nodes('eve', 'ancient'),
        latestReading: { databaseId: ids.recent },
        pulse: { databaseId: ids.pulse },
        latestReadingAt: TIMES.recent,
      },
      scale: { latestReading: { databaseId: ids.only }, latestReadingAt: TIMES.first },
      patient: {
        readings: nodes('recent', 'march', 'last', 'middle', 'only', 'first', 'january', 'eve', 'ancient'),
        latestReadings: [
          { kind: 'WEIGHT', databaseId: ids.recent },
          { kind: 'HEART_RATE', databaseId: ids.pulse },
        ],
        latestReadingAt: TIMES.recent,
        days: [
          { startsAt: '2025-01-31T00:00:00.000Z', count: 1 },
          { startsAt: '2025-02-01T00:00:00.000Z', count: 2 },
          { startsAt: '2025-02-14T00:00:00.000Z', count: 1 },
          { startsAt: '2025-02-28T00:00:00.000Z', count: 1 },
          { startsAt: '2025-03-01T00:00:00.000Z', count: 1 },
        ],
        ancient: [{ startsAt: '2001-05-01T00:00:00.000Z', count: 1 }],
      },
      nodes: Object.values(ids).map((databaseId) => ({ databaseId })),
      forward: newestFirst.map((name) => ids[name]),
      backward: newestFirst.map((name) => ids[name]),
    });
    await expectStored();
    const rows = await fixture.sql('select ctid, xmin, * from reading order by id');

    expect(await partitions.ensure()).toBe(1);

    const promoted = [...IN_FEBRUARY, 'pulse', 'only'].map((name) => [ids[name as Name], FEBRUARY]);
    expect(await placesOf(app, Object.values(ids))).toEqual({
      ...places,
      ...(Object.fromEntries(promoted) as typeof places),
    });
    expect(await fixture.sql('select ctid, xmin, * from reading order by id')).toEqual(rows);
    expect(await everyRead()).toEqual(found);
    await expectStored();
  });

  /** Asserts that they are duplicates when sent again, and conflicts with other values. */
  async function expectStored(): Promise<void> {
    const again = await record(app, input);
    expect(again.map(({ outcome, reading }) => [outcome, reading!.databaseId])).toEqual(
      Object.values(ids).map((id) => ['DUPLICATE', id]),
    );
    const others = input.map((reading) =>
      'weight' in reading ? { ...reading, weight: { value: 7, unit: 'POUND' } } : reading,
    );
    expect((await record(app, others)).map(({ outcome, reading }) => [outcome, reading!.databaseId])).toEqual(
      Object.entries(ids).map(([name, id]) => [name === 'pulse' ? 'DUPLICATE' : 'CONFLICT', id]),
    );
  }
});
