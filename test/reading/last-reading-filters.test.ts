import fc from 'fast-check';
import { readPage, walk, type List } from '../support/connections';
import type { CallerName } from '../support/test-app';
import { byLastReading, SilentFixture, type ListName, type Silent } from './last-reading.harness';
import { hoursFromNow } from './reading-fixture.harness';

let world: SilentFixture;
beforeAll(async () => {
  world = await SilentFixture.start();
});
afterAll(() => world.stop());

const isSilent = ({ last }: Silent, instant: string): boolean =>
  last === null || Date.parse(last) < Date.parse(instant);
const idsOf = (rows: readonly Silent[]): string[] => rows.map(({ id }) => id);

function listOf(caller: CallerName, field: ListName, filter: object, sort?: List['sort'], siteId?: string): List {
  const place = siteId === undefined ? { parent: 'Query' } : { parent: 'Site', parentId: siteId };
  return { caller, ...place, field, filter: { ...filter }, ...(sort && { sort }) };
}

/** Asserts that a list, page by page, and its total have the expected rows. */
async function expectList(list: List, ids: string[], size = 3): Promise<void> {
  expect({ list, ids: await walk(world.app, list, size) }).toEqual({ list, ids });
  expect((await readPage(world.app, list, { first: 0 })).totalCount).toBe(ids.length);
}

describe.each(['devices', 'patients'] as const)('silentSince of %s', (field) => {
  it('is exclusive and includes those without readings', async () => {
    const rows = world.seenBy('northside', field);
    const times = [...new Set(rows.flatMap(({ last }) => last ?? []))].sort();
    expect(times.length).toBeGreaterThan(4);
    let before = rows.filter(({ last }) => last === null).length;
    expect(before).toBeGreaterThan(1);
    for (const instant of times) {
      const silent = rows.filter((row) => isSilent(row, instant));
      expect(silent).toHaveLength(before);
      await expectList(listOf('northside', field, { silentSince: instant }), idsOf(silent));
      before += rows.filter(({ last }) => last === instant).length;
      const aMomentLater = new Date(Date.parse(instant) + 1).toISOString();
      const { totalCount } = await readPage(world.app, listOf('northside', field, { silentSince: aMomentLater }), {});
      expect(totalCount).toBe(before);
    }
  });

  it.each(['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'])('accepts %s', async (silentSince) => {
    const rows = world.seenBy('northside', field).filter((row) => isSilent(row, silentSince));
    await expectList(listOf('northside', field, { silentSince }), idsOf(rows));
  });

  it('has no effect when null', async () => {
    await expectList(listOf('northside', field, { silentSince: null }), idsOf(world.seenBy('northside', field)));
  });

  it.each<CallerName>(['northside', 'lakeview', 'operator'])(
    'holds together with the order by it, for %s',
    async (caller) => {
      const silentSince = hoursFromNow(-1);
      const ids = byLastReading(world.seenBy(caller, field).filter((row) => isSilent(row, silentSince)));
      for (const direction of ['ASC', 'DESC'] as const) {
        const list = listOf(caller, field, { silentSince }, { field: 'LATEST_READING_AT', direction });
        await expectList(list, direction === 'ASC' ? ids : [...ids].reverse(), 2);
      }
    },
  );

  it('applies to the lists of a site, and to all customers for an operator', async () => {
    const { sites, customers } = world.fixture.devices;
    const silentSince = hoursFromNow(-2);
    const silent = world[field].filter((row) => isSilent(row, silentSince));
    for (const siteId of [sites.clinic, sites.office, sites.lakeview]) {
      const ids = byLastReading(silent.filter((row) => row.siteId === siteId));
      const sort = { field: 'LATEST_READING_AT', direction: 'ASC' } as const;
      await expectList(listOf('operator', field, { silentSince }, sort, siteId), ids, 2);
    }
    const filter = { silentSince, customerIds: [customers.lakeview] };
    await expectList(
      listOf('operator', field, filter),
      idsOf(silent.filter(({ customer }) => customer === 'lakeview')),
    );
  });
});

it('combines with every other filter and sort of devices, like a simple model', async () => {
  const { sites, itemId } = world.fixture.devices;
  const rows = world.seenBy('northside', 'devices');
  const patientOf = (id: string): string => world.patients[world.devices.findIndex((row) => row.id === id)]!.id;
  const filters = fc.record(
    {
      silentSince: fc.constantFrom(...rows.flatMap(({ last }) => last ?? []), hoursFromNow(0)),
      siteIds: fc.subarray([sites.clinic, sites.office]),
      patientIds: fc.subarray(rows.map(({ id }) => patientOf(id))),
      statuses: fc.subarray(['WITH_PATIENT', 'LOST']),
      itemIds: fc.constant([itemId]),
      associated: fc.boolean(),
    },
    { requiredKeys: ['silentSince'] },
  );
  const sorts = fc.constantFrom('CREATED_AT', 'LATEST_READING_AT', 'UPDATED_AT');
  let found = 0;
  await fc.assert(
    fc.asyncProperty(filters, sorts, fc.boolean(), async (filter, sortField, descending) => {
      const matching = rows.filter(
        (row) =>
          isSilent(row, filter.silentSince) &&
          (filter.siteIds?.includes(row.siteId) ?? true) &&
          (filter.patientIds?.includes(patientOf(row.id)) ?? true) &&
          (filter.statuses?.includes('WITH_PATIENT') ?? true) &&
          (filter.associated ?? true),
      );
      // They were created one after another, so the order by change is the order of ids.
      const ids = sortField === 'LATEST_READING_AT' ? byLastReading(matching) : idsOf(matching);
      const sort = { field: sortField, direction: descending ? 'DESC' : 'ASC' } as const;
      await expectList(listOf('northside', 'devices', filter, sort), descending ? ids.reverse() : ids, 4);
      found += ids.length;
    }),
    { seed: 1, numRuns: 40 },
  );
  expect(found).toBeGreaterThan(0);
});

it('combines with other filters and sorts of patients', async () => {
  const { sites } = world.fixture.devices;
  const silentSince = hoursFromNow(-2);
  const silent = world.seenBy('northside', 'patients').filter((row) => isSilent(row, silentSince));
  const filter = { silentSince, siteIds: [sites.clinic], archived: false, enrolled: true };
  const ids = idsOf(silent.filter(({ siteId }) => siteId === sites.clinic));
  expect(ids.length).toBeGreaterThan(2);
  // All have the same name.
  await expectList(listOf('northside', 'patients', filter, { field: 'LAST_NAME', direction: 'ASC' }), ids);
  await expectList(listOf('northside', 'patients', filter, { field: 'FIRST_NAME', direction: 'DESC' }), ids.reverse());
  await expectList(listOf('northside', 'patients', { ...filter, archived: true }), []);
});

it('counts silent devices by item and status', async () => {
  const silentSince = hoursFromNow(-2);
  const { deviceCounts } = await world.app.data<{ deviceCounts: { status: string; count: number }[] }>(
    'northside',
    'query ($filter: DeviceFilter) { deviceCounts(filter: $filter) { status count } }',
    { filter: { silentSince } },
  );
  const silent = world.seenBy('northside', 'devices').filter((row) => isSilent(row, silentSince));
  expect(deviceCounts).toEqual([{ status: 'WITH_PATIENT', count: silent.length }]);
});

it('changes with new readings, but not with readings older than the newest', async () => {
  const { devices } = world.fixture;
  const siteId = await devices.site(devices.customers.northside);
  const { id } = await devices.device({ status: 'AVAILABLE_AT_SITE', siteId });
  const silentSince = hoursFromNow(-5);
  const list = listOf('northside', 'devices', { silentSince }, undefined, siteId);
  await expectList(list, [id]);
  await world.measure(id, hoursFromNow(-5, -1));
  await expectList(list, [id]);
  await world.measure(id, silentSince);
  await expectList(list, []);
  await world.measure(id, hoursFromNow(-100));
  await expectList(list, []);
});
