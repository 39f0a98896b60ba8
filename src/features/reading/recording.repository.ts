import type { Tx } from '../../platform/db/session';
import { bigints, int, owned, key, raw, sql, timestamptz, unnest, type Fragment } from '../../platform/db/sql';
import { columnsOf, Table } from '../../platform/db/table';
import { countEvents, eventsInsertion, type NewEvent } from '../../platform/event/outbox';
import type { ParentKey } from '../../platform/list/list';
import { noteActivity } from '../activity/activity.repository';
import type { DeviceEntity } from '../device/device.entity';
import type { IdentifierKey } from '../device/device-identifier-forms';
import { LOCK_ORDER, namedDevices } from '../device/device.repository';
import { ReadingEntity } from './reading.entity';
import type { ReadingIdentity } from './reading.row';

const READINGS = new Table(ReadingEntity);

/** For each customer of a table, the time from which on it keeps readings. Materialized, so that each customer is read once. */
function keptBy(table: string, column: string): Fragment {
  return raw(`kept as materialized (
      select c.id, readings_kept_from(c.reading_retention_months) as "keptFrom"
      from (select distinct ${column} as id from ${table}) x join customer c on c.id = x.id
    )`);
}

/** A locked device. */
export type RecordingDevice = Pick<DeviceEntity, 'customerId' | 'id' | 'currentStatus' | 'siteId'> & {
  /** Identifiers by which it was found. */
  identifiers: string[];
  /** Older readings of the customer are deleted. Null when they are kept for good. */
  keptFrom: Date | null;
};

/**
 * Locks the named devices against changes of status, holder and site. The lock is shared: several batches can
 * record readings of one device at the same time.
 *
 * @param keys keys of identifiers
 */
export async function lockDevicesForReadings(
  tx: Tx,
  ids: readonly string[],
  keys: readonly IdentifierKey[],
): Promise<RecordingDevice[]> {
  return tx.sql`/* lock_devices_for_readings */
    with locked as materialized (
      select d.customer_id, d.id, d.current_status, d.site_id, n.identifiers
      from ${namedDevices(ids, keys)} n join device d on ${owned('d')} and ${key('d.id')} = n.id
      order by ${LOCK_ORDER} for share of d
    ), ${keptBy('locked', 'customer_id')}
    select d.customer_id as "customerId", d.id, d.current_status as "currentStatus", d.site_id as "siteId", d.identifiers,
      k."keptFrom"
    from locked d left join kept k on k.id = d.customer_id`;
}

export interface RecordingPatient {
  customerId: string;
  id: string;
  externalIdentifier: string | null;
  timeZoneOverride: string | null;
  zipCode: string | null;
  country: string | null;
  siteId: string | null;
}

/** A patient that a reading names. */
export interface NamedPatient extends RecordingPatient {
  /** As of a device. */
  keptFrom: Date | null;
}

const PATIENT = raw(`p.customer_id as "customerId", p.id, p.external_identifier as "externalIdentifier",
  p.time_zone as "timeZoneOverride", p.address ->> 'zipCode' as "zipCode", p.address ->> 'country' as country,
  p.site_id as "siteId"`);

/** An external identifier, with the customer that it belongs to or any patient of that customer. */
export type PatientName = { externalIdentifier: string } & (
  { customerId: string; patientId?: never } | { customerId?: never; patientId: string }
);

/**
 * Finds the patients that readings name by id or by external identifier. `offset 0` makes PostgreSQL look up each id: for `id = any` it
 * would scan all patients of the customer in an index by name, which has the ids too.
 */
export async function findPatientsForReadings(
  tx: Tx,
  ids: readonly string[],
  named: readonly PatientName[],
): Promise<NamedPatient[]> {
  const byName = unnest(
    named,
    ['bigint', ({ customerId }) => customerId ?? null],
    ['bigint', ({ patientId }) => patientId ?? null],
    ['text', ({ externalIdentifier }) => externalIdentifier],
  );
  return tx.sql`/* patients_for_readings */
    with found as materialized (
      select ${PATIENT} from unnest(${bigints(ids)}) k(id) cross join lateral (
        select p.* from patient p where ${owned('p')} and ${key('p.id')} = k.id offset 0
      ) p
      union
      select ${PATIENT} from ${byName} k(customer_id, patient_id, external_identifier)
        left join patient other on ${owned('other')} and ${key('other.id')} = k.patient_id
        join patient p on p.customer_id = coalesce(k.customer_id, other.customer_id) and p.external_identifier = k.external_identifier
      where ${owned('p')}
    ), ${keptBy('found', '"customerId"')}
    select p.*, k."keptFrom" from found p left join kept k on k.id = p."customerId"`;
}

/** An association of a device, with its patient. */
export interface HolderPeriod {
  deviceId: string;
  startedAt: Date;
  endedAt: Date | null;
  patient: RecordingPatient;
}

/**
 * Holders of the devices between two instants. The statement that locks the devices was sent before, so the result stays valid until
 * the transaction ends.
 */
export async function findHolderPeriods(
  tx: Tx,
  devices: readonly ParentKey[],
  { from, to }: { from: Date; to: Date },
): Promise<HolderPeriod[]> {
  const keys = unnest(devices, ['bigint', ({ customerId }) => customerId], ['bigint', ({ id }) => id]);
  const rows = await tx.sql<Omit<HolderPeriod, 'patient'> & RecordingPatient>`/* holders_for_readings */
    select a.device_id as "deviceId", a.started_at as "startedAt", a.ended_at as "endedAt", ${PATIENT}
    from ${keys} k(customer_id, id)
      join device_association a on a.customer_id = k.customer_id and a.device_id = k.id
      join patient p on p.customer_id = a.customer_id and p.id = a.patient_id
    where a.started_at <= ${timestamptz(to)} and (a.ended_at is null or a.ended_at > ${timestamptz(from)})`;
  return rows.map(({ deviceId, startedAt, endedAt, ...patient }) => ({ deviceId, startedAt, endedAt, patient }));
}

/** Next numbers for reading ids, ascending. */
export async function nextReadingNumbers(tx: Tx, count: number): Promise<string[]> {
  // One string is faster to read than 1,000 rows.
  const [row] = await tx.sql<{ numbers: string }>`/* next_reading_numbers */
    select string_agg(nextval('reading_number')::text, ',') as numbers from generate_series(1, ${int(count)})`;
  return row!.numbers.split(',');
}

/** Type of the parameter for each type of column. */
const SENT_AS: Readonly<Record<string, string>> = {
  bigint: 'bigint',
  timestamptz: 'timestamptz',
  'double precision': 'float8',
  integer: 'int4',
  smallint: 'int2',
  boolean: 'boolean',
  text: 'text',
};

const COLUMNS = columnsOf(ReadingEntity).map(({ member, type }): [string, (reading: ReadingEntity) => unknown] => [
  SENT_AS[type]!,
  (reading) => reading[member],
]);
const NAMES = raw(
  columnsOf(ReadingEntity)
    .map(({ name }) => name)
    .join(', '),
);

const STORED = raw('stored');

interface Inserted {
  ids: string | null;
  count: number;
}

/**
 * Inserts the readings that are not stored yet, in the given order, and notes the activity of their devices and patients. If another
 * transaction is inserting the same reading, waits for it; when that one commits, its reading is kept.
 *
 * @param events written if all readings are inserted
 * @param isLast whether the transaction commits then
 * @returns ids of the inserted readings
 */
export async function insertReadings(
  tx: Tx,
  readings: readonly ReadingEntity[],
  events: readonly NewEvent[],
  isLast: boolean,
): Promise<Set<string>> {
  if (readings.length === 0) return new Set();
  const all = int(readings.length);
  // The ids are returned only if some are missing: to read 1,000 rows takes a millisecond.
  const insertion = sql`/* insert_readings */ with stored as (
      insert into reading as r (${NAMES})
      select ${NAMES} from ${unnest(readings, ...COLUMNS)} with ordinality n(${NAMES}, ordinality)
      order by n.ordinality on conflict do nothing
      returning r.id, r.customer_id, r.device_id, r.patient_id, r.kind, least(r.taken_at, r.received_at) as at),
    devices as (${noteActivity('device', STORED)}),
    patients as (${noteActivity('patient', STORED)}),
    events as (${eventsInsertion(events, sql`(select count(*) from stored) = ${all}`)})
    select count(*)::int as count, case when count(*) < ${all} then string_agg(id::text, ',') end as ids from stored`;
  const [row] = await (isLast ? tx.last<Inserted>(insertion) : tx.sql<Inserted>`${insertion}`);
  const { ids, count } = row!;
  if (count === readings.length) {
    countEvents(tx, events);
    return new Set(readings.map(({ id }) => id));
  }
  return new Set(ids?.split(','));
}

/** Finds stored readings by identity. `offset 0` keeps PostgreSQL from joining whole partitions with them. */
export async function findStoredReadings(
  tx: Tx,
  identities: readonly ReadingIdentity[],
  { from, to }: { from: Date; to: Date },
): Promise<ReadingEntity[]> {
  const between = sql`r.taken_at between ${timestamptz(from)} and ${timestamptz(to)}`;
  const storedOf = (keys: readonly ReadingIdentity[], member: 'deviceId' | 'patientId', subject: string): Fragment => {
    const rows = unnest(
      keys,
      ['bigint', ({ customerId }) => customerId],
      ['bigint', (identity) => identity[member]],
      ['timestamptz', ({ takenAt }) => takenAt],
      ['int2', ({ kindNumber }) => kindNumber],
      ['text', ({ sourceId }) => sourceId],
    );
    return sql`select x.* from ${rows} k(customer_id, subject_id, taken_at, kind, source_id) cross join lateral (
        select ${READINGS.select('r')} from reading r
        where r.customer_id = k.customer_id and ${raw(subject)} and r.taken_at = k.taken_at and r.kind = k.kind
          and r.source_id = k.source_id and ${between}
        offset 0
      ) x`;
  };
  const ofDevices = identities.filter(({ deviceId }) => deviceId !== null);
  const ofPatients = identities.filter(({ deviceId }) => deviceId === null);
  return tx.sql`/* stored_readings */ ${storedOf(ofDevices, 'deviceId', 'r.device_id = k.subject_id')}
    union all ${storedOf(ofPatients, 'patientId', 'r.patient_id = k.subject_id and r.device_id is null')}`;
}
