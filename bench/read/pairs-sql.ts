import type { Facts } from './data';
import { data, id, object, word } from './json-sql';

/** The statements of the limit for changes: each writes the rows that the gateway writes, events included. */
const actor = (prefix: string, kind: string, label: string) =>
  `'${prefix}Kind', ${kind}, '${prefix}Label', ${label}, '${prefix}ApiKeyId', null`;
const ids = (...columns: string[]) =>
  columns
    .map((column) => `'${column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())}', ${column}::text`)
    .join(', ');
const time = (column: string) => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const STATUS_EVENT = `select customer_id, event_id, 'device.statusChanged', jsonb_build_object(
    ${ids('id', 'event_id', 'customer_id', 'device_id', 'order_id', 'patient_id', 'previous_patient_id', 'site_id', 'previous_site_id')},
    'deviceVersion', device_version, 'previousStatus', previous_status, 'status', status, 'reason', reason, 'note', note,
    'occurredAt', ${time('changed_at')}, ${actor('actor', 'changed_by_kind', 'changed_by_label')}) from c`;
const associationEvent = (type: string) => `select customer_id, nextval('event_id_seq'), '${type}', jsonb_build_object(
    ${ids('id', 'customer_id', 'device_id', 'patient_id')}, 'startedAt', ${time('started_at')}, 'endedAt', ${time('ended_at')},
    ${actor('startedBy', 'started_by_kind', 'started_by_label')}, ${actor('endedBy', 'ended_by_kind', 'ended_by_label')}) from a`;

interface Change {
  field: string;
  /** Of the locked device `o`, after its version and times. */
  set: string;
  association: string;
  reason: string;
  event: string;
}

/** The lock comes first, as the changed row is compared with the one before. */
const change = ({ field, set, association, reason, event }: Change) => `
  with o as materialized (select * from device where customer_id=$1 and id=$2 for no key update),
  d as (update device d set version=d.version+1, updated_at=clock_timestamp(), status_changed_at=clock_timestamp(), ${set}
    from o where d.customer_id=o.customer_id and d.id=o.id
    returning d.*, o.current_status as previous_status, o.patient_id as previous_patient_id, o.site_id as previous_site_id),
  a as (${association} returning device_association.*),
  c as (insert into device_status_change (customer_id, device_id, device_version, previous_status, status, reason, patient_id,
      previous_patient_id, site_id, previous_site_id, changed_at, changed_by_kind, changed_by_label)
    select customer_id, id, version, previous_status, current_status, '${reason}', patient_id, previous_patient_id, site_id,
      previous_site_id, updated_at, 'API_KEY', 'bench' from d returning *),
  e as (insert into event (customer_id, id, type, payload) ${STATUS_EVENT} union all ${associationEvent(event)})
  ${data(field, object({ userErrors: `'[]'`, device: object({ databaseId: id('d.id'), currentStatus: word('d.current_status') }) }))}
  from d`;

export const ASSOCIATE = change({
  field: 'associateDevice',
  set: `current_status='WITH_PATIENT', patient_id=$3`,
  association: `insert into device_association (customer_id, device_id, patient_id, started_at, started_by_kind, started_by_label)
    select customer_id, id, patient_id, updated_at, 'API_KEY', 'bench' from d`,
  reason: 'ASSOCIATED',
  event: 'device.associationCreated',
});

export const DISASSOCIATE = change({
  field: 'disassociateDevice',
  set: `current_status='AVAILABLE_AT_SITE', patient_id=null, site_customer_id=$1, site_id=$3`,
  association: `update device_association set ended_at=d.updated_at, ended_by_kind='API_KEY', ended_by_label='bench' from d
    where device_association.customer_id=d.customer_id and device_id=d.id and holder_id=d.previous_patient_id`,
  reason: 'DISASSOCIATED',
  event: 'device.associationRemoved',
});

export const resetPairs = ({ pairs }: Facts) => `
  with d as (update device set current_status='AVAILABLE_AT_SITE', patient_id=null
    where customer_id=1 and id in (${pairs.map(({ deviceId }) => deviceId).join()}) and patient_id is not null returning *)
  update device_association a set ended_at=greatest(now(), started_at), ended_by_kind='SYSTEM', ended_by_label='bench'
  from d where a.customer_id=d.customer_id and a.device_id=d.id and a.ended_at is null`;

/** One row per row of the newest association, status changes and events of the first device. */
export const changedRows = ({ pairs: [pair] }: Facts) => {
  const newest = (table: string, count: number, where: string) =>
    `select row_to_json(t)::jsonb as row from (select * from ${table} where customer_id=1 and ${where} order by id desc limit ${count}) t`;
  const device = pair!.deviceId;
  const rows = [
    newest('device_association', 1, `device_id=${device}`),
    newest('device_status_change', 2, `device_id=${device}`),
    newest('event', 4, `payload->>'deviceId'='${device}'`),
  ];
  const volatile = `'{id,event_id,eventId,position,started_at,ended_at,startedAt,endedAt,changed_at,occurredAt,created_at,device_version,deviceVersion,changed_by_label,started_by_label,ended_by_label,actorLabel,startedByLabel,endedByLabel}'::text[]`;
  return `select ((row - 'payload') - ${volatile}) || coalesce(jsonb_build_object('payload', (row->'payload') - ${volatile},
      'members', (select jsonb_agg(key order by key) from jsonb_object_keys(row->'payload') key)), '{}') as row
    from (${rows.join(' union all ')}) x order by 1`;
};
