import fc from 'fast-check';
import { queryOf, walk } from '../support/connections';
import { globalId } from '../support/global-id';
import { newestFirst, readingsOf, recordShuffled, type ListedReading } from './reading-lists.harness';
import { hoursFromNow, ReadingProgramme } from './reading-programme.harness';
import { SAMPLES } from './reading-samples.harness';

/** The times that filters are about: around the end of a month, of the default partition, and days apart. */
const INSTANTS = [
  '2024-12-31T23:59:59.999Z',
  '2025-01-01T00:00:00.000Z',
  '2026-05-31T23:59:59.999Z',
  '2026-06-01T00:00:00.000Z',
  '2026-06-01T00:00:00.001Z',
  hoursFromNow(-48),
  hoursFromNow(-24),
];
const KINDS = SAMPLES.map(({ kind }) => kind);
/** The cuff has one of each, the scale every other one. */
const OF_CUFF = INSTANTS.length * KINDS.length;
const OF_SCALE = Math.ceil(OF_CUFF / 2);

let programme: ReadingProgramme;
let ann: string;
let cuff: string;
let scale: string;
let unused: string;
let all: ListedReading[];

beforeAll(async () => {
  programme = await ReadingProgramme.start();
  ann = programme.devices.patients.ann;
  [cuff, scale, unused] = [
    (await programme.heldDevice()).id,
    (await programme.heldDevice()).id,
    (await programme.heldDevice()).id,
  ];
  const combinations = INSTANTS.flatMap((takenAt) => KINDS.map((kind) => ({ takenAt, kind })));
  // A device sends readings too that somebody entered by hand.
  const readings = combinations.flatMap((one, index) => [
    { ...one, deviceId: cuff, patientId: ann, manual: index % 5 === 0 },
    ...(index % 2 === 0 ? [{ ...one, deviceId: scale, patientId: ann, manual: index % 3 === 0 }] : []),
    ...(index % 4 === 1 ? [{ ...one, deviceId: null, patientId: ann, manual: true }] : []),
  ]);
  all = await recordShuffled(programme, readings);
});
afterAll(() => programme.stop());

interface Filter {
  kind?: string[] | null;
  takenFrom?: string | null;
  takenTo?: string | null;
  manual?: boolean | null;
  deviceId?: string[] | null;
}

/** The meaning of a filter, in as few words as possible. */
function matches(reading: ListedReading, { kind, takenFrom, takenTo, manual, deviceId }: Filter): boolean {
  const takenAt = Date.parse(reading.takenAt);
  return (
    (kind == null || kind.includes(reading.kind)) &&
    (takenFrom == null || takenAt >= Date.parse(takenFrom)) &&
    (takenTo == null || takenAt < Date.parse(takenTo)) &&
    (manual == null || reading.manual === manual) &&
    (deviceId == null || (reading.deviceId !== null && deviceId.includes(reading.deviceId)))
  );
}

const OWNERS = ['Patient', 'Device'] as const;

/** Walks both lists under a filter, one forward and one backward. @returns how many readings there were */
async function check(filter: Filter, size = 100): Promise<number> {
  let found = 0;
  for (const owner of OWNERS) {
    const [id, readings] = owner === 'Patient' ? [ann, all] : [cuff, all.filter(({ deviceId }) => deviceId === cuff)];
    const expected = newestFirst(readings.filter((reading) => matches(reading, filter)));
    const list = readingsOf(owner, id, { ...filter });
    expect({ filter, ids: await walk(programme.app, list, size, owner === 'Device') }).toEqual({
      filter,
      ids: expected,
    });
    found += expected.length;
  }
  return found;
}

describe('each condition by itself', () => {
  it('kind: any of them', async () => {
    expect(await check({ kind: ['WEIGHT'] })).toBe(2 * 7 + 3 + 2);
    expect(await check({ kind: ['WEIGHT', 'PEAK_FLOW', 'WEIGHT'] })).toBeGreaterThan(30);
    expect(await check({ kind: KINDS })).toBe(all.length + OF_CUFF);
  });

  it('takenFrom: inclusive', async () => {
    const [at, after] = ['2026-06-01T00:00:00.000Z', '2026-06-01T00:00:00.001Z'];
    const ofInstant = await check({ takenFrom: at, takenTo: after });
    expect(ofInstant).toBeGreaterThan(14);
    expect((await check({ takenFrom: at })) - (await check({ takenFrom: after }))).toBe(ofInstant);
    expect(await check({ takenFrom: '2024-12-31T23:59:59.999Z' })).toBe(all.length + OF_CUFF);
    expect(await check({ takenFrom: hoursFromNow(-24, 1) })).toBe(0);
  });

  it('takenTo: exclusive', async () => {
    expect(await check({ takenTo: '2024-12-31T23:59:59.999Z' })).toBe(0);
    expect(await check({ takenTo: '2025-01-01T00:00:00.000Z' })).toBeGreaterThan(14);
    expect((await check({ takenTo: hoursFromNow(-24, 1) })) - (await check({ takenTo: hoursFromNow(-24) }))).toBe(
      await check({ takenFrom: hoursFromNow(-24) }),
    );
  });

  it('manual: either', async () => {
    const [byHand, sent] = [await check({ manual: true }), await check({ manual: false })];
    expect(byHand).toBeGreaterThan(20);
    expect(byHand + sent).toBe(all.length + OF_CUFF);
  });

  it('deviceId: any of them, by its global id too', async () => {
    expect(await check({ deviceId: [cuff] })).toBe(OF_CUFF + OF_CUFF);
    expect(await check({ deviceId: [scale] })).toBe(OF_SCALE);
    expect(await check({ deviceId: [cuff, scale, unused] })).toBe(OF_CUFF + OF_SCALE + OF_CUFF);
    expect(await check({ deviceId: [unused] })).toBe(0);
    expect(
      await walk(programme.app, readingsOf('Patient', ann, { deviceId: [globalId('Device', scale)] }), 100),
    ).toEqual(newestFirst(all.filter(({ deviceId }) => deviceId === scale)));
    const unknown = readingsOf('Patient', ann, {
      deviceId: ['999999999', globalId('Site', 1)],
    });
    expect(await walk(programme.app, unknown, 100)).toEqual([]);
  });
});

it('an empty list matches nothing, null is no condition', async () => {
  expect(await check({ kind: [] })).toBe(0);
  expect(await check({ deviceId: [] })).toBe(0);
  expect(await check({ kind: [], manual: true })).toBe(0);
  const nothing: Filter = { kind: null, takenFrom: null, takenTo: null, manual: null, deviceId: null };
  expect(await check(nothing)).toBe(all.length + OF_CUFF);
  expect(await check({})).toBe(all.length + OF_CUFF);
  const plain = { ...readingsOf('Device', cuff), filter: undefined };
  const [query, variables] = queryOf(plain, { first: 100 });
  const withNull = query.replace('before: $before', 'before: $before, filter: null');
  expect(withNull).not.toBe(query);
  expect(await programme.app.data('northside', withNull, variables)).toEqual(
    await programme.app.data('northside', query, variables),
  );
});

it('a period that does not go forward matches nothing', async () => {
  expect(await check({ takenFrom: hoursFromNow(-24), takenTo: hoursFromNow(-24) })).toBe(0);
  expect(await check({ takenFrom: hoursFromNow(0), takenTo: '2025-01-01T00:00:00Z' })).toBe(0);
});

it.each([
  [['x'], 'filter.deviceId.0'],
  [['1', ''], 'filter.deviceId.1'],
])('refuses the device ids %j', async (deviceId, argument) => {
  const { data, errors } = await programme.app.query(
    'northside',
    ...queryOf(readingsOf('Patient', ann, { deviceId }), {}),
  );
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', path: argument.split('.') } }]);
  expect(data).toEqual({ parent: { list: null } });
});

it('combines conditions with "and", as a plain model does', async () => {
  const some = (values: string[]) =>
    fc.option(fc.uniqueArray(fc.constantFrom(...values), { maxLength: 3 }), { nil: null });
  const instant = fc.option(fc.constantFrom(...INSTANTS, hoursFromNow(-36), '2025-06-01T00:00:00Z'), { nil: null });
  const filters = fc.record<Filter>(
    {
      kind: some(KINDS),
      takenFrom: instant,
      takenTo: instant,
      manual: fc.option(fc.boolean(), { nil: null }),
      deviceId: some([cuff, scale, unused]),
    },
    { requiredKeys: [] },
  );
  let found = 0;
  await fc.assert(
    fc.asyncProperty(filters, fc.constantFrom(9, 100), async (filter, size) => {
      found += await check(filter, size);
    }),
    { seed: 1, numRuns: 60 },
  );
  expect(found).toBeGreaterThan(0);
});
