import type { MigrationInterface, QueryRunner } from 'typeorm';

const STATUSES = `'CREATED', 'PROCESSED', 'SHIPPED', 'AVAILABLE_FOR_PICKUP', 'DELIVERED', 'CANCELLED'`;

/** A parcel before this migration: the tracking number and its leg. */
const parcelOf = (
  old: string,
) => `jsonb_build_object('carrier', ${old} -> 'carrier', 'trackingNumber', ${old} -> 'value',
  'trackingUrl', null, 'direction', ${old} -> 'leg')`;

/** The name of a status in webhooks: AVAILABLE_FOR_PICKUP is availableForPickup. */
const camelCase = (status: string) => `lower(left(${status}, 1)) || substr(replace(initcap(${status}), '_', ''), 2)`;

/**
 * Adds types to the events of orders, makes parcels such events, adds versions to orders, and adds to status changes of devices
 * the order that made them. Rewrites the rows of order_event, the orders with parcels, and the status changes made by orders. The
 * tables are locked until the end.
 */
export class OrderEvents1795651560000 implements MigrationInterface {
  private readonly tables = ['device_order', 'order_event', 'order_device', 'device_status_change', 'event'];

  async up(runner: QueryRunner): Promise<void> {
    // Row-level security applies to the owner too, which would find no rows.
    for (const table of this.tables) await runner.query(`alter table ${table} no force row level security`);
    await this.extendEvents(runner);
    await this.extendOrders(runner);
    await this.nameOrders(runner);
    await this.renameInOutbox(runner);
    for (const table of this.tables) await runner.query(`alter table ${table} force row level security`);
  }

  async down(): Promise<void> {
    throw new Error('Events of orders are not turned back: roll the gateway forward instead.');
  }

  private async extendEvents(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table order_event
        add type text not null default 'OrderStatusChange',
        add previous_status text check (previous_status in (${STATUSES})),
        add parcel jsonb,
        alter status drop not null`);
    await runner.query(`alter table order_event alter type drop default`);
    await runner.query(`
      update order_event e set previous_status = p.status from (
        select customer_id, id, lag(status) over (partition by customer_id, order_id order by id) as status from order_event
      ) p where p.customer_id = e.customer_id and p.id = e.id and p.status is not null`);
    // The note of an order was the note of its creation, which its first event also has.
    await runner.query(`
      update order_event e set note = o.note from device_order o
      where o.customer_id = e.customer_id and o.id = e.order_id and o.note is not null and e.note is null and e.status = 'CREATED'`);
    // The actor and time of parcels were not recorded. They are those of the last step, so that ids are in the order of time.
    await runner.query(`
      insert into order_event (customer_id, order_id, type, parcel, at, by_kind, by_label)
      select o.customer_id, o.id, 'OrderParcelAdded', ${parcelOf('t.value')}, s.at, s.by_kind, s.by_label
      from device_order o
      cross join lateral jsonb_array_elements(o.tracking_numbers) with ordinality t(value, n)
      cross join lateral (
        select * from order_event e where e.customer_id = o.customer_id and e.order_id = o.id
        order by e.id desc limit 1
      ) s
      order by s.at, o.id, t.n`);
    await runner.query(`
      alter table order_event add constraint order_event_type check (case type
        when 'OrderStatusChange' then status is not null and parcel is null
        when 'OrderParcelAdded' then parcel is not null and status is null and previous_status is null
        else false end)`);
    await runner.query(`create unique index order_event_by_id on order_event (customer_id, id)`);
    await runner.query(`create unique index order_event_for_operators on order_event ((id + 0))`);
  }

  private async extendOrders(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table device_order rename tracking_numbers to parcels`);
    await runner.query(
      `alter table device_order add version integer not null default 1 check (version >= 1), drop note`,
    );
    await runner.query(`
      update device_order o set parcels = (
        select jsonb_agg(${parcelOf('t.value')} order by t.n) from jsonb_array_elements(o.parcels) with ordinality t(value, n))
      where o.parcels <> '[]'`);
    // As if each past step had increased the version.
    await runner.query(`
      update device_order o set version = e.events from (
        select customer_id, order_id, count(*) as events from order_event where status is not null group by customer_id, order_id
      ) e where e.customer_id = o.customer_id and e.order_id = o.id and e.events > 1`);
  }

  /** A device is in one order at a time, so its changes and its orders are in the same sequence. */
  private async nameOrders(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table device_status_change
        add order_id bigint,
        add constraint device_status_change_order foreign key (customer_id, order_id) references device_order`);
    // The n-th time that a device was processed, or replaced, belongs to its n-th order of that leg.
    await runner.query(`
      update device_status_change c set order_id = x.order_id
      from (
        select customer_id, id, device_id, reason, row_number() over (partition by customer_id, device_id, reason order by id) as n
        from device_status_change where reason in ('ORDER_PROCESSED', 'REPLACED')
      ) r
      join (
        select d.customer_id, d.device_id, d.order_id, case d.leg when 'OUTBOUND' then 'ORDER_PROCESSED' else 'REPLACED' end as reason,
          row_number() over (partition by d.customer_id, d.device_id, d.leg order by e.id) as n
        from order_device d join order_event e on e.customer_id = d.customer_id and e.order_id = d.order_id and e.status = 'PROCESSED'
      ) x using (customer_id, device_id, reason, n)
      where c.customer_id = r.customer_id and c.id = r.id`);
    await runner.query(`
      update device_status_change c set order_id = (
        select p.order_id from device_status_change p
        where p.customer_id = c.customer_id and p.device_id = c.device_id and p.id < c.id and p.reason = 'ORDER_PROCESSED'
        order by p.id desc limit 1)
      where c.reason in ('ORDER_DELIVERED', 'ORDER_CANCELLED')`);
    // A return belongs to the preceding replacement, unless another return is in between or the replacement was cancelled.
    await runner.query(`
      update device_status_change c set order_id = p.order_id
      from device_status_change p join device_order o on o.customer_id = p.customer_id and o.id = p.order_id
      where c.reason = 'RETURN_RECEIVED' and p.reason = 'REPLACED' and o.current_status <> 'CANCELLED'
        and p.customer_id = c.customer_id and p.id = (
          select max(q.id) from device_status_change q
          where q.customer_id = c.customer_id and q.device_id = c.device_id and q.id < c.id
            and q.reason in ('REPLACED', 'RETURN_RECEIVED'))`);
  }

  /** Event payloads are sent to webhooks unchanged, so waiting ones get the new names. */
  private async renameInOutbox(runner: QueryRunner): Promise<void> {
    const kind = `v.payload #>> '{event,by,kind}'`;
    await runner.query(`
      update event v set payload = jsonb_set(
        case v.type when 'order.status' then v.payload else v.payload - 'items' - 'trackingNumbers' - 'note' || jsonb_build_object(
          'version', e.version,
          'lines', (select coalesce(jsonb_agg(jsonb_build_object('itemId', i.value -> 'itemId', 'quantity', i.value -> 'count') order by i.n), '[]')
            from jsonb_array_elements(v.payload -> 'items') with ordinality i(value, n)),
          'parcels', (select coalesce(jsonb_agg(${parcelOf('t.value')} order by t.n), '[]')
            from jsonb_array_elements(v.payload -> 'trackingNumbers') with ordinality t(value, n))) end,
        '{event}', jsonb_build_object(
          'id', e.id::text,
          'occurredAt', v.payload #> '{event,at}',
          'actor', jsonb_build_object(
            'type', case ${kind} when 'operator' then 'staff' else ${kind} end,
            'displayName', v.payload #> '{event,by,label}'),
          'note', v.payload #> '{event,note}',
          'previousStatus', ${camelCase('e.previous_status')},
          'status', v.payload #> '{event,status}'))
      from (
        select e.*, row_number() over (partition by customer_id, order_id order by id) as version
        from order_event e where status is not null
      ) e
      where v.type in ('order.status', 'order.statusFull') and v.payload #> '{event,by}' is not null
        and e.customer_id = v.customer_id and e.order_id = coalesce(v.payload ->> 'orderId', v.payload ->> 'id')::bigint
        and ${camelCase('e.status')} = v.payload #>> '{event,status}'`);
  }
}
