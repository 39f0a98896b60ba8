import { keysTable, type ParentKey } from '../../platform/list/list';
import type { Tx } from '../../platform/db/session';
import { columnsOf, selectList, StatementBuilder } from '../../platform/db/statement';
import type { DeviceEntity } from '../device/device.entity';
import { KINDS } from '../kind/reading-kind';
import { ReadingEntity } from './reading.entity';
import type { ReadingIdentity } from './reading.row';

/** What recording needs of a device, which is locked. */
export type RecordingDevice = Pick<DeviceEntity, 'customerId' | 'id' | 'currentStatus' | 'siteId'> & {
  /** Those of its identifiers that were asked for, normalized. */
  identifiers: string[];
};

/**
 * Locks devices that readings name against changes of status, holder and site, in the order of their ids. Readings of one
 * device may be recorded at the same time.
 *
 * @param normalized identifiers
 */
export async function lockDevicesForReadings(
  tx: Tx,
  ids: readonly string[],
  normalized: readonly string[],
): Promise<RecordingDevice[]> {
  const sql = new StatementBuilder(tx.scope);
  return tx.query(
    sql.build(
      'lock_devices_for_readings',
      `select d.customer_id as "customerId", d.id, d.current_status as "currentStatus", d.site_id as "siteId", n.identifiers
       from (
         select x.id, array_remove(array_agg(x.normalized), null) as identifiers from (
           select k.id, null as normalized from unnest(${sql.value(ids, 'bigint[]')}) k(id)
           union all
           select i.device_id, i.normalized from device_identifier i
           where ${sql.owned('i')} and i.normalized = any(${sql.value(normalized, 'text[]')})
         ) x group by x.id
       ) n join device d on ${sql.owned('d')} and ${sql.key('d.id')} = n.id
       order by d.id for share of d`,
    ),
  );
}

/** What recording needs of a patient. */
export interface RecordingPatient {
  customerId: string;
  id: string;
  externalIdentifier: string | null;
  timeZoneOverride: string | null;
  zipCode: string | null;
  siteId: string | null;
}

const PATIENT_COLUMNS = `p.external_identifier as "externalIdentifier", p.time_zone as "timeZoneOverride",
  p.address ->> 'zipCode' as "zipCode", p.site_id as "siteId"`;

/** A customer's own name for a patient; the customer, or one of its patients, tells whose name it is. */
export type PatientName = { externalIdentifier: string } & (
  { customerId: string; patientId?: never } | { customerId?: never; patientId: string }
);

/** The patients that readings name: by id, or by a customer's own name for them. */
export async function findPatientsForReadings(
  tx: Tx,
  ids: readonly string[],
  named: readonly PatientName[],
): Promise<RecordingPatient[]> {
  const sql = new StatementBuilder(tx.scope);
  const byName = sql.unnest(
    named,
    ['bigint', ({ customerId }) => customerId ?? null],
    ['bigint', ({ patientId }) => patientId ?? null],
    ['text', ({ externalIdentifier }) => externalIdentifier],
  );
  return tx.query(
    sql.build(
      'patients_for_readings',
      `select p.customer_id as "customerId", p.id, ${PATIENT_COLUMNS} from patient p
       where ${sql.owned('p')} and ${sql.key('p.id')} = any(${sql.value(ids, 'bigint[]')})
       union
       select p.customer_id, p.id, ${PATIENT_COLUMNS}
       from ${byName} k(customer_id, patient_id, external_identifier)
         left join patient other on ${sql.owned('other')} and ${sql.key('other.id')} = k.patient_id
         join patient p on p.customer_id = coalesce(k.customer_id, other.customer_id) and p.external_identifier = k.external_identifier
       where ${sql.owned('p')}`,
    ),
  );
}

/** A period in which a patient held a device, with the patient. */
export interface HolderPeriod {
  deviceId: string;
  startedAt: Date;
  endedAt: Date | null;
  patient: RecordingPatient;
}

/**
 * Who held the devices between two instants. The devices are locked, so this does not change until the transaction ends.
 */
export async function findHoldings(
  tx: Tx,
  devices: readonly ParentKey[],
  { from, to }: { from: Date; to: Date },
): Promise<HolderPeriod[]> {
  const sql = new StatementBuilder(tx.scope);
  const rows = await tx.query<Omit<HolderPeriod, 'patient'> & RecordingPatient>(
    sql.build(
      'holders_for_readings',
      `select a.device_id as "deviceId", a.started_at as "startedAt", a.ended_at as "endedAt",
         p.customer_id as "customerId", p.id, ${PATIENT_COLUMNS}
       from ${sql.add(keysTable(devices))}
         join device_association a on a.customer_id = k.customer_id and a.device_id = k.id
         join patient p on p.customer_id = a.customer_id and p.id = a.patient_id
       where a.started_at <= ${sql.value(to, 'timestamptz')} and (a.ended_at is null or a.ended_at > ${sql.value(from, 'timestamptz')})`,
    ),
  );
  return rows.map(({ deviceId, startedAt, endedAt, ...patient }) => ({ deviceId, startedAt, endedAt, patient }));
}

export type NewReading = Omit<ReadingEntity, 'id'>;

/** The types that a column's values are sent as. */
const SENT_AS: Readonly<Record<string, string>> = {
  bigint: 'bigint',
  timestamptz: 'timestamptz',
  'double precision': 'float8',
  integer: 'int4',
  smallint: 'int2',
  boolean: 'boolean',
};

/**
 * Stores the readings that are not there yet, in the order given.
 *
 * A reading that another transaction is storing is waited for: when that one commits, its reading stays.
 *
 * @returns the ids of those that were stored, in the order given
 */
export async function insertReadings(tx: Tx, readings: readonly NewReading[]): Promise<string[]> {
  if (readings.length === 0) return [];
  const sql = new StatementBuilder(tx.scope);
  const columns = columnsOf(ReadingEntity).filter(({ member }) => member !== 'id');
  const sent = sql.unnest(
    readings,
    ...columns.map(({ member, type }): [string, (reading: NewReading) => unknown] => [
      SENT_AS[type]!,
      (reading) => reading[member as keyof NewReading],
    ]),
  );
  const names = columns.map(({ name }) => name).join(', ');
  const rows = await tx.query<{ id: string }>(
    sql.build(
      'insert_readings',
      `insert into reading as r (id, ${names})
       select new_reading_id(n.taken_at), ${names} from ${sent} with ordinality n(${names}, ordinality)
       order by n.ordinality
       on conflict do nothing returning r.id`,
    ),
  );
  return rows.map(({ id }) => id);
}

/** The stored readings with these identities. `offset 0` keeps PostgreSQL from joining whole partitions with them. */
export async function findStoredReadings(
  tx: Tx,
  identities: readonly ReadingIdentity[],
  { from, to }: { from: Date; to: Date },
): Promise<ReadingEntity[]> {
  const sql = new StatementBuilder(tx.scope);
  const between = `r.taken_at between ${sql.value(from, 'timestamptz')} and ${sql.value(to, 'timestamptz')}`;
  const storedOf = (keys: readonly ReadingIdentity[], member: 'deviceId' | 'patientId', subject: string) => {
    const rows = sql.unnest(
      keys,
      ['bigint', ({ customerId }) => customerId],
      ['bigint', (key) => key[member]],
      ['timestamptz', ({ takenAt }) => takenAt],
      ['int2', ({ kindNumber }) => kindNumber],
    );
    return `select x.* from ${rows} k(customer_id, subject_id, taken_at, kind) cross join lateral (
         select ${selectList(ReadingEntity, 'r')} from reading r
         where r.customer_id = k.customer_id and ${subject} and r.taken_at = k.taken_at and r.kind = k.kind and ${between} offset 0
       ) x`;
  };
  const ofDevices = identities.filter(({ deviceId }) => deviceId !== null);
  const ofPatients = identities.filter(({ deviceId }) => deviceId === null);
  return tx.query<ReadingEntity>(
    sql.build(
      'stored_readings',
      `${storedOf(ofDevices, 'deviceId', 'r.device_id = k.subject_id')}
       union all
       ${storedOf(ofPatients, 'patientId', 'r.patient_id = k.subject_id and r.device_id is null')}`,
    ),
  );
}

/** The newest reading of a kind that a device or a patient was just given. */
export interface Activity extends ParentKey {
  kindNumber: number;
  takenAt: Date;
}

/**
 * Notes when devices, or patients, had their last readings; an earlier reading than the last changes nothing.
 *
 * Rows are taken in the order of their ids, as two batches may concern the same ones. Nobody waits for it but the commit.
 */
export function noteActivity(tx: Tx, owner: 'device' | 'patient', activity: readonly Activity[]): void {
  if (activity.length === 0) return;
  const sql = new StatementBuilder(tx.scope);
  const rows = sql.unnest(
    activity,
    ['bigint', ({ customerId }) => customerId],
    ['bigint', ({ id }) => id],
    ['int2', ({ kindNumber }) => kindNumber],
    ['timestamptz', ({ takenAt }) => takenAt],
  );
  const columns = KINDS.map(({ activityColumn }) => activityColumn);
  const newest = KINDS.map(({ number }) => `max(n.taken_at) filter (where n.kind = ${number})`);
  const later = columns.map((column) => `greatest(a.${column}, excluded.${column})`);
  const current = columns.map((column) => `a.${column}`);
  tx.send(
    sql.build(
      `note_${owner}_activity`,
      `insert into ${owner}_activity as a (customer_id, ${owner}_id, ${columns.join(', ')})
       select n.customer_id, n.id, ${newest.join(', ')} from ${rows} n(customer_id, id, kind, taken_at)
       group by n.customer_id, n.id order by n.id
       on conflict (customer_id, ${owner}_id) do update set (${columns.join(', ')}) = row(${later.join(', ')})
       where row(${later.join(', ')}) is distinct from row(${current.join(', ')})`,
    ),
  );
}
