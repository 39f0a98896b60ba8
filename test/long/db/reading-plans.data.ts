import type { Client } from 'pg';
import { KINDS } from '../../../src/features/kind/reading-kind';
import { stopAutovacuum, vacuum } from '../../db/explain';

/** Ids of customer n start at n times this. */
export const ID_STEP = 1_000_000;
/** Devices per patient, each with a different kind. */
const DEVICES_OF_PATIENT = 4;
const SITES = 4;

/**
 * A big customer, a small one with enough devices for a page of fifty, and many tiny ones. PostgreSQL assumes that customers and
 * devices are independent, so it expects fewer readings per device the more customers there are.
 */
const SHARES = `
  select n as customer_id, n * ${ID_STEP} as base,
    case n when 1 then 20000 when 2 then 1000 else 20 end as devices,
    case n when 1 then 10000 when 2 then 500 else 10 end as patients,
    case n when 1 then 100 when 2 then 60 else 1 end as measuring
  from generate_series(1, 162) n`;

/** First month with its own partition. */
const FIRST_MONTH = Date.UTC(2025, 0);

/** Fixed for the whole run, because the data depend on the day. */
const TODAY = new Date();

/** Start of the month this many months ago, or ahead when negative. */
export function monthAgo(back: number): Date {
  return new Date(Date.UTC(TODAY.getUTCFullYear(), TODAY.getUTCMonth() - back));
}

/** Number of months with readings: the whole current month and up to 23 before it, as far as partitions exist. */
export function filledMonths(): number {
  const backs = Array.from({ length: 24 }, (_, back) => back);
  return backs.filter((back) => monthAgo(back).getTime() >= FIRST_MONTH).length;
}

/**
 * Fills an empty database with 25,000 devices and 12,500 patients. The first devices of each customer have holders, four devices
 * per patient, and measure once a day; device n has the kind n modulo 7. This makes 224,000 readings. Foreign keys are not checked
 * during the load, all other constraints are.
 */
export async function fillWithReadings(client: Client): Promise<void> {
  await stopAutovacuum(client);
  await client.query(`set session_replication_role = replica`);
  await client.query(`create temporary table share as ${SHARES}`);
  await client.query(`insert into customer (id, name) select customer_id, 'Customer ' || customer_id from share`);
  await client.query(
    `insert into item (id, name, reading_kinds) select n, 'Item ' || n, '{WEIGHT}' from generate_series(1, 7) n`,
  );
  await fillDevices(client);
  await fillReadings(client);
  for (const owner of ['device', 'patient']) await fillActivity(client, owner);
  await client.query(`drop table share`);
  await client.query(`reset session_replication_role`);
  await vacuum(client);
}

async function fillDevices(client: Client): Promise<void> {
  await client.query(`insert into site (customer_id, id, name)
    select customer_id, base + n, 'Site ' || n from share, generate_series(1, ${SITES}) n`);
  await client.query(`insert into patient (customer_id, id, external_identifier, first_name, last_name, site_id)
    select customer_id, base + n, 'EXT-' || n, 'Given' || n, 'Family' || n, base + 1 + n % ${SITES}
    from share, generate_series(1, patients) n`);
  await client.query(`
    insert into device (customer_id, id, item_id, current_status, site_customer_id, site_id, patient_id)
    select customer_id, base + n, 1 + n % 7, case when patient_id is null then 'AVAILABLE_AT_SITE' else 'WITH_PATIENT' end,
      customer_id, base + 1 + n % ${SITES}, patient_id
    from share, generate_series(1, devices) n, lateral (select case
      when n <= measuring then base + (n + ${DEVICES_OF_PATIENT - 1}) / ${DEVICES_OF_PATIENT}
      when n % 2 = 0 then base + n / 2 end as patient_id) holder`);
  await client.query(`
    insert into device_identifier (customer_id, device_id, type, value, normalized)
    select customer_id, id, 'SERIAL', 'SN-' || id, 'SN' || id from device`);
  await client.query(`
    insert into device_association (customer_id, device_id, patient_id, started_at, started_by_kind, started_by_label)
    select customer_id, id, patient_id, timestamptz '2025-01-01', 'SYSTEM', 'bulk' from device where patient_id is not null`);
}

async function fillReadings(client: Client): Promise<void> {
  const [from, to] = [monthAgo(filledMonths() - 1), monthAgo(-1)];
  await client.query(`
    insert into reading (customer_id, id, taken_at, received_at, device_id, patient_id, patient_time_zone_offset, kind, manual,
      systolic, diastolic, glucose, blood_oxygen, weight, heart_rate, temperature, peak_expiratory_flow)
    select customer_id, new_reading_id(taken_at), taken_at, taken_at, base + n, d.patient_id, -18000, kind, false,
      case kind when 1 then 120 end, case kind when 1 then 80 end, case kind when 2 then 100 end, case kind when 3 then 97 end,
      case kind when 4 then 150.5 end, case kind when 5 then 60 end, case kind when 6 then 98.6 end, case kind when 7 then 400 end
    from generate_series(timestamptz '${from.toISOString()}', timestamptz '${to.toISOString()}' - interval '1 day', '1 day') day,
      share join device d using (customer_id), lateral (select d.id - base as n) numbered,
      lateral (select day + n * 7919 % 86400 * interval '1 second' as taken_at, 1 + n % 7 as kind) taken
    where n <= measuring order by taken_at, customer_id, n`);
}

/**
 * Every device and patient has a row, as in the gateway. Of those without readings, one in five never had any, and the others had
 * their newest in the previous year, as if the readings had been deleted.
 */
async function fillActivity(client: Client, owner: string): Promise<void> {
  const columns = KINDS.map(({ activityColumn }) => activityColumn).join(', ');
  const last = KINDS.map(({ number }) => `max(r.taken_at) filter (where r.kind = ${number})`).join(', ');
  await client.query(`
    insert into ${owner}_activity (customer_id, ${owner}_id, ${columns})
    select o.customer_id, o.id, ${last} from ${owner} o
      left join reading r on r.customer_id = o.customer_id and r.${owner}_id = o.id group by o.customer_id, o.id`);
  await client.query(`
    update ${owner}_activity set weight_at = timestamptz '${monthAgo(-1).toISOString()}' - ${owner}_id * 48271 % 31536000 * interval '1 second'
    where last_reading_at = '-infinity' and ${owner}_id % 5 <> 0`);
}
