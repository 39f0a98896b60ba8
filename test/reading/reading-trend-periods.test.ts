import { namesOf } from '../support/statement-names';
import type { Caller } from '../support/device-fixture';
import { every, trendField, TrendFixture, type Point, type Trend } from './reading-trend.harness';

let world: TrendFixture;
beforeAll(async () => {
  world = await TrendFixture.start();
});
afterAll(() => world.stop());

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const after = (from: string, ms: number): string => new Date(Date.parse(from) + ms).toISOString();

it('a trend includes readings from `from` (inclusive) to `to` (exclusive)', async () => {
  const patientId = await world.patient();
  const times = ['2026-06-09T23:59:59.999Z', '2026-06-10T00:00:00.000Z', '2026-06-10T00:00:00.001Z', '2026-06-10T23:59:59.999Z', '2026-06-11T00:00:00.000Z']; // prettier-ignore
  await world.weigh(patientId, times);
  const between = async (from: string, to: string) =>
    Object.values(await world.counts(patientId, { kind: 'WEIGHT', bucket: 'MONTH', from, to }))[0] ?? 0;
  expect(await between('2026-06-10T00:00:00.000Z', '2026-06-11T00:00:00.000Z')).toBe(3);
  expect(await between('2026-06-10T00:00:00.001Z', '2026-06-11T00:00:00.000Z')).toBe(2);
  expect(await between('2026-06-10T00:00:00.000Z', '2026-06-11T00:00:00.001Z')).toBe(4);
  expect(await between('2026-06-10T00:00:00.000Z', '2026-06-10T00:00:00.001Z')).toBe(1);
  expect(await between('2026-06-10T00:00:00.002Z', '2026-06-10T23:59:59.999Z')).toBe(0);
  expect(await between('2026-06-10T02:00:00+02:00', '2026-06-10T20:00:00-04:00')).toBe(3);
});

describe('a period', () => {
  let patientId: string;
  beforeAll(async () => {
    patientId = await world.patient({ zip: '10001' });
    await world.weigh(patientId, ['2026-06-10T12:00:00.000Z']);
  });

  /** Asserts that a trend is refused for its period before any reading is read. */
  async function expectRefused(trend: Trend, path: readonly string[], rule: string): Promise<void> {
    const sent = await world.fixture.app.statementsOf(async () => {
      const { data, errors } = await world.send(patientId, trend);
      expect(errors).toMatchObject([
        {
          message: `${path.join('.')}: ${rule}`,
          path: ['patient', 'readingTrend'],
          extensions: { code: 'BAD_USER_INPUT', path },
        },
      ]);
      expect(data).toEqual({ patient: { readingTrend: null } });
    });
    expect(namesOf(sent)).toEqual(['patient_by_id']);
  }

  const from = '2026-06-10T12:00:00.000Z';

  it.each([0, -1, -DAY_MS, -40 * 365 * DAY_MS])('that ends %i ms after its start is refused', async (ms) => {
    const trend: Trend = { kind: 'WEIGHT', bucket: 'DAY', from, to: after(from, ms) };
    await expectRefused(trend, ['period', 'to'], 'must be later than period.from');
  });

  it.each<[Trend['bucket'], from: string, to: string]>([
    ['HOUR', '2026-06-10T12:00:00.000Z', after('2026-06-10T12:00:00.000Z', 1_000 * HOUR_MS)],
    // The last hour of a day with 25 hours.
    ['HOUR', after('2026-11-02T05:00:00.000Z', -1_000 * HOUR_MS), '2026-11-02T05:00:00.000Z'],
    ['DAY', '2024-01-01T05:00:00.000Z', '2026-09-27T04:00:00.000Z'],
    ['WEEK', '2008-01-07T05:00:00.000Z', after('2008-01-07T05:00:00.000Z', 7_000 * DAY_MS)],
    ['MONTH', '1950-01-01T05:00:00.000Z', '2033-05-01T04:00:00.000Z'],
  ])('of 1,000 %s buckets is accepted, and one longer by a millisecond is refused', async (bucket, start, end) => {
    const response = await world.trend(patientId, { kind: 'WEIGHT', bucket, from: start, to: end });
    expect(response.length).toBeLessThanOrEqual(1);
    const rule = `has 1,001 ${bucket} buckets; at most 1,000 are allowed. Use a longer bucket or a shorter period.`;
    await expectRefused({ kind: 'WEIGHT', bucket, from: start, to: after(end, 1) }, ['period'], rule);
    await expectRefused({ kind: 'WEIGHT', bucket, from: after(start, -1), to: end }, ['period'], rule);
  });

  it('of 1,000 buckets with a reading each returns all of them', async () => {
    const patient = await world.patient({ zone: 'Asia/Kolkata' });
    const period = { from: '2026-05-31T18:30:00.000Z', to: after('2026-05-31T18:30:00.000Z', 1_000 * HOUR_MS) };
    const starts = every(60, period.from, period.to);
    await world.weigh(patient, starts);
    const points = await world.trend(patient, { kind: 'WEIGHT', bucket: 'HOUR', ...period });
    expect(points.map(({ startsAt }) => startsAt)).toEqual(starts);
    expect(new Set(points.map(({ count }) => count))).toEqual(new Set([1]));
  });

  it.each(['HOUR', 'DAY', 'WEEK', 'MONTH'] as const)('of all time has too many %s buckets', async (bucket) => {
    const allTime = { from: '0001-01-01T00:00:00Z', to: '9999-12-31T23:59:59.999Z' };
    const { errors } = await world.send(patientId, { kind: 'WEIGHT', bucket, ...allTime });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', path: ['period'] } }]);
    expect(errors![0]!.message).toMatch(/^period: has (\d+,)?\d+,\d+ \w+ buckets; at most 1,000 are allowed\./);
  });

  it('that is refused does not affect other fields of the operation', async () => {
    const good = trendField({ kind: 'WEIGHT', bucket: 'DAY', from, to: after(from, 1) }, 'count');
    const bad = trendField({ kind: 'WEIGHT', bucket: 'DAY', from, to: from }, 'count');
    const { data, errors } = await world.fixture.app.query(
      'northside',
      `{ a: patient(id: ${patientId}) { ${good} } b: patient(id: ${patientId}) { ${bad} } }`,
    );
    expect(errors).toMatchObject([{ path: ['b', 'readingTrend'], extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(data).toEqual({ a: { readingTrend: [{ count: 1 }] }, b: { readingTrend: null } });
  });
});

describe('the statements of trends', () => {
  const JUNE = { from: '2026-06-01T00:00:00Z', to: '2026-07-01T00:00:00Z' };
  const trendOf = (kind: string, bucket: Trend['bucket'], period = JUNE) =>
    trendField({ kind, bucket, ...period }, 'startsAt count');

  it('are one per set of arguments, however often it is selected', async () => {
    const patientId = await world.patient();
    await world.weigh(patientId, ['2026-06-10T12:00:00.000Z']);
    const fields = [
      `a: ${trendOf('WEIGHT', 'DAY')}`,
      `b: ${trendOf('WEIGHT', 'DAY')}`,
      `c: ${trendOf('WEIGHT', 'HOUR')}`,
      `d: ${trendOf('HEART_RATE', 'DAY')}`,
      `e: ${trendOf('WEIGHT', 'DAY', { ...JUNE, to: '2026-06-30T00:00:00Z' })}`,
    ];
    let response: { patient: Record<string, Point[]> };
    const sent = await world.fixture.app.statementsOf(async () => {
      response = await world.fixture.app.data('northside', `{ patient(id: ${patientId}) { ${fields.join(' ')} } }`);
    });
    expect(namesOf(sent)).toEqual(['patient_by_id', ...Array<string>(4).fill('reading_trend')]);
    const day = [{ startsAt: '2026-06-10T00:00:00.000Z', count: 1 }];
    expect(response!.patient).toEqual({ a: day, b: day, c: [{ startsAt: '2026-06-10T12:00:00.000Z', count: 1 }], d: [], e: day }); // prettier-ignore
  });

  it('are one for twenty patients in different time zones', async () => {
    const zips = ['10001', '60601', '80202', '90001', '99501', '96813', '85001', '00901', '96910', null];
    const patients: string[] = [];
    for (let n = 0; n < 20; n += 1) patients.push(await world.patient({ zip: zips[n % zips.length] }));
    // The same times for all, which are on different days in different zones.
    for (const [n, patientId] of patients.entries())
      await world.weigh(patientId, every(60, '2026-06-10T00:00:00.000Z', '2026-06-11T00:00:00.000Z').slice(n));
    let response: { patients: { nodes: { databaseId: string; readingTrend: Point[] }[] } };
    const sent = await world.fixture.app.statementsOf(async () => {
      response = await world.fixture.app.data(
        'northside',
        `{ patients(last: 20) { nodes { databaseId ${trendOf('WEIGHT', 'DAY')} } } }`,
      );
    });
    expect(namesOf(sent)).toEqual(['patients', 'reading_trend']);
    expect(response!.patients.nodes.map(({ databaseId }) => databaseId)).toEqual(patients);
    const offsets = [-4, -5, -6, -7, -8, -10, -7, -4, 10, 0];
    const expected = patients.map((_, n) => {
      const counts = new Map<string, number>();
      for (const time of every(60, '2026-06-10T00:00:00.000Z', '2026-06-11T00:00:00.000Z').slice(n)) {
        const offsetMs = offsets[n % offsets.length]! * HOUR_MS;
        const start = new Date(Math.floor((Date.parse(time) + offsetMs) / DAY_MS) * DAY_MS - offsetMs).toISOString();
        counts.set(start, (counts.get(start) ?? 0) + 1);
      }
      return [...counts].map(([startsAt, count]) => ({ startsAt, count }));
    });
    expect(response!.patients.nodes.map(({ readingTrend }) => readingTrend)).toEqual(expected);
  });
});

it('a trend has only readings of the patient, for customers and operators', async () => {
  const { customers } = world.fixture.devices;
  const [mine, neighbor] = [await world.patient(), await world.patient()];
  const theirs = await world.patient({ customerId: customers.lakeview });
  await world.weigh(mine, ['2026-06-10T01:00:00.000Z']);
  await world.weigh(neighbor, ['2026-06-10T02:00:00.000Z', '2026-06-10T03:00:00.000Z']);
  await world.weigh(theirs, ['2026-06-10T04:00:00.000Z', '2026-06-10T05:00:00.000Z', '2026-06-10T06:00:00.000Z']);
  const june: Trend = { kind: 'WEIGHT', bucket: 'DAY', from: '2026-06-01T00:00:00Z', to: '2026-07-01T00:00:00Z' };
  const count = async (patientId: string, caller: Caller) =>
    (await world.trend(patientId, june, caller)).map((point) => point.count);
  expect(await count(mine, 'northside')).toEqual([1]);
  expect(await count(neighbor, 'northside')).toEqual([2]);
  expect((await world.send(theirs, june, 'northside')).data).toEqual({ patient: null });
  expect(await count(theirs, 'lakeview')).toEqual([3]);
  for (const [patientId, expected] of [[mine, [1]], [neighbor, [2]], [theirs, [3]]] as const)
    expect(await count(patientId, 'operator')).toEqual(expected);
}); // prettier-ignore

it('a trend has readings of a device only from the time when the patient held it', async () => {
  const patientId = await world.patient();
  const { fixture } = world;
  const { id: deviceId } = await fixture.device({
    patientId,
    from: '2026-06-02T00:00:00Z',
    to: '2026-06-03T00:00:00Z',
  });
  const times = every(12 * 60, '2026-06-01T00:00:00Z', '2026-06-04T00:00:00Z');
  await fixture.record(times.map((takenAt) => ({ deviceId, takenAt, weight: { value: 150, unit: 'POUND' } })));
  await world.weigh(patientId, ['2026-06-03T12:00:00.000Z']);
  const june: Trend = { kind: 'WEIGHT', bucket: 'DAY', from: '2026-06-01T00:00:00Z', to: '2026-07-01T00:00:00Z' };
  expect(await world.counts(patientId, june)).toEqual({
    '2026-06-02T00:00:00.000Z': 2,
    '2026-06-03T00:00:00.000Z': 1,
  });
});
