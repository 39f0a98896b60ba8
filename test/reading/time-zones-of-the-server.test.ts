import { GatewayBuild, type GatewayProcess } from '../support/gateway-process';
import { Patients } from '../support/patients';
import { APP_SECRET, TestApp } from '../support/test-app';

/** Time zones of processes and database sessions that differ from each other and from the patient's. */
const OF_THE_PROCESS = 'Pacific/Kiritimati';
const OF_THE_DATABASE = 'Asia/Kolkata';

let app: TestApp;
let build: GatewayBuild;
let gateway: GatewayProcess;
beforeAll(async () => {
  app = await TestApp.start();
  await app.admin.query(`alter database "${app.database.name}" set timezone to '${OF_THE_DATABASE}'`);
  build = await GatewayBuild.make();
  gateway = await build.start({
    TZ: OF_THE_PROCESS,
    DATABASE_URL: app.database.url,
    APP_SECRET,
    DEMO: 'on',
  });
  app.urls.push(gateway.url);
});
afterAll(async () => {
  await gateway.end('SIGTERM');
  await build.remove();
  await app.stop();
});

const RECORD = `mutation ($input: RecordReadingsInput!) { recordReadings(input: $input) {
  results { outcome reading { takenAt patientTimeZoneOffset } } } }`;
const CHART = `query ($id: ID!) { patient(id: $id) {
  readings { nodes { takenAt patientTimeZoneOffset } } latestReadings { takenAt } latestReadingAt
  readingTrend(kind: WEIGHT, period: { from: "2025-11-01T00:00:00Z", to: "2025-11-04T00:00:00Z" }, bucket: DAY) { startsAt count } } }`;

it('results do not depend on the time zones of the gateway and the database', async () => {
  const { databaseId } = await new Patients(app).made({ address: { zipCode: '10001' } });
  const stored = [
    // In New York: Saturday evening, both sides of the clock change on Sunday, and Sunday evening.
    { takenAt: '2025-11-02T02:00:00.000Z', patientTimeZoneOffset: -14_400 },
    { takenAt: '2025-11-02T05:59:59.999Z', patientTimeZoneOffset: -14_400 },
    { takenAt: '2025-11-02T06:00:00.000Z', patientTimeZoneOffset: -18_000 },
    { takenAt: '2025-11-03T04:59:59.999Z', patientTimeZoneOffset: -18_000 },
  ];
  const readings = stored.map(({ takenAt }) => ({
    patientId: databaseId,
    takenAt,
    manual: true,
    weight: { value: 180, unit: 'POUND' },
  }));
  const record = async (instance: number) =>
    (await app.data('northside', RECORD, { input: { readings } }, instance)).recordReadings as unknown;
  expect(await record(1)).toEqual({ results: stored.map((reading) => ({ outcome: 'RECORDED', reading })) });
  expect(await record(0)).toEqual({ results: stored.map((reading) => ({ outcome: 'DUPLICATE', reading })) });

  for (const instance of [0, 1]) {
    expect(await app.data('northside', CHART, { id: databaseId }, instance)).toEqual({
      patient: {
        readings: { nodes: stored.toReversed() },
        latestReadings: [{ takenAt: '2025-11-03T04:59:59.999Z' }],
        latestReadingAt: '2025-11-03T04:59:59.999Z',
        readingTrend: [
          { startsAt: '2025-11-01T04:00:00.000Z', count: 1 },
          { startsAt: '2025-11-02T04:00:00.000Z', count: 3 },
        ],
      },
    });
  }
});
