import fc from 'fast-check';
import { queryOf, walk } from '../support/connections';
import { globalId } from '../support/global-id';
import { newestFirst, readingsOf, recordShuffled, type ListedReading } from './reading-lists.harness';
import { hoursFromNow, ReadingFixture } from './reading-fixture.harness';
import { SAMPLES } from './reading-samples.harness';

/** Times to filter by: around the end of a month and of the default partition, and days apart. */
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
/** The cuff has a reading at each time, the scale at every other time. */
const OF_CUFF = INSTANTS.length * KINDS.length;
const OF_SCALE = Math.ceil(OF_CUFF / 2);

let fixture: ReadingFixture;
let ann: string;
let cuff: string;
let scale: string;
let unused: string;
let all: ListedReading[];

beforeAll(async () => {
  fixture = await ReadingFixture.start();
  ann = fixture.devices.patients.ann;
  [cuff, scale, unused] = [
    (await fixture.heldDevice()).id,
    (await fixture.heldDevice()).id,
    (await fixture.heldDevice()).id,
  ];
  const combinations = INSTANTS.flatMap((takenAt) => KINDS.map((kind) => ({ takenAt, kind })));
  // Manual readings can name a device too.
  const readings = combinations.flatMap((one, index) => [
    { ...one, deviceId: cuff, patientId: ann, manual: index % 5 === 0 },
    ...(index % 2 === 0 ? [{ ...one, deviceId: scale, patientId: ann, manual: index % 3 === 0 }] : []),
    ...(index % 4 === 1 ? [{ ...one, deviceId: null, patientId: ann, manual: true }] : []),
  ]);
  all = await recordShuffled(fixture, readings);
});
afterAll(() => fixture.stop());

interface Filter {
  kinds?: string[] | null;
  takenAt?: { from?: string | null; to?: string | null } | null;
  manual?: boolean | null;
  /** Not for lists of a device. */
  deviceIds?: string[] | null;
}

/** A simple model of the filter. */
function matches(reading: ListedReading, { kinds, takenAt, manual, deviceIds }: Filter): boolean {
  const instant = Date.parse(reading.takenAt);
  return (
    (kinds == null || kinds.includes(reading.kind)) &&
    (takenAt?.from == null || instant >= Date.parse(takenAt.from)) &&
    (takenAt?.to == null || instant < Date.parse(takenAt.to)) &&
    (manual == null || reading.manual === manual) &&
    (deviceIds == null || (reading.deviceId !== null && deviceIds.includes(reading.deviceId)))
  );
}

const OWNERS = ['Patient', 'Device'] as const;

/** Reads both lists with a filter, one forward and one backward; the list of a device only without `deviceIds`. @returns number of readings */
async function check(filter: Filter, size = 100): Promise<number> {
  let found = 0;
  for (const owner of OWNERS) {
    const { deviceIds, ...others } = filter;
    if (owner === 'Device' && deviceIds != null) continue;
    const [id, readings] = owner === 'Patient' ? [ann, all] : [cuff, all.filter(({ deviceId }) => deviceId === cuff)];
    const expected = newestFirst(readings.filter((reading) => matches(reading, filter)));
    const list = readingsOf(owner, id, owner === 'Device' ? others : { ...filter });
    expect({ filter, ids: await walk(fixture.app, list, size, owner === 'Device') }).toEqual({
      filter,
      ids: expected,
    });
    found += expected.length;
  }
  return found;
}

describe('each condition alone', () => {
  it('kinds: matches any of them', async () => {
    expect(await check({ kinds: ['WEIGHT'] })).toBe(2 * 7 + 3 + 2);
    expect(await check({ kinds: ['WEIGHT', 'PEAK_FLOW', 'WEIGHT'] })).toBeGreaterThan(30);
    expect(await check({ kinds: KINDS })).toBe(all.length + OF_CUFF);
  });

  it('takenAt.from is inclusive', async () => {
    const [at, after] = ['2026-06-01T00:00:00.000Z', '2026-06-01T00:00:00.001Z'];
    const ofInstant = await check({ takenAt: { from: at, to: after } });
    expect(ofInstant).toBeGreaterThan(14);
    expect((await check({ takenAt: { from: at } })) - (await check({ takenAt: { from: after } }))).toBe(ofInstant);
    expect(await check({ takenAt: { from: '2024-12-31T23:59:59.999Z' } })).toBe(all.length + OF_CUFF);
    expect(await check({ takenAt: { from: hoursFromNow(-24, 1) } })).toBe(0);
  });

  it('takenAt.to is exclusive', async () => {
    expect(await check({ takenAt: { to: '2024-12-31T23:59:59.999Z' } })).toBe(0);
    expect(await check({ takenAt: { to: '2025-01-01T00:00:00.000Z' } })).toBeGreaterThan(14);
    expect(
      (await check({ takenAt: { to: hoursFromNow(-24, 1) } })) - (await check({ takenAt: { to: hoursFromNow(-24) } })),
    ).toBe(await check({ takenAt: { from: hoursFromNow(-24) } }));
  });

  it('manual: matches true or false', async () => {
    const [byHand, sent] = [await check({ manual: true }), await check({ manual: false })];
    expect(byHand).toBeGreaterThan(20);
    expect(byHand + sent).toBe(all.length + OF_CUFF);
  });

  it('deviceIds: matches any of them, also by global id', async () => {
    expect(await check({ deviceIds: [cuff] })).toBe(OF_CUFF);
    expect(await check({ deviceIds: [scale] })).toBe(OF_SCALE);
    expect(await check({ deviceIds: [cuff, scale, unused] })).toBe(OF_CUFF + OF_SCALE);
    expect(await check({ deviceIds: [unused] })).toBe(0);
    expect(
      await walk(fixture.app, readingsOf('Patient', ann, { deviceIds: [globalId('Device', scale)] }), 100),
    ).toEqual(newestFirst(all.filter(({ deviceId }) => deviceId === scale)));
    const unknown = readingsOf('Patient', ann, {
      deviceIds: ['999999999', globalId('Site', 1)],
    });
    expect(await walk(fixture.app, unknown, 100)).toEqual([]);
  });
});

it('an empty list matches nothing, null has no effect', async () => {
  expect(await check({ kinds: [] })).toBe(0);
  expect(await check({ deviceIds: [] })).toBe(0);
  expect(await check({ kinds: [], manual: true })).toBe(0);
  const nothing: Filter = { kinds: null, takenAt: null, manual: null, deviceIds: null };
  expect(await check(nothing)).toBe(all.length + OF_CUFF);
  expect(await check({})).toBe(all.length + OF_CUFF);
  const plain = { ...readingsOf('Device', cuff), filter: undefined };
  const [query, variables] = queryOf(plain, { first: 100 });
  const withNull = query.replace('before: $before', 'before: $before, filter: null');
  expect(withNull).not.toBe(query);
  expect(await fixture.app.data('northside', withNull, variables)).toEqual(
    await fixture.app.data('northside', query, variables),
  );
});

it('an empty or reversed period matches nothing', async () => {
  expect(await check({ takenAt: { from: hoursFromNow(-24), to: hoursFromNow(-24) } })).toBe(0);
  expect(await check({ takenAt: { from: hoursFromNow(0), to: '2025-01-01T00:00:00Z' } })).toBe(0);
});

it.each([
  [['x'], 'filter.deviceIds.0'],
  [['1', ''], 'filter.deviceIds.1'],
])('refuses the device ids %j', async (deviceIds, argument) => {
  const { data, errors } = await fixture.app.query(
    'northside',
    ...queryOf(readingsOf('Patient', ann, { deviceIds }), {}),
  );
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', path: argument.split('.') } }]);
  expect(data).toEqual({ parent: { list: null } });
});

it('combines conditions with "and", like a simple model', async () => {
  const some = (values: string[]) =>
    fc.option(fc.uniqueArray(fc.constantFrom(...values), { maxLength: 3 }), { nil: null });
  const instant = fc.option(fc.constantFrom(...INSTANTS, hoursFromNow(-36), '2025-06-01T00:00:00Z'), { nil: null });
  const filters = fc.record<Filter>(
    {
      kinds: some(KINDS),
      takenAt: fc.option(fc.record({ from: instant, to: instant }, { requiredKeys: [] }), { nil: null }),
      manual: fc.option(fc.boolean(), { nil: null }),
      deviceIds: some([cuff, scale, unused]),
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
