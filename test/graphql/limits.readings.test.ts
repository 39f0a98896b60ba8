import { parse, validate } from 'graphql';
import { DEFAULT_LIMITS } from '../../src/platform/operation/limits';
import { operationCost } from './operation-cost';
import { buildGatewaySchema } from '../../src/features';
import { RawSocket, type SocketResult } from '../support/raw-socket';
import { KEYS, TestApp } from '../support/test-app';

const schema = buildGatewaySchema();

/** Kinds of readings, of each of which a patient has a latest one. */
const KINDS = 9;

function cost(source: string, variables: Record<string, unknown> = {}): number {
  const document = parse(source);
  expect(validate(schema, document)).toEqual([]);
  return operationCost(schema, document, null, variables);
}

describe('a trend costs the maximum number of points in its period', () => {
  const TREND = `query ($from: DateTime!, $to: DateTime!, $bucket: TrendBucket!) {
    patient(id: 1) { readingTrend(kind: WEIGHT, period: { from: $from, to: $to }, bucket: $bucket) { startsAt count } } }`;
  const from = '2026-03-01T05:00:00Z';

  it.each([
    ['30 days', 'DAY', '2026-03-31T04:00:00Z', 31],
    ['a day of hours', 'HOUR', '2026-03-02T05:00:00Z', 25],
    ['a day of weeks', 'WEEK', '2026-03-02T05:00:00Z', 2],
    ['a year of weeks', 'WEEK', '2027-03-01T05:00:00Z', 54],
    ['a year of months', 'MONTH', '2027-03-01T05:00:00Z', 15],
    ['a moment', 'MONTH', '2026-03-01T05:00:00.001Z', 2],
    ['an hour, with another UTC offset', 'HOUR', '2026-03-01T11:30:00+05:30', 2],
    ['the maximum', 'HOUR', '2026-04-11T20:00:00Z', 1_000],
    ['more than the maximum, which is refused later', 'HOUR', '2030-01-01T00:00:00Z', 1_000],
    ['a negative period, which is refused later', 'DAY', '2026-02-01T00:00:00Z', 1],
    ['an invalid time, which is refused later', 'DAY', 'tomorrow', 1],
    ['a number instead of a time', 'DAY', 20260401, 1],
    ['an object instead of a time', 'DAY', { from }, 1],
    ['an unknown bucket', 'YEAR', '2030-01-01T00:00:00Z', 1],
    ['a bucket with the name of a property of Object.prototype', 'constructor', '2030-01-01T00:00:00Z', 1],
  ])('%s', (_what, bucket, to, points) => {
    expect(cost(TREND, { from, to, bucket })).toBe(Math.ceil((10 + points * 12) / 10));
  });

  it('times its measurements, with arguments in the document', () => {
    expect(
      cost(`{ patient(id: 1) { readingTrend(kind: WEIGHT, period: { from: "2026-03-01T00:00:00Z", to: "2026-03-11T00:00:00Z" }, bucket: DAY) {
        measurements { mean } } } }`),
    ).toBe(Math.ceil(1 + 11 * (1 + 3 * 1.1)));
  });
});

describe('cost of screens with readings', () => {
  const trend = (name: string, kind: string): string =>
    `${name}: readingTrend(kind: ${kind}, period: { from: "2026-03-01T00:00:00Z", to: "2026-03-31T00:00:00Z" }, bucket: DAY) {
      startsAt measurements { name min max mean } }`;
  const ward = (first: number, trends: string): string =>
    `{ patients(first: ${first}) { nodes { id latestReadingAt latestReadings { id takenAt measurements { name value unit } } ${trends} } } }`;
  const OVERLAY = 'takenAt kind measurements { name value unit }';

  it.each([
    [
      '50 patients, their latest readings and a trend of 30 days',
      ward(50, trend('weight', 'WEIGHT')),
      1 + 50 * (1.2 + KINDS * 5.1 + 31 * 5.3),
    ],
    [
      '50 patients with three trends',
      ward(50, ['WEIGHT', 'BLOOD_PRESSURE', 'BLOOD_GLUCOSE'].map((kind) => trend(kind.toLowerCase(), kind)).join(' ')),
      1 + 50 * (1.2 + KINDS * 5.1 + 3 * 31 * 5.3),
    ],
    ['100 patients with a trend', ward(100, trend('weight', 'WEIGHT')), 1 + 100 * (1.2 + KINDS * 5.1 + 31 * 5.3)],
    ['a full page of readings', `{ patient(id: 1) { readings(first: 100) { nodes { ${OVERLAY} } } } }`, 2 + 100 * 5.1],
    [
      '100 patients and 100 readings each',
      '{ patients(first: 100) { nodes { readings(first: 100) { nodes { id } } } } }',
      1 + 100 * (2 + 100 * 1.1),
    ],
  ])('%s are within the limit', (_what, source, expected) => {
    expect(cost(source)).toBeCloseTo(expected, 5);
    expect(expected).toBeLessThanOrEqual(DEFAULT_LIMITS.maxCost);
  });

  it.each([
    [
      '100 patients with two trends',
      ward(100, trend('weight', 'WEIGHT') + trend('oxygen', 'BLOOD_OXYGEN')),
      1 + 100 * (1.2 + KINDS * 5.1 + 2 * 31 * 5.3),
    ],
    [
      '100 readings of 100 patients with their devices and patients',
      '{ patients(first: 100) { nodes { readings(first: 100) { nodes { device { id } patient { id } } } } } }',
      1 + 100 * (2 + 100 * 3.2),
    ],
    [
      '100 readings of 100 patients with their measurements',
      `{ patients(first: 100) { nodes { readings(first: 100) { nodes { ${OVERLAY} } } } } }`,
      1 + 100 * (2 + 100 * 5.1),
    ],
  ])('%s exceed the limit', (_what, source, expected) => {
    expect(cost(source)).toBeCloseTo(expected, 5);
    expect(expected).toBeGreaterThan(DEFAULT_LIMITS.maxCost);
  });
});

describe('recordReadings with 1,000 readings', () => {
  const ALL_OF_ONE = `__typename id databaseId kind takenAt receivedAt attribution manual deviceTimeZoneOffset patientTimeZoneOffset
    measurements { name value unit } ... on BloodPressureReading { systolic diastolic heartRate }`;
  const results = (more = ''): string =>
    `results { outcome userErrors { code message path } reading { ${ALL_OF_ONE} ${more} } }`;
  const RECORD = `mutation ($input: RecordReadingsInput!) {
    recordReadings(input: $input) { recorded duplicates conflicts refused ${results()} } }`;

  /** Readings with all members that a client can send. */
  const readings = (identifier: string, from: number): object[] =>
    Array.from({ length: 1_000 }, (_, index) => ({
      deviceIdentifier: identifier,
      takenAt: new Date(Date.parse('2026-01-05T00:00:00.123Z') + (from + index) * 60_000).toISOString(),
      deviceTimeZoneOffset: -18_000,
      manual: false,
      bloodPressure: { systolic: 120 + (index % 40), diastolic: 80 + (index % 20), heartRate: 60 + (index % 50) },
    }));

  it('costs the writes, the items of the list, and the returned objects', () => {
    // 1,000 times 10 for the write, 0.1 for the item, 1.1 for the result, 2.2 for an error, 2.3 for the reading with 13 scalars,
    // and 3 times 1.3 for a measurement; and 4 scalars of the payload.
    const input = { readings: readings('ABC123', 0) };
    expect(cost(RECORD, { input })).toBe(19_601);
    const withNodes = RECORD.replace(results(), results('device { id } patient { id }'));
    expect(cost(withNodes, { input })).toBe(21_801);
    expect(cost(withNodes, { input })).toBeLessThanOrEqual(DEFAULT_LIMITS.maxCost);
    const twice = `mutation ($input: RecordReadingsInput!) { a: recordReadings(input: $input) { ${results()} }
      b: recordReadings(input: $input) { ${results()} } }`;
    expect(cost(twice, { input })).toBeGreaterThan(DEFAULT_LIMITS.maxCost);
  });

  describe('is executed', () => {
    let app: TestApp;
    beforeAll(async () => {
      app = await TestApp.start();
    });
    afterAll(() => app.stop());

    interface Recorded {
      recorded: number;
      results: { outcome: string; userErrors: object[]; reading: { measurements: object[] } }[];
    }
    type Result = SocketResult & { data?: { recordReadings?: Recorded } | null };
    type Transport = (query: string, variables: Record<string, unknown>) => Promise<Result>;

    const overHttp: Transport = (query, variables) =>
      app.query<{ recordReadings: Recorded }>('ingest', query, variables);
    const overWebSocket: Transport = async (query, variables) => {
      const socket = await RawSocket.connect(app.url, KEYS.ingest);
      try {
        return await socket.execute({ query, variables });
      } finally {
        await socket.close();
      }
    };

    it.each([
      ['HTTP', overHttp, 0],
      ['WebSocket', overWebSocket, 1_000],
    ])('over %s', async (_transport, send, from) => {
      const input = { readings: readings('ABC123', from) };
      const { data, errors } = await send(RECORD, { input });
      expect(errors).toBeUndefined();
      const recorded = data!.recordReadings!;
      expect(recorded.recorded).toBe(1_000);
      expect(recorded.results).toHaveLength(1_000);
      expect(recorded.results.every(({ reading }) => reading.measurements.length === 3)).toBe(true);
    });

    it.each([
      ['HTTP', overHttp],
      ['WebSocket', overWebSocket],
    ])('over %s only once per operation, and only with the readings in the variables', async (_transport, send) => {
      const all = readings('ABC123', 5_000);
      const twice = `mutation ($input: RecordReadingsInput!) { a: recordReadings(input: $input) { ${results()} }
        b: recordReadings(input: $input) { ${results()} } }`;
      const inDocument = `mutation { recordReadings(input: { readings: [${all.map((reading) => JSON.stringify(reading).replace(/"(\w+)":/g, '$1:')).join()}] }) { recorded } }`;
      for (const [source, variables] of [
        [twice, { input: { readings: all } }],
        [inDocument, {}],
      ] as const) {
        const statements = await app.statementsOf(async () => {
          const { errors } = await send(source, variables);
          expect(errors).toMatchObject([{ extensions: { code: 'OPERATION_TOO_COMPLEX' } }]);
        });
        expect(statements).toEqual([]);
      }
    });
  });
});
