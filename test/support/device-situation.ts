import type { DeviceStatus } from '../../src/features/device/device-status';

export type Status = keyof typeof DeviceStatus;

/** The situation of a device. Defaults: customer Northside, everything else none. */
export interface Situation {
  status: Status;
  customerId?: string;
  siteId?: string | null;
  holderId?: string | null;
  /** In an open order, for its holder or for a site. */
  inOrder?: boolean;
  /** On the open return leg of an order. */
  onReturnLeg?: boolean;
}

/** Creates a device. One statement, so that its holder and its association are committed together. */
export const DEVICE_IN_SITUATION = `
  with given as (
    select $1::bigint as customer_id, $2::bigint as item_id, $3::text as status, $4::bigint as site_id, $5::bigint as patient_id,
      $6::boolean as in_order, $7::boolean as on_return_leg, $8::text as serial, nextval('device_id_seq') as device_id
  ), ordered as (
    insert into device_order (customer_id, kind, current_status, patient_id, site_id)
    select customer_id, 'STANDARD', 'SHIPPED', patient_id,
      case when patient_id is null then (select min(s.id) from site s where s.customer_id = given.customer_id) end
    from given where in_order or on_return_leg returning id
  ), made as (
    insert into device (customer_id, id, item_id, current_status, site_customer_id, site_id, patient_id, order_id, return_order_id)
    select customer_id, device_id, item_id, status, (select s.customer_id from site s where s.id = given.site_id), site_id, patient_id,
      case when in_order then (select id from ordered) end, case when on_return_leg then (select id from ordered) end
    from given returning *
  ), identified as (
    insert into device_identifier (customer_id, device_id, type, value, normalized)
    select customer_id, device_id, 'SERIAL', serial, replace(serial, '-', '') from given
  ), associated as (
    insert into device_association (customer_id, device_id, patient_id, started_at, started_by_kind, started_by_label)
    select customer_id, id, patient_id, updated_at, 'SYSTEM', 'test' from made where patient_id is not null
  ), changed as (
    insert into device_status_change (customer_id, device_id, device_version, status, reason, patient_id, site_id, changed_at,
      changed_by_kind, changed_by_label)
    select customer_id, id, 1, current_status, 'REGISTERED', patient_id, site_id, updated_at, 'SYSTEM', 'test' from made
  )
  select id from made`;
