import { DataSource } from 'typeorm';
import { ReadingEventsByColumn1795651320000 } from '../../migrations/1795651320000-reading-events-by-column';
import { readingsIn } from '../../src/features/reading/reading.events';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

let database: TestDatabase;
let source: DataSource;
beforeAll(async () => {
  database = await createTestDatabase('empty');
  source = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  await source.query(`insert into customer (name) values ('One')`);
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});

const WEIGHED = {
  customerId: '1',
  id: '911052757794864779',
  takenAt: new Date('2026-11-20T10:00:00.001Z'),
  receivedAt: new Date('2026-11-20T10:00:05.500Z'),
  deviceId: '1',
  patientId: null,
  weight: 170.5,
  temperature: null,
  peakExpiratoryFlow: null,
  forcedExpiratoryVolumeInOneSecond: null,
  deviceTimeZoneOffset: -18_000,
  patientTimeZoneOffset: null,
  kindNumber: 4,
  systolic: null,
  diastolic: null,
  heartRate: null,
  glucose: null,
  bloodOxygen: null,
  manual: false,
  beforeMeal: null,
  afterMeal: null,
};
const SUGAR = {
  ...WEIGHED,
  id: '911052757794864780',
  patientId: '7',
  weight: null,
  patientTimeZoneOffset: -14_400,
  kindNumber: 2,
  glucose: 104,
  manual: true,
  beforeMeal: true,
  afterMeal: false,
};

it('streams the readings of events stored by an earlier version', async () => {
  const before = {
    columns: Object.keys(WEIGHED),
    rows: [
      [...Object.values(WEIGHED), ['3', '4']],
      [...Object.values(SUGAR), []],
    ],
  };
  const [{ id }] = await source.query<[{ id: string }]>(
    `insert into event (customer_id, type, payload) values (1, 'reading.recorded', $1) returning id`,
    [JSON.stringify(before)],
  );
  const runner = source.createQueryRunner();
  const migration = new ReadingEventsByColumn1795651320000();
  await migration.up(runner);
  await migration.up(runner); // finds nothing more to do
  await runner.release();

  const [{ payload }] = await source.query<[{ payload: Record<string, unknown> }]>(
    'select payload from event where id = $1',
    [id],
  );
  const decoded = readingsIn(payload);
  // Since then, two flags have become one column, and the unit was added.
  const { beforeMeal: _before, afterMeal: _after, ...weighed } = { ...WEIGHED, mealTiming: null, sentUnit: null };
  const { beforeMeal: _was, afterMeal: _wasNot, ...sugar } = { ...SUGAR, mealTiming: 'BEFORE_MEAL', sentUnit: null };
  expect(decoded.map((one) => one.decode())).toMatchObject([weighed, sugar]);
  expect(decoded.map(({ siteIds }) => siteIds)).toEqual([['3', '4'], []]);
  const forced = `select relforcerowsecurity as forced from pg_class where oid = 'event'::regclass`;
  expect(await source.query(forced)).toEqual([{ forced: true }]);
});
