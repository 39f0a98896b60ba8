import type { ActorValue } from '../access/actor';
import type { Tx } from '../db/session';
import { selectList, StatementBuilder } from '../db/statement';
import { appendEvents } from '../event/outbox';
import { DeviceAssociationEntity } from './device-association.entity';
import { DeviceStatusChangeEntity } from './device-status-change.entity';
import { DeviceEntity } from './device.entity';
import { deviceAssociationCreated, deviceAssociationRemoved, deviceStatusChanged } from './device.events';
import type { DeviceFacts } from './device-rules';
import type { StatusChangeReason } from './device-status';

/** Why a device changes, and by whom. */
export interface ChangeCause {
  reason: StatusChangeReason;
  note: string | null;
  actor: ActorValue;
}

export interface DeviceChange {
  device: DeviceEntity;
  /** The association that ended or began; the one that began when both happened. */
  association: DeviceAssociationEntity | null;
  statusChange: DeviceStatusChangeEntity;
}

/**
 * Changes a locked device: the one way in which status, holder or site change.
 *
 * Raises the version by one, ends and begins associations as the holder differs, and leaves one status change with its
 * events. All carry one instant: the clock's after the lock was taken, never earlier than the change before, so that
 * periods of one device cannot overlap.
 */
export async function changeDevice(
  tx: Tx,
  device: DeviceEntity,
  next: DeviceFacts,
  cause: ChangeCause,
): Promise<DeviceChange> {
  const changed = await updateDevice(tx, device, next);
  const at = changed.updatedAt;
  const ended =
    device.patientId !== null && device.patientId !== next.patientId
      ? await endAssociation(tx, device, at, cause.actor)
      : null;
  const begun =
    next.patientId !== null && device.patientId !== next.patientId
      ? await beginAssociation(tx, changed, at, cause.actor)
      : null;
  const statusChange = await insertStatusChange(tx, device, changed, cause);
  await appendEvents(
    tx,
    // First, as the status change has drawn the lowest event id already.
    deviceStatusChanged(statusChange),
    ...(ended ? [deviceAssociationRemoved(ended)] : []),
    ...(begun ? [deviceAssociationCreated(begun)] : []),
  );
  return { device: changed, association: begun ?? ended, statusChange };
}

async function updateDevice(tx: Tx, device: DeviceEntity, next: DeviceFacts): Promise<DeviceEntity> {
  const sql = new StatementBuilder(tx.scope);
  const [changed] = await tx.query<DeviceEntity>(
    sql.build(
      'change_device',
      `update device d set
         current_status = ${sql.value(next.currentStatus, 'text')},
         patient_id = ${sql.value(next.patientId, 'bigint')},
         site_customer_id = ${sql.value(next.siteCustomerId, 'bigint')},
         site_id = ${sql.value(next.siteId, 'bigint')},
         order_id = ${sql.value(next.orderId, 'bigint')},
         return_order_id = ${sql.value(next.returnOrderId, 'bigint')},
         version = d.version + 1,
         updated_at = t.at,
         status_changed_at = case when d.current_status = ${sql.value(next.currentStatus, 'text')} then d.status_changed_at else t.at end
       from (select greatest(clock_timestamp(), ${sql.value(device.updatedAt, 'timestamptz')})::timestamptz(3) as at) t
       where d.customer_id = ${sql.value(device.customerId, 'bigint')} and d.id = ${sql.value(device.id, 'bigint')}
         and d.version = ${sql.value(device.version, 'int')}
       returning ${selectList(DeviceEntity, 'd')}`,
    ),
  );
  if (!changed) throw new Error('The device is not the row that was locked.');
  return changed;
}

async function beginAssociation(
  tx: Tx,
  device: DeviceEntity,
  at: Date,
  actor: ActorValue,
): Promise<DeviceAssociationEntity> {
  const sql = new StatementBuilder(tx.scope);
  const [association] = await tx.query<DeviceAssociationEntity>(
    sql.build(
      'begin_association',
      `insert into device_association as a (customer_id, device_id, patient_id, started_at, started_by_kind, started_by_label)
       values (${sql.value(device.customerId, 'bigint')}, ${sql.value(device.id, 'bigint')}, ${sql.value(device.patientId, 'bigint')},
         ${sql.value(at, 'timestamptz')}, ${sql.value(actor.kind, 'text')}, ${sql.value(actor.label, 'text')})
       returning ${selectList(DeviceAssociationEntity, 'a')}`,
    ),
  );
  return association!;
}

async function endAssociation(
  tx: Tx,
  device: DeviceEntity,
  at: Date,
  actor: ActorValue,
): Promise<DeviceAssociationEntity> {
  const sql = new StatementBuilder(tx.scope);
  const [association] = await tx.query<DeviceAssociationEntity>(
    sql.build(
      'end_association',
      `update device_association a set ended_at = ${sql.value(at, 'timestamptz')},
         ended_by_kind = ${sql.value(actor.kind, 'text')}, ended_by_label = ${sql.value(actor.label, 'text')}
       where a.customer_id = ${sql.value(device.customerId, 'bigint')} and a.device_id = ${sql.value(device.id, 'bigint')}
         and a.holder_id = ${sql.value(device.patientId, 'bigint')}
       returning ${selectList(DeviceAssociationEntity, 'a')}`,
    ),
  );
  if (!association) throw new Error('The holder of the device has no open association.');
  return association;
}

async function insertStatusChange(
  tx: Tx,
  before: DeviceEntity | null,
  after: DeviceEntity,
  { reason, note, actor }: ChangeCause,
): Promise<DeviceStatusChangeEntity> {
  const sql = new StatementBuilder(tx.scope);
  const [change] = await tx.query<DeviceStatusChangeEntity>(
    sql.build(
      'insert_status_change',
      `insert into device_status_change as c (customer_id, device_id, device_version, previous_status, status, reason, note,
         patient_id, previous_patient_id, site_id, previous_site_id, changed_at, changed_by_kind, changed_by_label)
       values (${sql.value(after.customerId, 'bigint')}, ${sql.value(after.id, 'bigint')}, ${sql.value(after.version, 'int')},
         ${sql.value(before?.currentStatus ?? null, 'text')}, ${sql.value(after.currentStatus, 'text')},
         ${sql.value(reason, 'text')}, ${sql.value(note, 'text')},
         ${sql.value(after.patientId, 'bigint')}, ${sql.value(before?.patientId ?? null, 'bigint')},
         ${sql.value(after.siteId, 'bigint')}, ${sql.value(before?.siteId ?? null, 'bigint')},
         ${sql.value(after.updatedAt, 'timestamptz')}, ${sql.value(actor.kind, 'text')}, ${sql.value(actor.label, 'text')})
       returning ${selectList(DeviceStatusChangeEntity, 'c')}`,
    ),
  );
  return change!;
}

/** The first change of a device: it was registered. */
export async function recordRegistration(
  tx: Tx,
  device: DeviceEntity,
  cause: ChangeCause,
): Promise<DeviceStatusChangeEntity> {
  const statusChange = await insertStatusChange(tx, null, device, cause);
  await appendEvents(tx, deviceStatusChanged(statusChange));
  return statusChange;
}
