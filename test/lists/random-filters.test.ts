import fc from 'fast-check';
import { DeviceStatus } from '../../src/features/device/device-status';
import { OrderKind, OrderStatus } from '../../src/features/order/order-status';
import { readPage, walk, type List } from '../support/connections';
import { TestApp } from '../support/test-app';

interface DeviceRow {
  id: string;
  status: DeviceStatus;
  site: string | null;
  patient: string | null;
  item: string;
  updatedAt: number;
  /** -Infinity without a reading. */
  latestReadingAt: number;
}

let app: TestApp;
let devices: DeviceRow[];
let times: Date[];
let readingTimes: Date[];

beforeAll(async () => {
  app = await TestApp.start();
  const { rows } = await app.admin.query<
    Omit<DeviceRow, 'updatedAt' | 'latestReadingAt'> & { updatedAt: Date; latestReadingAt: Date | null }
  >(
    `select id, current_status as status, site_id as site, patient_id as patient, item_id as item, updated_at as "updatedAt",
       (select max(taken_at) from reading r where r.device_id = device.id) as "latestReadingAt"
     from device where customer_id = 2 order by id`,
  );
  devices = rows.map((row) => ({
    ...row,
    updatedAt: row.updatedAt.getTime(),
    latestReadingAt: row.latestReadingAt?.getTime() ?? -Infinity,
  }));
  times = rows.map(({ updatedAt }) => updatedAt);
  readingTimes = rows.flatMap(({ latestReadingAt }) => latestReadingAt ?? []);
});
afterAll(() => app.stop());

/** Half-open; either end may be absent or null. */
interface Range {
  from?: string | null;
  to?: string | null;
}

const within = (range: Range | null | undefined, time: number): boolean =>
  (range?.from == null || time >= Date.parse(range.from)) && (range?.to == null || time < Date.parse(range.to));

interface Filter {
  statuses?: DeviceStatus[] | null;
  siteIds?: string[] | null;
  patientIds?: string[] | null;
  itemIds?: string[] | null;
  associated?: boolean | null;
  updatedAt?: Range | null;
  silentSince?: string | null;
}

const anyOf = <T>(values: T[] | null | undefined, value: T | null): boolean =>
  values == null || (value !== null && values.includes(value));

/** A simple model of the filter. */
function matches(device: DeviceRow, filter: Filter): boolean {
  return (
    anyOf(filter.statuses, device.status) &&
    anyOf(filter.siteIds, device.site) &&
    anyOf(filter.patientIds, device.patient) &&
    anyOf(filter.itemIds, device.item) &&
    (filter.associated == null || filter.associated === (device.patient !== null)) &&
    within(filter.updatedAt, device.updatedAt) &&
    (filter.silentSince == null || device.latestReadingAt < Date.parse(filter.silentSince))
  );
}

/** Null, empty, or some of the existing values and of other values. */
function some<T>(values: T[], others: T[] = []) {
  const one = fc.constantFrom(...new Set(values), ...others);
  return fc.option(fc.array(one, { maxLength: 4, size: 'max' }), { nil: null, freq: 6 });
}

function instants(of: readonly Date[]) {
  return fc.option(
    fc.constantFrom(...of).map((time) => time.toISOString()),
    { nil: null },
  );
}

const ranges = (of: readonly Date[]) =>
  fc.option(fc.record<Range>({ from: instants(of), to: instants(of) }, { requiredKeys: [] }), { nil: null });

const present = (values: (string | null)[]): string[] => values.filter((value) => value !== null);

function sortKeyOf(field: string | undefined): (device: DeviceRow) => number {
  if (field === 'UPDATED_AT') return ({ updatedAt }) => updatedAt;
  // Finite, because the difference of two infinities is NaN.
  if (field === 'LATEST_READING_AT')
    return ({ latestReadingAt }) => Math.max(latestReadingAt, -Number.MAX_SAFE_INTEGER);
  return () => 0;
}

it('random filters return and count the same devices as a simple model', async () => {
  const filters = fc.record<Filter>(
    {
      statuses: some(Object.values(DeviceStatus)),
      siteIds: some(present(devices.map(({ site }) => site)), ['3', '999999']),
      patientIds: some(present(devices.map(({ patient }) => patient)), ['1']),
      itemIds: some(devices.map(({ item }) => item)),
      associated: fc.option(fc.boolean(), { nil: null }),
      updatedAt: ranges(times),
      silentSince: instants(readingTimes),
    },
    { requiredKeys: [] },
  );
  const sorts = fc.option(
    fc.record({
      field: fc.constantFrom('CREATED_AT', 'UPDATED_AT', 'LATEST_READING_AT'),
      direction: fc.constantFrom('ASC' as const, 'DESC' as const),
    }),
    { nil: undefined },
  );
  let found = 0;
  await fc.assert(
    fc.asyncProperty(filters, sorts, fc.boolean(), async (filter, sort, backward) => {
      const by = sortKeyOf(sort?.field);
      const expected = devices
        .filter((device) => matches(device, filter))
        .sort((a, b) => Math.sign(by(a) - by(b)) || Number(a.id) - Number(b.id));
      if (sort?.direction === 'DESC') expected.reverse();
      const list: List = { caller: 'lakeview', parent: 'Query', field: 'devices', sort, filter: { ...filter } };
      expect(await walk(app, list, 100, backward)).toEqual(expected.map(({ id }) => id));

      const { deviceCounts } = await app.data<{
        deviceCounts: { item: { databaseId: string }; status: DeviceStatus; count: number }[];
      }>(
        'lakeview',
        'query ($filter: DeviceFilter) { deviceCounts(filter: $filter) { item { databaseId } status count } }',
        { filter },
      );
      const counts = new Map<string, number>();
      for (const { item, status } of expected)
        counts.set(`${item} ${status}`, (counts.get(`${item} ${status}`) ?? 0) + 1);
      expect(new Map(deviceCounts.map(({ item, status, count }) => [`${item.databaseId} ${status}`, count]))).toEqual(
        counts,
      );
      expect(deviceCounts).toHaveLength(counts.size);
      found += expected.length;
    }),
    { seed: 20_261_129, numRuns: 120 },
  );
  expect(found).toBeGreaterThan(0);
});

it('a nested list applies both its parent and its filter', async () => {
  const { rows } = await app.admin.query<{ id: string }>(
    'select site_id as id from device where customer_id = 2 and site_id is not null group by 1 order by 1',
  );
  for (const { id } of rows) {
    const filter = { statuses: [DeviceStatus.AVAILABLE, DeviceStatus.AVAILABLE_AT_SITE], itemIds: ['1', '2'] };
    const ofSite = devices.filter((device) => device.site === id);
    const list: List = { caller: 'lakeview', parent: 'Site', field: 'devices', parentId: id };
    expect(await walk(app, { ...list, filter }, 11)).toEqual(
      ofSite.filter((device) => matches(device, filter)).map((device) => device.id),
    );
    expect(await walk(app, list, 100)).toEqual(ofSite.map((device) => device.id));
  }
});

interface OrderRow {
  id: string;
  status: OrderStatus;
  kind: OrderKind;
  patient: string | null;
  site: string | null;
  devices: string[];
  externalId: string | null;
  createdAt: Date;
}

interface OrderFilter {
  statuses?: OrderStatus[] | null;
  kinds?: OrderKind[] | null;
  patientIds?: string[] | null;
  siteIds?: string[] | null;
  deviceIds?: string[] | null;
  externalOrderIds?: string[] | null;
  createdAt?: Range | null;
}

function orderMatches(order: OrderRow, filter: OrderFilter): boolean {
  return (
    anyOf(filter.statuses, order.status) &&
    anyOf(filter.patientIds, order.patient) &&
    anyOf(filter.siteIds, order.site) &&
    (filter.deviceIds == null || order.devices.some((device) => filter.deviceIds!.includes(device))) &&
    anyOf(filter.kinds, order.kind) &&
    anyOf(filter.externalOrderIds, order.externalId) &&
    within(filter.createdAt, order.createdAt.getTime())
  );
}

it('random filters return and count the same orders as a simple model, newest first', async () => {
  await app.admin.query(`update device_order set external_order_id = 'PO-' || id where customer_id = 2 and id % 2 = 0`);
  const { rows: orders } = await app.admin.query<OrderRow>(
    `select id, current_status as status, kind, patient_id as patient, site_id as site, external_order_id as "externalId",
       created_at as "createdAt", array(select device_id from order_device x where x.order_id = o.id) as devices
     from device_order o where customer_id = 2 order by id desc`,
  );
  const createdTimes = orders.map(({ createdAt }) => createdAt);
  const filters = fc.record<OrderFilter>(
    {
      statuses: some(Object.values(OrderStatus)),
      kinds: some(Object.values(OrderKind)),
      patientIds: some(present(orders.map(({ patient }) => patient)), ['1']),
      siteIds: some(present(orders.map(({ site }) => site)), ['3', '999999']),
      deviceIds: some(
        orders.flatMap((order) => order.devices),
        ['1'],
      ),
      externalOrderIds: some(present(orders.map(({ externalId }) => externalId)), ['PO-', 'none']),
      createdAt: ranges(createdTimes),
    },
    { requiredKeys: [] },
  );
  let found = 0;
  await fc.assert(
    fc.asyncProperty(filters, fc.boolean(), async (filter, backward) => {
      const expected = orders.filter((order) => orderMatches(order, filter)).map(({ id }) => id);
      const list: List = { caller: 'lakeview', parent: 'Query', field: 'orders', filter: { ...filter } };
      expect(await walk(app, list, 100, backward)).toEqual(expected);
      expect((await readPage(app, list, { first: 0 })).totalCount).toBe(expected.length);
      found += expected.length;
    }),
    { seed: 20_261_129, numRuns: 120 },
  );
  expect(found).toBeGreaterThan(0);
});
