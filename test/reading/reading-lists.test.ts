import { isObjectType } from 'graphql';
import { buildGatewaySchema } from '../../src/features';
import { queryOf, readPage, refused, walk, type List } from '../support/connections';
import { newestFirst, readingsOf, recordShuffled, type ListedReading } from './reading-lists.harness';
import { hoursFromNow, ReadingFixture } from './reading-fixture.harness';
import { SAMPLES } from './reading-samples.harness';

/** In the default partition, on both sides of its end and of the end of a month, and recent. */
const INSTANTS = [
  '2001-02-03T04:05:06.789Z',
  '2024-12-31T23:59:59.999Z',
  '2025-01-01T00:00:00.000Z',
  '2025-01-01T00:00:00.001Z',
  '2026-05-31T23:59:59.999Z',
  '2026-06-01T00:00:00.000Z',
  hoursFromNow(24),
];
const KINDS = SAMPLES.map(({ kind }) => kind);
const SINCE = '2000-01-01T00:00:00Z';

type Owner = 'the cuff' | 'the scale' | 'Ann';

let fixture: ReadingFixture;
let all: ListedReading[];
let ann: string;
const devices: Record<Exclude<Owner, 'Ann'>, string> = { 'the cuff': '', 'the scale': '' };

beforeAll(async () => {
  fixture = await ReadingFixture.start();
  ann = fixture.devices.patients.ann;
  for (const name of ['the cuff', 'the scale'] as const)
    devices[name] = (await fixture.device({ patientId: ann, from: SINCE })).id;
  // Thirteen readings at each instant.
  const subjects = [
    { deviceId: devices['the cuff'], manual: false, kinds: KINDS },
    { deviceId: devices['the scale'], manual: false, kinds: KINDS.slice(3) },
    { deviceId: null, manual: true, kinds: KINDS.slice(5) },
  ];
  const readings = INSTANTS.flatMap((takenAt) =>
    subjects.flatMap(({ kinds, ...subject }) => kinds.map((kind) => ({ ...subject, patientId: ann, takenAt, kind }))),
  );
  all = await recordShuffled(fixture, readings);
});
afterAll(() => fixture.stop());

const listOf = (owner: Owner): List =>
  owner === 'Ann' ? readingsOf('Patient', ann) : readingsOf('Device', devices[owner]);
const idsOf = (owner: Owner): string[] =>
  newestFirst(owner === 'Ann' ? all : all.filter(({ deviceId }) => deviceId === devices[owner]));

it.each<[Owner, number]>([
  ['the cuff', 1],
  ['the cuff', 2],
  ['the cuff', 5],
  ['the scale', 3],
  ['the scale', 4],
  ['Ann', 6],
  ['Ann', 13],
  ['Ann', 14],
  ['Ann', 100],
])('returns the readings of %s newest first, in pages of %i, from either end', async (owner, size) => {
  const ids = idsOf(owner);
  expect(ids.length).toBeGreaterThan(25);
  expect(await walk(fixture.app, listOf(owner), size)).toEqual(ids);
  expect(await walk(fixture.app, listOf(owner), size, true)).toEqual(ids);
});

it('returns the readings between any two cursors, from either end', async () => {
  const ids = idsOf('Ann');
  const { edges } = await readPage(fixture.app, listOf('Ann'), { first: 100 });
  // Across the end of the default partition, within one instant, adjacent, reversed, equal.
  for (const [from, to] of [[0, 90], [50, 70], [27, 36], [5, 6], [20, 12], [7, 7]] as const) {
    const between = { after: edges[from]!.cursor, before: edges[to]!.cursor };
    const rest = ids.slice(from + 1, Math.max(to, from + 1));
    const first = await readPage(fixture.app, listOf('Ann'), { first: 4, ...between });
    expect(first.nodes.map(({ databaseId }) => databaseId)).toEqual(rest.slice(0, 4));
    expect(first.pageInfo.hasNextPage).toBe(rest.length > 4);
    const last = await readPage(fixture.app, listOf('Ann'), { last: 4, ...between });
    expect(last.nodes.map(({ databaseId }) => databaseId)).toEqual(rest.slice(-4));
    expect(last.pageInfo.hasPreviousPage).toBe(rest.length > 4);
  }
}); // prettier-ignore

it('has no totalCount, which would need to read every partition', async () => {
  const type = buildGatewaySchema().getType('ReadingConnection');
  expect(isObjectType(type) && Object.keys(type.getFields()).sort()).toEqual(['edges', 'nodes', 'pageInfo']);
  const { data, errors } = await fixture.app.query('northside', ...queryOf(listOf('Ann'), {}, '{ totalCount }'));
  expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
  expect(data).toBeUndefined();
});

describe('a cursor', () => {
  it('is refused by every other list', async () => {
    // These two lists differ only in the type of their parents.
    expect(devices['the cuff']).toBe(ann);
    const own = listOf('the cuff');
    const { edges } = await readPage(fixture.app, own, { first: 1 });
    const others: List[] = [
      listOf('the scale'),
      listOf('Ann'),
      { ...own, field: 'statusHistory' },
      { ...own, field: 'associations' },
      { ...own, caller: 'operator' },
    ];
    for (const list of others) {
      for (const page of [{ after: edges[0]!.cursor }, { before: edges[0]!.cursor }]) {
        const { data, errors } = await fixture.app.query(list.caller, ...queryOf(list, page));
        expect({ list, codes: errors?.map(({ extensions }) => extensions.code) }).toEqual({
          list,
          codes: ['CURSOR_INVALID'],
        });
        expect(data).toEqual(refused(list));
      }
    }
  });

  it('works with another filter, even one that excludes its own reading', async () => {
    const glucose = all.filter(({ kind, deviceId }) => kind === 'BLOOD_GLUCOSE' && deviceId === devices['the cuff']);
    const list = readingsOf('Device', devices['the cuff'], { kinds: ['BLOOD_GLUCOSE'] });
    const { edges } = await readPage(fixture.app, listOf('the cuff'), { first: 24 });
    const ids = idsOf('the cuff');
    const rest = newestFirst(glucose).filter((id) => ids.indexOf(id) > 23);
    expect(rest.length).toBeGreaterThan(2);
    const { nodes } = await readPage(fixture.app, list, { after: edges[23]!.cursor });
    expect(nodes.map(({ databaseId }) => databaseId)).toEqual(rest);
  });
});
