import { walk, type List } from '../support/connections';
import { globalId } from '../support/global-id';
import { TestApp, type CallerName } from '../support/test-app';

type Case = [filter: Record<string, unknown>, where: string];

/** The latest DateTime value. */
const FAR = '9999-12-31T23:59:59.999Z';

let app: TestApp;
let patient: string;
let site: string;
/** Id of a device of some orders. */
let device: string;
let instant: string;
/** External ids of a third of the orders. */
let externalOrderIds: string[];

beforeAll(async () => {
  app = await TestApp.start();
  await app.admin.query(
    `update device_order o set external_order_id = 'PO-' || n.number
     from (select id, row_number() over (order by id) as number from device_order where customer_id = 1 and id % 3 = 0) n
     where o.id = n.id`,
  );
  const { rows } = await app.admin.query<{ patient: string; site: string; device: string; at: Date }>(
    `select (select patient_id from device_order where customer_id = 1 and patient_id is not null order by id limit 1) as patient,
       (select site_id from device_order where customer_id = 1 and site_id is not null order by id limit 1) as site,
       (select device_id from order_device where customer_id = 1 order by order_id, device_id limit 1) as device,
       (select percentile_disc(0.5) within group (order by created_at) from device_order where customer_id = 1) as at`,
  );
  ({ patient, site, device } = rows[0]!);
  instant = rows[0]!.at.toISOString();
  const named = await app.admin.query<{ id: string }>(
    `select external_order_id as id from device_order where customer_id = 1 and external_order_id is not null`,
  );
  externalOrderIds = named.rows.map(({ id }) => id);
});
afterAll(() => app.stop());

/** Compares the filtered orders, newest first, with the rows of an independent SQL condition. Returns their number. */
async function found(
  [filter, where]: Case,
  caller: CallerName = 'northside',
  own = 'customer_id = 1',
  parent: Pick<List, 'parent' | 'parentId'> = { parent: 'Query' },
): Promise<number> {
  const { rows } = await app.admin.query<{ id: string }>(
    `select id from device_order o where ${own} and (${where}) order by o.id desc`,
  );
  const ids = rows.map(({ id }) => id);
  expect(await walk(app, { caller, field: 'orders', filter, ...parent }, 100)).toEqual(ids);
  return ids.length;
}

const containing = (id: string) => `id in (select order_id from order_device where device_id = ${id})`;

it.each<[string, () => Case]>([
  ['one status', () => [{ statuses: ['DELIVERED'] }, `current_status = 'DELIVERED'`]],
  ['several statuses', () => [{ statuses: ['CREATED', 'SHIPPED', 'CREATED'] }, `current_status in ('CREATED', 'SHIPPED')`]],
  ['patientIds', () => [{ patientIds: [patient] }, `patient_id = ${patient}`]],
  ['siteIds', () => [{ siteIds: [globalId('Site', Number(site)), '1'] }, `site_id = ${site}`]],
  ['deviceIds', () => [{ deviceIds: [device, globalId('Device', Number(device))] }, containing(device)]],
  ['STANDARD', () => [{ kinds: ['STANDARD'] }, `kind = 'STANDARD'`]],
  ['REPLACEMENT', () => [{ kinds: ['REPLACEMENT'] }, `kind = 'REPLACEMENT'`]],
  ['externalOrderIds, exact matches only', () => [{ externalOrderIds: ['PO-1'] }, `external_order_id = 'PO-1'`]],
  ['createdAt.from, inclusive', () => [{ createdAt: { from: instant } }, `created_at >= '${instant}'`]],
  ['createdAt.to, exclusive', () => [{ createdAt: { to: instant } }, `created_at < '${instant}'`]],
  ['several members together', () => [{ statuses: ['DELIVERED', 'SHIPPED'], kinds: ['STANDARD'], createdAt: { to: FAR }, customerIds: ['1'], externalOrderIds }, `current_status in ('DELIVERED', 'SHIPPED') and kind = 'STANDARD' and external_order_id is not null`]],
])('%s', async (_what, one) => {
  const some = await found(one());
  expect(some).toBeGreaterThan(0);
  expect(some).toBeLessThan(await found([{}, 'true']));
}); // prettier-ignore

it.each<Case>([
  [
    {
      statuses: null,
      patientIds: null,
      siteIds: null,
      deviceIds: null,
      kinds: null,
      externalOrderIds: null,
      customerIds: null,
    },
    'true',
  ],
  [{ createdAt: null }, 'true'],
  [{ statuses: [] }, 'false'],
  [{ patientIds: [] }, 'false'],
  [{ siteIds: [] }, 'false'],
  [{ deviceIds: [] }, 'false'],
  [{ customerIds: [] }, 'false'],
  [{ customerIds: ['2'] }, 'false'],
  [{ deviceIds: ['9223372036854775807', globalId('Patient', 1)] }, 'false'],
  [{ externalOrderIds: [''] }, 'false'],
  [{ externalOrderIds: ['po-1'] }, 'false'],
  [{ externalOrderIds: ['PO-%'] }, 'false'],
  [{ createdAt: { from: FAR } }, 'false'],
  [{ createdAt: { to: FAR } }, 'true'],
])('%j', async (filter, where) => {
  await found([filter, where]);
});

it('customerIds works for operators', async () => {
  const ofLakeview = await found([{ customerIds: [2] }, 'customer_id = 2'], 'operator', 'true');
  expect(ofLakeview).toBeGreaterThan(0);
  expect(ofLakeview).toBeLessThan(await found([{}, 'true'], 'operator', 'true'));
});

it('the orders of a patient, a site and a device can be filtered', async () => {
  const open = { statuses: ['CREATED', 'PROCESSED', 'SHIPPED', 'AVAILABLE_FOR_PICKUP', 'DELIVERED'] };
  const parents = [
    { parent: 'Patient', parentId: patient, own: `patient_id = ${patient}` },
    { parent: 'Site', parentId: site, own: `site_id = ${site}` },
    { parent: 'Device', parentId: device, own: containing(device) },
  ];
  for (const { own, ...parent } of parents) {
    expect(await found([{}, 'true'], 'northside', own, parent)).toBeGreaterThan(0);
    await found([open, `current_status <> 'CANCELLED'`], 'northside', own, parent);
    await found([{ kinds: ['REPLACEMENT'] }, `kind = 'REPLACEMENT'`], 'northside', own, parent);
  }
});
