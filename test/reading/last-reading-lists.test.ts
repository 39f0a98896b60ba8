import { queryOf, readPage, walk, type List } from '../support/connections';
import type { CallerName } from '../support/test-app';
import { byLastReading, silentList, SilentFixture, type ListName } from './last-reading.harness';
import { hoursFromNow } from './reading-fixture.harness';

let world: SilentFixture;
beforeAll(async () => {
  world = await SilentFixture.start();
});
afterAll(() => world.stop());

const LISTS: [CallerName, ListName][] = [
  ['northside', 'devices'],
  ['northside', 'patients'],
  ['lakeview', 'devices'],
  ['lakeview', 'patients'],
  ['operator', 'devices'],
  ['operator', 'patients'],
];

describe.each(LISTS)('for %s, %s sorted by newest reading', (caller, list) => {
  it.each([1, 3, 100])('can be read in pages of %i in both directions, from either end', async (size) => {
    const ascending = byLastReading(world.seenBy(caller, list));
    expect(ascending.length).toBeGreaterThan(3);
    const [up, down] = [silentList(caller, list, 'ASC'), silentList(caller, list, 'DESC')];
    expect(await walk(world.app, up, size)).toEqual(ascending);
    expect(await walk(world.app, up, size, true)).toEqual(ascending);
    expect(await walk(world.app, down, size)).toEqual([...ascending].reverse());
    expect(await walk(world.app, down, size, true)).toEqual([...ascending].reverse());
  });

  it('start with those without readings, by id', async () => {
    const never = world.seenBy(caller, list).filter(({ last }) => last === null);
    const { nodes, totalCount } = await readPage(world.app, silentList(caller, list, 'ASC'), { first: never.length });
    expect(nodes.map(({ databaseId }) => databaseId)).toEqual(never.map(({ id }) => id));
    expect(totalCount).toBe(world.seenBy(caller, list).length);
  });

  it('of a site include only those of the site', async () => {
    const all = world.seenBy(caller, list);
    for (const siteId of new Set(all.map((row) => row.siteId))) {
      const ascending = byLastReading(all.filter((row) => row.siteId === siteId));
      for (const size of [2, 100]) {
        expect(await walk(world.app, silentList(caller, list, 'ASC', siteId), size)).toEqual(ascending);
        expect(await walk(world.app, silentList(caller, list, 'DESC', siteId), size, true)).toEqual(
          [...ascending].reverse(),
        );
      }
      const { totalCount } = await readPage(world.app, silentList(caller, list, 'DESC', siteId), { first: 1 });
      expect(totalCount).toBe(ascending.length);
    }
  });
});

it('returns the sort value in latestReadingAt', async () => {
  for (const list of ['devices', 'patients'] as const) {
    const response = await world.app.data<{
      list: { nodes: { latestReadingAt: string | null; databaseId: string }[] };
    }>(
      'operator',
      `{ list: ${list}(first: 100, sort: { field: LATEST_READING_AT, direction: ASC }) { nodes { databaseId latestReadingAt } } }`,
    );
    const ascending = byLastReading(world[list]);
    expect(response.list.nodes).toEqual(
      ascending.map((id) => ({ databaseId: id, latestReadingAt: world[list].find((row) => row.id === id)!.last })),
    );
  }
});

it('returns the nodes between two cursors, including those without readings', async () => {
  const ascending = byLastReading(world.seenBy('northside', 'devices'));
  const list = silentList('northside', 'devices', 'ASC');
  const { edges } = await readPage(world.app, list, { first: 100 });
  for (const [from, to] of [[0, 2], [1, 8], [0, 10], [6, 3], [2, 3]] as const) {
    const between = { after: edges[from]!.cursor, before: edges[to]!.cursor };
    const rest = ascending.slice(from + 1, Math.max(to, from + 1));
    const first = await readPage(world.app, list, { first: 2, ...between });
    expect(first.nodes.map(({ databaseId }) => databaseId)).toEqual(rest.slice(0, 2));
    const last = await readPage(world.app, list, { last: 2, ...between });
    expect(last.nodes.map(({ databaseId }) => databaseId)).toEqual(rest.slice(-2));
  }
}); // prettier-ignore

it('accepts only cursors of the same order, direction and list', async () => {
  const { sites } = world.fixture.devices;
  const own = silentList('northside', 'devices', 'ASC');
  const others: List[] = [
    silentList('northside', 'devices', 'DESC'),
    silentList('northside', 'patients', 'ASC'),
    silentList('operator', 'devices', 'ASC'),
    silentList('northside', 'devices', 'ASC', sites.clinic),
    { ...own, sort: { field: 'UPDATED_AT', direction: 'ASC' } },
    { ...own, sort: { field: 'CREATED_AT', direction: 'ASC' } },
  ];
  const cursorOf = async (list: List) => (await readPage(world.app, list, { first: 1 })).edges[0]!.cursor;
  const after = await cursorOf(own);
  expect((await readPage(world.app, own, { after })).nodes).toHaveLength(10);
  for (const list of others) {
    for (const [target, cursor] of [[list, after], [own, await cursorOf(list)]] as const) {
      const { errors } = await world.app.query(target.caller, ...queryOf(target, { after: cursor }));
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['CURSOR_INVALID']);
    }
  }
}); // prettier-ignore

describe('readings that arrive between two pages', () => {
  /** Each test uses its own devices at its own site. */
  async function devicesAt(lasts: (string | null)[]): Promise<{ siteId: string; ids: string[] }> {
    const { devices } = world.fixture;
    const siteId = await devices.site(devices.customers.northside);
    const ids: string[] = [];
    for (const last of lasts) {
      const { id } = await devices.device({ status: 'AVAILABLE_AT_SITE', siteId });
      if (last !== null) await world.measure(id, last);
      ids.push(id);
    }
    return { siteId, ids };
  }

  it('move a device to the end of an ascending list, not to the page after the cursor', async () => {
    const { siteId, ids } = await devicesAt([null, null, hoursFromNow(-9), hoursFromNow(-8), hoursFromNow(-7), hoursFromNow(-6)]);
    let pages = 0;
    const seen = await walk(world.app, silentList('northside', 'devices', 'ASC', siteId), 2, false, async () => {
      pages += 1;
      // The last device of the page just read, where the next page starts.
      if (pages <= 2) await world.measure(ids[pages * 2 - 1]!, hoursFromNow(-pages));
    });
    expect(seen).toEqual([...ids, ids[3], ids[1]]);
  }); // prettier-ignore

  it('do not change a descending list after the cursor', async () => {
    const { siteId, ids } = await devicesAt([null, hoursFromNow(-9), hoursFromNow(-8), hoursFromNow(-7), hoursFromNow(-6)]);
    let pages = 0;
    const seen = await walk(world.app, silentList('northside', 'devices', 'DESC', siteId), 2, false, async () => {
      pages += 1;
      if (pages === 1) {
        await world.measure(ids[3]!, hoursFromNow(-1)); // the cursor's own, now before the reader
        await world.measure(ids[4]!, hoursFromNow(-2)); // one that was read
        await world.measure(ids[2]!, hoursFromNow(-300)); // one that is ahead, but this reading is older than its last
      }
    });
    expect(seen).toEqual([...ids].reverse());
  }); // prettier-ignore

  it('hide a device from a reader of a descending list only if it moved past the cursor', async () => {
    const { siteId, ids } = await devicesAt([null, null, hoursFromNow(-9), hoursFromNow(-8), hoursFromNow(-7)]);
    let pages = 0;
    const seen = await walk(world.app, silentList('northside', 'devices', 'DESC', siteId), 2, false, async () => {
      pages += 1;
      if (pages > 1) return;
      await world.measure(ids[0]!, hoursFromNow(-1)); // never measured before: now the newest of all
      await world.measure(ids[1]!, hoursFromNow(-20)); // still ahead, in another place
    });
    expect(seen).toEqual([ids[4], ids[3], ids[2], ids[1]]);
    expect(await walk(world.app, silentList('northside', 'devices', 'DESC', siteId), 2)).toEqual([
      ids[0],
      ids[4],
      ids[3],
      ids[2],
      ids[1],
    ]);
  });
});
