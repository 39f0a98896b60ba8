import { buildGatewaySchema } from '../../src/features';
import { isInputObjectType } from 'graphql';
import { walk, type List } from '../support/connections';
import { TestApp } from '../support/test-app';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Three weeks ago. The gateway deletes deliveries that are much older. */
const START_MS = Date.now() - 21 * DAY_MS;
const day = (number: number) => new Date(START_MS + number * DAY_MS).toISOString();

/** Filters of small lists and of lists below a parent. */
let app: TestApp;
let device: string;
let patient: string;
/** Times of an association and of a change in the middle of the lists. */
let started: string;
let changed: string;

beforeAll(async () => {
  app = await TestApp.start();
  const { rows } = await app.admin.query<{ device: string; patient: string; started: Date; changed: Date }>(
    `select device_id as device,
       (select patient_id from device_association a where a.device_id = c.device_id order by id limit 1) as patient,
       (select percentile_disc(0.5) within group (order by started_at) from device_association a where a.device_id = c.device_id) as started,
       percentile_disc(0.5) within group (order by changed_at) as changed
     from device_status_change c where customer_id = 1 and exists (
       select from device_association a where a.device_id = c.device_id and a.ended_at is not null)
     group by 1 having count(distinct status) > 2 order by count(*) desc, 1 limit 1`,
  );
  [device, patient] = [rows[0]!.device, rows[0]!.patient];
  [started, changed] = [rows[0]!.started.toISOString(), rows[0]!.changed.toISOString()];
  await app.admin.query(
    `insert into webhook (customer_id, url, event_types, secret, active, disabled_at, disabled_reason)
     select 1, 'https://example.invalid/' || i, case when i % 2 = 0 then '{ORDER_STATUS}'::text[] else '{ORDER_STATUS,DEVICE_STATUS_CHANGED}' end,
       '\\x00', i > 3, case when i <= 3 then now() end, case when i <= 3 then 'BY_REQUEST' end from generate_series(1, 6) i`,
  );
  await app.admin.query(
    `insert into webhook_delivery (customer_id, webhook_id, message_id, event_type, payload, status, created_at)
     select 1, (select max(id) from webhook), 'msg_' || i, case i % 2 when 0 then 'ORDER_STATUS' else 'DEVICE_STATUS_CHANGED' end, '{}',
       case i % 3 when 0 then 'FAILED' else 'SUCCEEDED' end, $1::timestamptz + i * interval '24 hours' from generate_series(1, 12) i`,
    [day(0)],
  );
});
afterAll(() => app.stop());

/** Compares a filtered list with the rows of an independent SQL condition, which must match some rows, but not all. */
async function checkSelective(list: List, filter: object, rows: string, where: string, order: string): Promise<void> {
  const idsOf = async (condition: string) =>
    (await app.admin.query<{ id: string }>(`select id from ${rows} and (${condition}) order by ${order}`)).rows.map(
      ({ id }) => id,
    );
  const [all, expected] = [await idsOf('true'), await idsOf(where)];
  expect(await walk(app, { ...list, filter: { ...filter } }, 100)).toEqual(expected);
  expect(expected.length).toBeGreaterThan(0);
  expect(expected.length).toBeLessThan(all.length);
}

it.each<[object, () => string]>([
  [{ ended: true }, () => 'ended_at is not null'],
  [{ ended: false }, () => 'ended_at is null'],
  [{ endedAt: { to: '9999-01-01T00:00:00Z' } }, () => 'ended_at is not null'],
])('associations of a device match %j', (filter, where) =>
  checkSelective(
    { caller: 'northside', parent: 'Device', field: 'associations', parentId: device },
    filter,
    `device_association where device_id = ${device}`,
    where(),
    'started_at desc, id desc',
  ),
);

it('associations can be filtered by time, and those of a patient by device', async () => {
  const ofDevice: List = { caller: 'northside', parent: 'Device', field: 'associations', parentId: device };
  const rows = `device_association where device_id = ${device}`;
  const order = 'started_at desc, id desc';
  const { rows: times } = await app.admin.query<{ at: Date }>(`select max(started_at) as at from ${rows}`);
  const last = times[0]!.at.toISOString();
  await checkSelective(ofDevice, { startedAt: { from: last } }, rows, `started_at >= '${last}'`, order);
  await checkSelective(ofDevice, { startedAt: { to: last } }, rows, `started_at < '${last}'`, order);
  expect(started <= last).toBe(true);
  const ofPatient: List = { caller: 'northside', parent: 'Patient', field: 'associations', parentId: patient };
  const ids = (filter: object) => walk(app, { ...ofPatient, filter: { ...filter } }, 100);
  expect((await ids({ deviceIds: [device] })).length).toBeGreaterThan(0);
  expect(await ids({ deviceIds: [] })).toEqual([]);
  expect(await ids({ deviceIds: ['999999999'] })).toEqual([]);
});

it.each<[string, () => object, () => string]>([
  ['statuses, from or to', () => ({ statuses: ['WITH_PATIENT'] }), () => `'WITH_PATIENT' in (status, previous_status)`],
  ['reasons', () => ({ reasons: ['REGISTERED'] }), () => `reason = 'REGISTERED'`],
  ['occurredAt.from', () => ({ occurredAt: { from: changed } }), () => `changed_at >= '${changed}'`],
  ['occurredAt.to', () => ({ occurredAt: { to: changed } }), () => `changed_at < '${changed}'`],
])('the history of a device can be filtered by %s', (_what, filter, where) =>
  checkSelective(
    { caller: 'northside', parent: 'Device', field: 'statusHistory', parentId: device },
    filter(),
    `device_status_change where device_id = ${device}`,
    where(),
    'id desc',
  ),
);

it.each<[object, string]>([
  [{ active: true }, 'active'],
  [{ active: false }, 'not active'],
  [
    { eventTypes: ['DEVICE_STATUS_CHANGED', 'DEVICE_ASSOCIATION_REMOVED'] },
    `'DEVICE_STATUS_CHANGED' = any(event_types)`,
  ],
  [{ active: true, eventTypes: ['DEVICE_STATUS_CHANGED'] }, `active and 'DEVICE_STATUS_CHANGED' = any(event_types)`],
])('webhooks match %j', (filter, where) =>
  checkSelective(
    { caller: 'northside', parent: 'Query', field: 'webhooks' },
    filter,
    'webhook where customer_id = 1',
    where,
    'id',
  ),
);

it('operators can filter webhooks by customer', async () => {
  const list = (filter: Record<string, unknown>): List => ({
    caller: 'operator',
    parent: 'Query',
    field: 'webhooks',
    filter,
  });
  expect(await walk(app, list({ customerIds: ['1'] }), 100)).toHaveLength(6);
  expect(await walk(app, list({ customerIds: ['2'] }), 100)).toEqual([]);
  expect(await walk(app, list({ createdAt: { to: '2001-01-01T00:00:00Z' } }), 100)).toEqual([]);
});

it.each<[object, string]>([
  [{ statuses: ['FAILED'] }, `status = 'FAILED'`],
  [{ eventTypes: ['ORDER_STATUS'] }, `event_type = 'ORDER_STATUS'`],
  [{ eventIds: ['msg_3', 'msg_5', 'none'] }, `message_id in ('msg_3', 'msg_5')`],
  [{ createdAt: { from: day(2), to: day(4) } }, `message_id in ('msg_2', 'msg_3')`],
  [{ statuses: ['FAILED'], eventTypes: ['ORDER_STATUS'] }, `status = 'FAILED' and event_type = 'ORDER_STATUS'`],
])('deliveries match %j', async (filter, where) => {
  const { rows } = await app.admin.query<{ id: string }>('select max(id) as id from webhook');
  await checkSelective(
    { caller: 'northside', parent: 'Webhook', field: 'deliveries', parentId: rows[0]!.id, isCounted: false },
    filter,
    `webhook_delivery where webhook_id = ${rows[0]!.id}`,
    where,
    'id desc',
  );
});

it('all deliveries can be filtered by webhook, and by operators by customer', async () => {
  const { rows } = await app.admin.query<{ id: string; webhook: string }>(
    'select id, webhook_id as webhook from webhook_delivery order by id desc',
  );
  const webhook = rows[0]!.webhook;
  const all = rows.map(({ id }) => id);
  const found = (filter: object, caller: List['caller'] = 'northside') =>
    walk(app, { caller, parent: 'Query', field: 'webhookDeliveries', filter, isCounted: false } as List, 100);
  expect(await found({})).toEqual(all);
  expect(await found({ webhookIds: [webhook] })).toEqual(
    rows.filter((row) => row.webhook === webhook).map(({ id }) => id),
  );
  expect(await found({ webhookIds: [String(Number(webhook) + 1)] })).toEqual([]);
  expect(await found({ webhookIds: [webhook], eventIds: ['msg_3'] })).toHaveLength(1);
  expect(await found({ customerIds: ['1'] }, 'operator')).toEqual(all);
  expect(await found({ customerIds: ['2'] }, 'operator')).toEqual([]);
  expect(await found({}, 'lakeview')).toEqual([]);
});

it('customers can be searched by name and filtered by time of creation', async () => {
  const { rows } = await app.admin.query<{ id: string; name: string; createdAt: Date }>(
    'select id, name, created_at as "createdAt" from customer where id <> 0 order by id',
  );
  const found = (ask: Partial<List>, caller: List['caller'] = 'operator') =>
    walk(app, { caller, parent: 'Query', field: 'customers', ...ask }, 100);
  const lakeview = rows.find(({ name }) => name.startsWith('Lakeview'))!;
  expect(await found({ search: 'LAKEv' })).toEqual([lakeview.id]);
  expect(await found({ search: 'akev' })).toEqual([]);
  expect(await found({ search: 'impilo' })).toEqual([]);
  expect(await found({ search: 'LAKEv' }, 'northside')).toEqual([]);
  expect(await found({ filter: { createdAt: { to: '2001-01-01T00:00:00Z' } } })).toEqual([]);
  expect(await found({ filter: { createdAt: { from: '2001-01-01T00:00:00Z' } } })).toEqual(rows.map(({ id }) => id));
  const query = '{ customers { nodes { createdAt } } }';
  expect(await app.data('operator', query)).toEqual({
    customers: { nodes: rows.map(({ createdAt }) => ({ createdAt: createdAt.toISOString() })) },
  });
});

it('lists below a parent can be searched like root lists', async () => {
  const { rows } = await app.admin.query<{ site: string; name: string; id: string; serial: string; device: string }>(
    `select p.site_id as site, p.last_name as name, p.id, i.value as serial, d.id as device from patient p
       join device d on d.patient_id = p.id join device_identifier i on i.device_id = d.id and i.type = 'SERIAL'
     where p.customer_id = 1 and p.site_id is not null and d.site_id = p.site_id order by p.id limit 1`,
  );
  const { site, name, id, serial, device: held } = rows[0]!;
  const below = (parent: string, parentId: string, field: string, search: string) =>
    walk(app, { caller: 'northside', parent, parentId, field, search }, 100);
  expect(await below('Site', site, 'patients', name.toLowerCase())).toContain(id);
  expect(await below('Site', site, 'patients', `${name}!`)).toEqual([]);
  expect(await below('Site', site, 'devices', serial.toLowerCase())).toEqual([held]);
  expect(await below('Patient', id, 'devices', serial.slice(0, -1))).toContain(held);
  expect(await below('Patient', id, 'devices', `${serial}9`)).toEqual([]);
});

it('the filter of a list below a parent omits only the members that its parent determines', () => {
  const members = (name: string): string[] => {
    const type = buildGatewaySchema().getType(name);
    return isInputObjectType(type) ? Object.keys(type.getFields()) : [];
  };
  const missing = (small: string, whole: string) => {
    expect(members(whole)).toEqual(expect.arrayContaining(members(small)));
    return members(whole).filter((member) => !members(small).includes(member));
  };
  expect(missing('SiteDeviceFilter', 'DeviceFilter')).toEqual(['siteIds']);
  expect(missing('PatientDeviceFilter', 'DeviceFilter')).toEqual([
    'siteIds',
    'patientIds',
    'associated',
    'customerIds',
  ]);
  expect(missing('SitePatientFilter', 'PatientFilter')).toEqual(['siteIds', 'customerIds']);
  expect(missing('SiteOrderFilter', 'OrderFilter')).toEqual(['patientIds', 'siteIds', 'customerIds']);
  expect(missing('PatientOrderFilter', 'OrderFilter')).toEqual(['patientIds', 'siteIds', 'customerIds']);
  expect(missing('DeviceOrderFilter', 'OrderFilter')).toEqual(['deviceIds', 'customerIds']);
  expect(missing('DeviceReadingFilter', 'PatientReadingFilter')).toEqual(['deviceIds']);
});
