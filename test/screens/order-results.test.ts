import { readScreen } from '../support/screen';
import { TestApp } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const at = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const DEVICES = (
  leg: string,
) => `json_build_object('nodes', (select coalesce(json_agg(json_build_object('databaseId', d.id::text,
  'currentStatus', d.current_status) order by d.id), '[]') from (select d.* from order_device x join device d on d.id = x.device_id
  where x.order_id = o.id and x.leg = '${leg}' order by d.id limit 5) d))`;
const BOARD = `json_build_object('databaseId', o.id::text, 'kind', o.kind, 'currentStatus', o.current_status,
  'createdAt', ${at('o.created_at')}, 'updatedAt', ${at('o.updated_at')},
  'patient', (select json_build_object('databaseId', p.id::text, 'lastName', p.last_name) from patient p where p.id = o.patient_id),
  'site', (select json_build_object('databaseId', s.id::text, 'name', s.name) from site s where s.id = o.site_id),
  'lines', (select json_agg(json_build_object('quantity', i.count, 'item', (select json_build_object('name', t.name) from item t
    where t.id = i.item_id)) order by i.line) from order_item i where i.order_id = o.id),
  'devices', ${DEVICES('OUTBOUND')}, 'returnDevices', ${DEVICES('RETURN')},
  'events', json_build_object('nodes', (select json_agg((jsonb_build_object('occurredAt', ${at('e.at')})
      || case when e.status is null then jsonb_build_object('parcel', jsonb_build_object(
        'trackingNumber', e.parcel -> 'trackingNumber', 'direction', e.parcel -> 'direction')) else jsonb_build_object('status', e.status) end)
    order by e.id) from order_event e where e.order_id = o.id)))`;

it.each(['STANDARD', 'REPLACEMENT'])('order desk: %s orders with their contents, newest first', async (kind) => {
  const { orders } = await app.data<{ orders: { totalCount: number; nodes: object[] } }>(
    'northside',
    readScreen('order-desk'),
    { first: 40, filter: { kinds: [kind] } },
  );
  // Read as superuser, independently of the tested code.
  const { rows } = await app.admin.query<{ value: object }>(
    `select ${BOARD} as value from device_order o where customer_id = 1 and kind = $1 order by id desc`,
    [kind],
  );
  expect(orders.totalCount).toBe(rows.length);
  expect(orders.nodes.length).toBeGreaterThan(1);
  expect(orders.nodes).toMatchObject(rows.slice(0, 40).map(({ value }) => value));
});
