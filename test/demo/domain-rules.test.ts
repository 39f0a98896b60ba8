import { openDemoDatabase, type DemoDatabase } from './demo-database';

/**
 * The rules of docs/glossary.md that can be expressed in SQL, each as a query for rows that break it. They repeat the gateway's rules
 * on purpose, so that mistakes in those are found, and check rows that are added to the demo data by hand.
 */
const DEVICE_RULES: Record<string, string> = {
  'the status of a device matches its holder, its site and its orders': `
    select d.* from device d left join device_order o on o.id = d.order_id
    where (d.patient_id is not null and d.site_customer_id = 0) or case d.current_status
      when 'AVAILABLE' then d.patient_id is null and d.site_customer_id = 0 and num_nonnulls(d.order_id, d.return_order_id) = 0
      when 'AVAILABLE_AT_SITE' then
        d.patient_id is null and d.site_customer_id <> 0 and num_nonnulls(d.order_id, d.return_order_id) = 0
      when 'WITH_PATIENT' then d.patient_id is not null
      when 'IN_TRANSIT' then d.order_id is not null and d.site_id is null and d.patient_id is not distinct from o.patient_id
      when 'RETURNING' then num_nonnulls(d.patient_id, d.site_id, d.order_id) = 0
      when 'DECOMMISSIONED' then true
      when 'LOST' then true end is not true`,
  'a device has one open association, with its holder, or none without a holder': `
    select d.* from device d left join device_association a on a.device_id = d.id and a.ended_at is null
    group by d.customer_id, d.id having count(a.id) <> num_nonnulls(d.patient_id) or min(a.patient_id) <> d.patient_id`,
  'associations match the holders in the history': `
    with change as (
      select device_id, patient_id, changed_at, changed_by_kind, changed_by_label from device_status_change
      where patient_id is distinct from previous_patient_id),
    period as (
      select *, lead(changed_at) over w as ended_at, lead(changed_by_kind) over w as ended_by_kind,
        lead(changed_by_label) over w as ended_by_label
      from change window w as (partition by device_id order by changed_at)),
    expected as (select * from period where patient_id is not null),
    actual as (
      select device_id, patient_id, started_at, started_by_kind, started_by_label, ended_at, ended_by_kind, ended_by_label
      from device_association)
    (table expected except table actual) union all (table actual except table expected)`,
  'versions have no gaps, and the previous values of each change match the change before': `
    select * from (
      select c.*, row_number() over w as number, lag(changed_at) over w as former_at,
        row(lag(status) over w, lag(patient_id) over w, lag(site_id) over w) as former
      from device_status_change c window w as (partition by device_id order by device_version)) c
    where device_version <> number or row(previous_status, previous_patient_id, previous_site_id) is distinct from former
      or changed_at <= former_at`,
  'a history starts with the registration in a warehouse, and its last change matches the device': `
    select d.* from device d
      left join device_status_change a on a.device_id = d.id and a.device_version = 1
      left join device_status_change z on z.device_id = d.id and z.device_version = d.version
    where row(a.reason, a.status, a.patient_id, a.changed_at) is distinct from row('REGISTERED', 'AVAILABLE', null::bigint, d.created_at)
      or row(z.status, z.patient_id, z.site_id, z.changed_at)
        is distinct from row(d.current_status, d.patient_id, d.site_id, d.updated_at)
      or d.version <> (select max(device_version) from device_status_change c where c.device_id = d.id)`,
  'status_changed_at is the time of the last change that changed the status': `
    select d.* from device d where status_changed_at is distinct from (
      select max(changed_at) from device_status_change c where c.device_id = d.id and status is distinct from previous_status)`,
  'a change matches its reason': `
    select c.* from (
      select c.*, s.customer_id = 0 as at_impilo, s.customer_id <> 0 as at_own, p.customer_id <> 0 as was_at_own,
        status = previous_status and status in ('LOST', 'DECOMMISSIONED') as kept
      from device_status_change c left join site s on s.id = site_id left join site p on p.id = previous_site_id) c
    where case reason
      when 'REGISTERED' then status = 'AVAILABLE' and at_impilo
      when 'ORDER_PROCESSED' then previous_status = 'AVAILABLE' and status = 'IN_TRANSIT' and site_id is null
      when 'ORDER_DELIVERED' then previous_status = 'IN_TRANSIT' and patient_id is not distinct from previous_patient_id
        and case when patient_id is null then status = 'AVAILABLE_AT_SITE' and at_own
          else status = 'WITH_PATIENT' and site_id is null end
      when 'ORDER_CANCELLED' then
        previous_status = 'IN_TRANSIT' and status = 'AVAILABLE' and patient_id is null and at_impilo
      when 'ASSOCIATED' then previous_status = 'AVAILABLE_AT_SITE' and status = 'WITH_PATIENT' and patient_id is not null
        and site_id = previous_site_id and at_own
      when 'ASSOCIATED_WITH_SITE' then
        previous_patient_id is null and at_own and (status = 'AVAILABLE_AT_SITE' or kept)
      when 'DISASSOCIATED' then previous_patient_id is not null and patient_id is null
        and (kept or status = case when site_id is null then 'RETURNING' else 'AVAILABLE_AT_SITE' end)
      when 'REPLACED' then (previous_patient_id is not null or was_at_own) and status = 'RETURNING'
        and num_nonnulls(patient_id, site_id) = 0
      when 'RETURN_RECEIVED' then patient_id is null and at_impilo and status in ('AVAILABLE', 'DECOMMISSIONED')
      when 'STATUS_OVERRIDE' then row(patient_id, site_id) is not distinct from row(previous_patient_id, previous_site_id)
        and (status = 'LOST' or (status = 'WITH_PATIENT' and patient_id is not null))
      when 'READINGS_DISABLED' then status = 'DECOMMISSIONED' and patient_id is not distinct from previous_patient_id
      when 'READINGS_ENABLED' then
        previous_status = 'DECOMMISSIONED' and status = 'WITH_PATIENT' and patient_id is not null
      end is not true`,
  'Impilo staff fulfills orders, and customers make the other changes': `
    select * from device_status_change where case
      when reason in ('REGISTERED', 'ORDER_DELIVERED', 'RETURN_RECEIVED') then changed_by_kind = 'OPERATOR'
      when reason in ('ASSOCIATED', 'ASSOCIATED_WITH_SITE', 'DISASSOCIATED', 'READINGS_DISABLED', 'READINGS_ENABLED', 'REPLACED')
        then changed_by_kind in ('API_KEY', 'USER')
      else true end is not true`,
  // Foreign keys ensure the rest.
  'a history refers only to patients and sites of the customer, and to warehouses': `
    select c.* from device_status_change c join device d on d.id = c.device_id
      left join patient p on p.id = c.patient_id left join site s on s.id = c.site_id
    where c.customer_id <> d.customer_id or p.customer_id <> c.customer_id or s.customer_id not in (c.customer_id, 0)`,
  'archived patients have no devices and got none after they were archived': `
    select a.* from device_association a join patient p on p.id = a.patient_id
    where p.archived_at is not null and (a.ended_at is null or a.started_at > p.archived_at)`,
  'ids are in chronological order': `
    select 'patient' as "table", id from (select id, created_at < lag(created_at) over (order by id) as late from patient) t where late
    union all
    select 'device', id from (select id, created_at < lag(created_at) over (order by id) as late from device) t where late
    union all
    select 'order', id from (select id, created_at < lag(created_at) over (order by id) as late from device_order) t where late
    union all
    select 'site', id from (select id, created_at < lag(created_at) over (order by id) as late from site) t where late
    union all
    select 'change', id from (select id, changed_at < lag(changed_at) over (order by id)
      or event_id <= lag(event_id) over (order by id) as late from device_status_change) t where late
    union all
    select 'association', id from (select id, started_at < lag(started_at) over (order by id) as late from device_association) t
    where late`,
};

const ORDER_RULES: Record<string, string> = {
  'the steps of an order lead from its creation to its current status, in chronological order': `
    select o.id, s.* from device_order o left join (
      select e.*, lag(status) over w as former, at < lag(at) over w as late, lead(status) over w is null as last
      from order_event e where e.status is not null window w as (partition by order_id order by id)) s on s.order_id = o.id
    where s.late or s.id is null
      or (last and row(s.status, s.at) is distinct from row(o.current_status, o.updated_at))
      or (former is null and row(s.status, s.at) is distinct from row('CREATED', o.created_at))
      or (former is not null and row(former, s.status) not in (('CREATED', 'PROCESSED'), ('CREATED', 'CANCELLED'),
        ('PROCESSED', 'SHIPPED'), ('PROCESSED', 'CANCELLED'), ('SHIPPED', 'AVAILABLE_FOR_PICKUP'), ('SHIPPED', 'DELIVERED'),
        ('AVAILABLE_FOR_PICKUP', 'DELIVERED')))`,
  'a processed order has the devices for its items, from warehouses': `
    with asked as (
      select order_id, item_id, count from order_item i
      where exists (select from order_event e where e.order_id = i.order_id and e.status = 'PROCESSED')),
    sent as (
      select x.order_id, d.item_id, count(*)::integer from order_device x join device d on d.id = x.device_id
      where leg = 'OUTBOUND' and warehouse_customer_id = 0 group by x.order_id, d.item_id)
    (table asked except table sent) union all (table sent except table asked)`,
  'only a replacement has a return leg, with one device of the item that it sends': `
    with expected as (
      select o.id, i.item_id from device_order o join order_item i on i.order_id = o.id where o.kind = 'REPLACEMENT'),
    actual as (
      select x.order_id, d.item_id from order_device x join device d on d.id = x.device_id where x.leg = 'RETURN')
    (table expected except all table actual) union all (table actual except all table expected)`,
  'the order of a device is open, and the device is IN_TRANSIT': `
    select d.* from device d join device_order o on o.id = d.order_id
      left join order_device x on x.order_id = o.id and x.device_id = d.id and x.leg = 'OUTBOUND'
    where x.device_id is null or d.current_status <> 'IN_TRANSIT'
      or o.current_status not in ('PROCESSED', 'SHIPPED', 'AVAILABLE_FOR_PICKUP')`,
  'the return order of a device is a replacement, and the device is RETURNING or LOST': `
    select d.* from device d join device_order o on o.id = d.return_order_id
      left join order_device x on x.order_id = o.id and x.device_id = d.id and x.leg = 'RETURN'
    where x.device_id is null or o.kind <> 'REPLACEMENT' or d.current_status not in ('RETURNING', 'LOST')`,
  'only shipped orders have parcels': `
    select * from device_order o where (parcels <> '[]')
      <> exists (select from order_event e where e.order_id = o.id and e.status = 'SHIPPED')`,
  'the parcels of an order match its events': `
    select * from device_order o where parcels <> (select coalesce(jsonb_agg(e.parcel order by e.id), '[]')
      from order_event e where e.order_id = o.id and e.type = 'OrderParcelAdded')`,
  'the previous status of a step matches the step before': `
    select * from (select status, previous_status, lag(status) over (partition by order_id order by id) as before
      from order_event where type = 'OrderStatusChange') e where previous_status is distinct from before`,
  'a change of a device made by an order refers to that order': `
    select c.* from device_status_change c left join order_device x on x.order_id = c.order_id and x.device_id = c.device_id
      and x.leg = case when c.reason in ('REPLACED', 'RETURN_RECEIVED') then 'RETURN' else 'OUTBOUND' end
    where case when c.reason in ('ORDER_PROCESSED', 'ORDER_DELIVERED', 'ORDER_CANCELLED', 'REPLACED') then x.order_id is null
      when c.reason = 'RETURN_RECEIVED' then c.order_id is not null and x.order_id is null
      else c.order_id is not null end`,
};

const READING_RULES: Record<string, string> = {
  'a reading belongs to the holder of the device when it was taken': `
    select r.* from reading r left join device_association a on a.device_id = r.device_id
      and a.started_at <= r.taken_at and (a.ended_at is null or r.taken_at < a.ended_at)
    where r.device_id is not null and r.patient_id is distinct from a.patient_id`,
  'a reading without a device is manual, and one without a patient is not': `
    select * from reading where (device_id is null and not manual) or (patient_id is null and manual)`,
  'readings are taken with devices that are with a patient or free at a site': `
    select r.* from reading r left join stay s
      on s.device_id = r.device_id and s.started_at <= r.taken_at and r.taken_at < s.ended_at
    where r.device_id is not null
      and s.status is distinct from case when r.patient_id is null then 'AVAILABLE_AT_SITE' else 'WITH_PATIENT' end`,
  'no reading is taken or received while its device is decommissioned': `
    select r.* from reading r join stay s on s.device_id = r.device_id and s.status = 'DECOMMISSIONED'
    where (s.started_at <= r.taken_at and r.taken_at < s.ended_at) or (s.started_at <= r.received_at and r.received_at < s.ended_at)`,
  'readings are taken at whole seconds and received later, before the end of the data': `
    select r.* from reading r, data_end e
    where taken_at >= received_at or received_at >= e.at or date_trunc('second', taken_at) <> taken_at`,
  'a device sends only the kinds of its item': `
    select m.* from measured m join item i on i.id = m.item_id where m.kind_name <> all (i.reading_kinds)`,
  'a reading has only the values of its kind': `
    select * from reading where case kind
      when 1 then systolic > diastolic and num_nonnulls(glucose, blood_oxygen, weight, temperature, peak_expiratory_flow) = 0
      when 2 then glucose is not null and num_nonnulls(systolic, diastolic, heart_rate, blood_oxygen, weight, temperature, peak_expiratory_flow) = 0
      when 3 then blood_oxygen is not null and num_nonnulls(systolic, diastolic, glucose, weight, temperature, peak_expiratory_flow) = 0
      when 4 then weight is not null and num_nonnulls(systolic, diastolic, heart_rate, glucose, blood_oxygen, temperature, peak_expiratory_flow) = 0
      when 5 then heart_rate is not null and num_nonnulls(systolic, diastolic, glucose, blood_oxygen, weight, temperature, peak_expiratory_flow) = 0
      when 6 then temperature is not null and num_nonnulls(systolic, diastolic, heart_rate, glucose, blood_oxygen, weight, peak_expiratory_flow) = 0
      when 7 then peak_expiratory_flow is not null and num_nonnulls(systolic, diastolic, heart_rate, glucose, blood_oxygen, weight, temperature) = 0
      end is not true
      or (kind <> 2 and num_nonnulls(meal_timing, comparator) > 0)
      or (kind <> 7 and forced_expiratory_volume_in_one_second is not null)`,
  'values are within their bounds': `
    select * from reading where not (systolic between 30 and 300) or not (diastolic between 10 and 200)
      or not (heart_rate between 10 and 300) or not (glucose between 10 and 1000) or not (blood_oxygen between 30 and 100)
      or not (weight between 1 and 1500) or not (temperature between 70 and 115)
      or not (peak_expiratory_flow between 10 and 1000) or not (forced_expiratory_volume_in_one_second between 0.1 and 12)
      or greatest(abs(device_time_zone_offset), abs(patient_time_zone_offset)) > 18 * 3600`,
};

let database: DemoDatabase;
beforeAll(async () => {
  database = await openDemoDatabase();
});
afterAll(() => database.close());

describe.each([
  ['devices', DEVICE_RULES],
  ['orders', ORDER_RULES],
  ['readings', READING_RULES],
])('%s of the demo data', (_things, rules) => {
  test.each(Object.entries(rules))('%s', async (_rule, broken) => {
    expect(await database.select(`select * from (${broken}) broken limit 3`)).toEqual([]);
  });
});
