import { readScreen } from '../support/screen';
import { TestApp, type CallerName } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

/** The result of one statement as JSON, read as superuser, independently of the tested code. */
async function json<T = object>(select: string, values: unknown[] = []): Promise<T> {
  const { rows } = await app.admin.query<{ value: T }>(`select (${select}) as value`, values);
  return rows[0]!.value;
}

/** The part of a list that the tests check. */
interface Listed {
  totalCount: number;
  nodes: object[];
}

const screen = <T>(
  name: string,
  variables: Record<string, unknown> = {},
  caller: CallerName = 'northside',
): Promise<T> => app.data<T>(caller, readScreen(name), variables);

const at = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const SITE = `(select json_build_object('databaseId', s.id::text, 'name', s.name,
  'operatedBy', case when s.customer_id = 0 then 'IMPILO' else 'CUSTOMER' end) from site s where s.id = d.site_id)`;
const PATIENT = (
  id: string,
) => `(select json_build_object('databaseId', p.id::text, 'externalIdentifier', p.external_identifier,
  'firstName', p.first_name, 'lastName', p.last_name) from patient p where p.id = ${id})`;
const ITEM = `(select json_build_object('name', i.name) from item i where i.id = d.item_id)`;
const SERIAL = `(select i.value from device_identifier i where i.device_id = d.id and i.type = 'SERIAL')`;
const ROW = `'databaseId', d.id::text, 'version', d.version, 'serialNumber', ${SERIAL}, 'placement', d.placement, 'item', ${ITEM}, 'currentStatus', d.current_status`;
const COUNTS = (
  where: string,
) => `(select coalesce(json_agg(json_build_object('item', json_build_object('name', i.name), 'status', c.status,
  'count', c.count) order by c.item_id, c.status collate "C"), '[]') from (select item_id, current_status as status, count(*)::int
  from device where ${where} group by 1, 2) c join item i on i.id = c.item_id)`;

it('status board: counts, and the devices that changed last', async () => {
  const data = await screen<{
    viewer: object;
    deviceCounts: object[];
    devices: { totalCount: number; edges: { node: object }[] };
  }>('status-board', {
    filter: { statuses: ['WITH_PATIENT', 'LOST'] },
  });
  const where = `customer_id = 1 and current_status in ('WITH_PATIENT', 'LOST')`;

  expect(data.viewer).toMatchObject({ role: 'ADMIN', customer: { name: 'Northside Health' } });
  expect(data.deviceCounts).toMatchObject(await json(COUNTS(where)));
  expect(data.devices.totalCount).toBe(await json<number>(`select count(*)::int from device where ${where}`));
  expect(data.devices.edges.map(({ node }) => node)).toMatchObject(
    await json(`select json_agg(json_build_object(${ROW}, 'updatedAt', ${at('d.updated_at')}, 'readingsDisabled', false,
      'statusChangedAt', ${at('d.status_changed_at')}, 'site', ${SITE}, 'patient', ${PATIENT('d.patient_id')},
      'currentAssociation', (select json_build_object('startedAt', ${at('a.started_at')}) from device_association a
        where a.device_id = d.id and a.ended_at is null)) order by d.updated_at desc, d.id desc)
      from (select * from device where ${where} order by updated_at desc, id desc limit 50) d`),
  );
});

it('device page: the device with its history and associations', async () => {
  const id = await json<string>(
    `select device_id from device_status_change where customer_id = 1 group by 1 order by count(*) desc, 1 limit 1`,
  );
  const { device } = await screen<{ device: { version: number; statusHistory: Listed; associations: Listed } }>(
    'device-page',
    { id },
  );

  const actor = (kind: string, label: string) =>
    `json_build_object('__typename', case ${kind} when 'API_KEY' then 'ApiKeyActor' when 'USER' then 'UserActor' when 'OPERATOR' then 'StaffActor' end,
      'displayName', case when ${kind} = 'OPERATOR' then 'Impilo' else ${label} end)`;
  expect(device).toMatchObject(
    await json(
      `select json_build_object(${ROW}, 'site', ${SITE}, 'patient', ${PATIENT('d.patient_id')}) from device d where d.id = $1`,
      [id],
    ),
  );
  expect(device.statusHistory.nodes.length).toBeGreaterThan(5);
  expect(device.statusHistory.totalCount).toBe(device.version);
  expect(device.statusHistory.nodes).toMatchObject(
    await json(
      `select json_agg(json_build_object('databaseId', c.id::text, 'deviceVersion', c.device_version,
        'previousStatus', c.previous_status, 'status', c.status, 'reason', c.reason, 'note', c.note, 'occurredAt', ${at('c.changed_at')},
        'actor', ${actor('c.changed_by_kind', 'c.changed_by_label')}, 'patient', ${PATIENT('c.patient_id')},
        'previousPatient', ${PATIENT('c.previous_patient_id')},
        'site', (select json_build_object('name', name) from site where id = c.site_id),
        'previousSite', (select json_build_object('name', name) from site where id = c.previous_site_id))
        order by c.device_version desc) from device_status_change c where c.device_id = $1`,
      [id],
    ),
  );
  expect(device.associations.nodes).toMatchObject(
    await json(
      `select json_agg(json_build_object('startedAt', ${at('a.started_at')}, 'endedAt', ${at('a.ended_at')},
        'startedBy', ${actor('a.started_by_kind', 'a.started_by_label')}, 'patient', ${PATIENT('a.patient_id')},
        'endedBy', case when a.ended_at is not null then ${actor('a.ended_by_kind', 'a.ended_by_label')} end)
        order by a.started_at desc) from device_association a where a.device_id = $1`,
      [id],
    ),
  );
});

it('patient page: the patient with its devices', async () => {
  const id =
    await json(`select patient_id from device_association where customer_id = 1 and patient_id in (select patient_id from device)
    group by 1 order by count(*) desc, 1 limit 1`);
  // reading-results.test.ts checks the readings.
  const period = { from: '2026-01-01T00:00:00Z', to: '2026-01-31T00:00:00Z' };
  const { patient } = await screen<{ patient: { devices: Listed; associations: Listed } }>('patient-page', {
    id,
    ...period,
  });

  expect(patient).toMatchObject(
    await json(
      `select json_build_object('databaseId', p.id::text, 'externalIdentifier', p.external_identifier, 'firstName', p.first_name,
        'dateOfBirth', p.date_of_birth, 'sex', p.sex, 'email', p.email, 'phoneNumber', p.phone_number, 'address', p.address,
        'archived', p.archived_at is not null, 'enrolled', p.enrolled) from patient p where p.id = $1`,
      [id],
    ),
  );
  expect(patient.devices).toMatchObject({
    totalCount: await json<number>(`select count(*)::int from device where patient_id = $1`, [id]),
    nodes: await json(
      `select json_agg(json_build_object(${ROW}) order by d.id) from device d where d.patient_id = $1`,
      [id],
    ),
  });
  expect(patient.associations.nodes).toMatchObject(
    await json(
      `select json_agg(json_build_object('startedAt', ${at('a.started_at')}, 'endedAt', ${at('a.ended_at')}, 'device',
        json_build_object('databaseId', a.device_id::text)) order by a.id desc) from device_association a where a.patient_id = $1`,
      [id],
    ),
  );
});

it("site inventory: the customer's own devices at each active site and warehouse", async () => {
  const data = await screen<{ sites: Listed }>('site-inventory', { devicesFirst: 7 });
  const sites = await json<object[]>(`select json_agg(json_build_object('databaseId', s.id::text, 'name', s.name,
    'operatedBy', case when s.customer_id = 0 then 'IMPILO' else 'CUSTOMER' end,
    'deviceCounts', ${COUNTS(`customer_id = 1 and site_id = s.id and placement in ('SITE', 'WAREHOUSE')`)},
    'free', json_build_object('totalCount', (select count(*) from device where customer_id = 1 and site_id = s.id
       and current_status in ('AVAILABLE_AT_SITE', 'AVAILABLE')),
      'nodes', (select coalesce(json_agg(json_build_object(${ROW}) order by d.id), '[]') from (select * from device
        where customer_id = 1 and site_id = s.id and current_status in ('AVAILABLE_AT_SITE', 'AVAILABLE') order by id limit 7) d)),
    'patients', json_build_object('totalCount', (select count(*) from patient where customer_id = 1 and site_id = s.id and archived_at is null))
    ) order by s.id) from site s where s.customer_id in (0, 1) and s.deactivated_at is null`);

  expect(sites.length).toBeGreaterThan(5);
  expect(data.sites).toMatchObject({ totalCount: sites.length, nodes: sites, pageInfo: { hasNextPage: false } });
});

it('search: devices, patients and sites that match the text', async () => {
  const search = (text: string) => screen<{ patients: Listed }>('search', { text });
  const nothing = { devices: { nodes: [] }, patients: { nodes: [] }, orders: { nodes: [] }, sites: { nodes: [] } };
  for (const text of ['abc-123', 'ABC 12'])
    expect(await search(text)).toMatchObject({ ...nothing, devices: { nodes: [{ databaseId: '1' }] } });
  expect(await search('external-identifier')).toMatchObject({ ...nothing, patients: { nodes: [{ databaseId: '1' }] } });
  expect(await search('northside c')).toMatchObject({ ...nothing, sites: { nodes: [{ databaseId: '4' }] } });
  expect(await search('matches nothing')).toMatchObject(nothing);

  const name = await json<string>(
    `select last_name || ' ' || first_name from patient where customer_id = 1 order by id desc limit 1`,
  );
  const { patients } = await search(name.toUpperCase());
  expect(patients.nodes).toMatchObject(
    await json(
      `select json_agg(${PATIENT('x.id')} order by x.id) from patient x where x.customer_id = 1 and x.last_name || ' ' || x.first_name = $1`,
      [name],
    ),
  );
});

it('long-associated devices: longest first, with contact data', async () => {
  const { devices } = await screen<{ devices: Listed }>('long-associated-devices', {
    filter: { associated: true, statuses: ['WITH_PATIENT'] },
    first: 30,
  });
  expect(devices.nodes).toMatchObject(
    await json(`select json_agg(json_build_object(${ROW}, 'patient', (select json_build_object('email', p.email, 'phoneNumber', p.phone_number)
        from patient p where p.id = d.patient_id),
      'currentAssociation', (select json_build_object('startedAt', ${at('a.started_at')}) from device_association a
        where a.device_id = d.id and a.ended_at is null),
      'lastChanges', json_build_object('nodes', (select json_agg(json_build_object('reason', c.reason, 'occurredAt', ${at('c.changed_at')})
        order by c.device_version desc) from device_status_change c where c.device_id = d.id and c.device_version > d.version - 3)))
      order by d.updated_at, d.id) from (select * from device where customer_id = 1 and current_status = 'WITH_PATIENT'
        order by updated_at, id limit 30) d`),
  );
});

it('association dialog: the scanned device, and the patients of a site', async () => {
  const { device, patients } = await screen<{ device: object; patients: Listed }>('association-dialog', {
    identifier: 'ABC123',
    siteIds: ['3'],
  });
  expect(device).toMatchObject(
    await json(`select json_build_object(${ROW}, 'site', ${SITE}, 'patient', null) from device d where d.id = 1`),
  );
  expect(patients.nodes).toMatchObject(
    await json(`select json_agg(json_build_object('databaseId', p.id::text, 'lastName', p.last_name, 'devices', json_build_object(
        'totalCount', (select count(*) from device d where d.patient_id = p.id))) order by p.n)
      from (select *, row_number() over (order by last_name_key, id) as n from patient where customer_id = 1 and site_id = 3
        and archived_at is null and enrolled order by n limit 20) p`),
  );
});

it("operator's stock: all customers' devices by warehouse", async () => {
  const data = await screen<{
    viewer: object;
    customers: { nodes: { name: string }[] };
    stock: object[];
    inTransit: object[];
    warehouses: Listed;
  }>('operator-stock', {}, 'operator');
  expect(data.viewer).toMatchObject({ role: 'OPERATOR' });
  expect(data.customers.nodes.map(({ name }) => name)).toEqual(['Northside Health', 'Lakeview Care']);
  expect(data.stock).toMatchObject(await json(COUNTS(`current_status = 'AVAILABLE'`)));
  expect(data.inTransit).toMatchObject(await json(COUNTS(`current_status in ('IN_TRANSIT', 'RETURNING')`)));
  expect(data.warehouses.nodes).toMatchObject(
    await json(`select json_agg(json_build_object('databaseId', s.id::text, 'deviceCounts', ${COUNTS('site_id = s.id')}, 'devices',
      json_build_object('totalCount', (select count(*) from device where site_id = s.id and current_status = 'AVAILABLE'), 'nodes',
        (select json_agg(json_build_object(${ROW}, 'customer', (select json_build_object('name', name) from customer
          where id = d.customer_id)) order by d.updated_at, d.id)
         from (select * from device where site_id = s.id and current_status = 'AVAILABLE' order by updated_at, id limit 20) d)))
      order by s.id) from site s where s.customer_id = 0`),
  );
});
