import type { Client } from 'pg';
import { stopAutovacuum, vacuum } from '../../db/explain';

/** One big customer and ten small ones. */
export const BIG = { idStep: 1_000_000, devices: 60_000, patients: 30_000, sites: 20 };
export const SMALL_CUSTOMERS = 10;
const SMALL = { devices: 2_000, patients: 1_000, sites: 4 };

/** Fills an empty database with 80,000 devices and 40,000 patients. Foreign keys are not checked, all other constraints are. */
export async function fillInBulk(client: Client): Promise<void> {
  await stopAutovacuum(client);
  await client.query(`set session_replication_role = replica`);
  await client.query(
    `insert into customer (id, name) select n, 'Customer ' || n from generate_series(1, ${SMALL_CUSTOMERS + 1}) n`,
  );
  await client.query(
    `insert into item (id, name, reading_kinds) select n, 'Item ' || n, '{WEIGHT}' from generate_series(1, 12) n`,
  );
  // Ids are drawn across all customers. Here they are drawn customer by customer, which does not affect plans.
  await client.query(`
    create temporary table share as
    select n as customer_id, case when n = 1 then ${BIG.devices} else ${SMALL.devices} end as devices,
      case when n = 1 then ${BIG.patients} else ${SMALL.patients} end as patients,
      case when n = 1 then ${BIG.sites} else ${SMALL.sites} end as sites, n * ${BIG.idStep} as base
    from generate_series(1, ${SMALL_CUSTOMERS + 1}) n`);
  await client.query(
    `insert into site (customer_id, id, name) select 0, n, 'Warehouse ' || n from generate_series(1, 2) n`,
  );
  await client.query(`insert into site (customer_id, id, name)
    select customer_id, base + n, 'Site ' || n from share, generate_series(1, sites) n`);
  await client.query(`
    insert into patient (customer_id, id, external_identifier, first_name, last_name, date_of_birth, email, address, created_at, updated_at, archived_at, site_id)
    select customer_id, base + n, 'EXT-' || n, 'Given' || n % 997, 'Family' || n % 4999, date '1930-01-01' + n % 25000, 'patient' || n || '@example.com',
      jsonb_build_object('zipCode', lpad((n % 30000)::text, 5, '0')),
      timestamptz '2026-01-01' + n % 365 * interval '1 day', timestamptz '2026-01-01' + n % 373 * interval '1 day', case when n % 50 = 0 then now() end, base + 1 + n % sites
    from share, generate_series(1, patients) n`);
  // r: pseudo-random (Park and Miller), so that status, site and time are independent.
  await client.query(`
    insert into device (customer_id, id, item_id, current_status, site_customer_id, site_id, patient_id, order_id, version, created_at, updated_at)
    select customer_id, base + n, 1 + r / 7 % 12, status,
      case when status = 'AVAILABLE' then 0 when status in ('AVAILABLE_AT_SITE', 'LOST') then customer_id end,
      case when status = 'AVAILABLE' then 1 + n % 2 when status in ('AVAILABLE_AT_SITE', 'LOST') then base + 1 + r / 1000 % sites end,
      case when status = 'WITH_PATIENT' then base + 1 + r / 11 % patients end,
      case when status = 'IN_TRANSIT' then base + n end, 1, timestamptz '2026-01-01' + n % 365 * interval '1 day',
      timestamptz '2026-01-01' + r % 31536000 * interval '1 second'
    from (select *, n::bigint * 48271 % 2147483647 as r from share, generate_series(1, devices) n) drawn,
      lateral (select case when r % 1000 = 0 then 'LOST' when r % 1000 < 50 then 'RETURNING' when r % 1000 < 100 then 'IN_TRANSIT'
        when r % 1000 < 350 then 'AVAILABLE' when r % 1000 < 600 then 'AVAILABLE_AT_SITE' else 'WITH_PATIENT' end as status) s`);
  await client.query(`
    insert into device_identifier (customer_id, device_id, type, value, normalized)
    select customer_id, id, 'SERIAL', 'SN-' || id, 'SN' || id from device`);
  await client.query(`
    insert into device_association (customer_id, device_id, patient_id, started_at, started_by_kind, started_by_label)
    select customer_id, id, patient_id, timestamptz '2026-01-01', 'SYSTEM', 'bulk' from device where patient_id is not null`);
  await client.query(`
    insert into device_status_change (customer_id, device_id, device_version, status, reason, changed_at, changed_by_kind, changed_by_label)
    select customer_id, id, n, current_status, 'STATUS_OVERRIDE', updated_at, 'SYSTEM', 'bulk'
    from device, generate_series(1, case when id % 1000 = 0 then 100 else 1 end) n`);
  await client.query(`
    insert into device_order (customer_id, id, kind, current_status, patient_id, external_order_id, created_at, updated_at)
    select customer_id, base + n, case when n % 20 = 0 then 'REPLACEMENT' else 'STANDARD' end,
      case when n % 500 = 0 then 'CREATED' when n % 100 = 0 then 'CANCELLED' else 'DELIVERED' end, base + 1 + n % patients, 'PO-' || n,
      timestamptz '2026-01-01' + n % 365 * interval '1 day', timestamptz '2026-01-01' + n % 373 * interval '1 day'
    from share, generate_series(1, patients) n`);
  await client.query(`
    insert into webhook (customer_id, id, url, event_types, secret)
    select customer_id, base + n, 'https://example.com/', '{ORDER_STATUS}', '\\x00' from share, generate_series(1, 2) n`);
  // One webhook receives most events, the other one few.
  await client.query(`
    insert into webhook_delivery (customer_id, id, webhook_id, message_id, event_type, payload, status)
    select customer_id, base + n, case when n % 1000 = 0 then base + 2 else base + 1 end, 'msg_' || n, 'ORDER_STATUS', '{}',
      case when n % 1003 = 0 then 'FAILED' else 'SUCCEEDED' end
    from share, generate_series(1, devices) n`);
  await client.query(`drop table share`);
  await client.query(`reset session_replication_role`);
  await vacuum(client);
}
