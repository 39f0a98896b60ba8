import type { ActorValue } from '../../platform/access/actor';
import { keysTable } from '../../platform/list/list';
import type { Tx } from '../../platform/db/session';
import { selectList, StatementBuilder } from '../../platform/db/statement';
import { appendEvents } from '../../platform/event/outbox';
import { DeviceAssociationEntity } from './device-association.entity';
import { DeviceStatusChangeEntity } from './device-status-change.entity';
import { DeviceEntity } from './device.entity';
import { deviceAssociationCreated, deviceAssociationRemoved, deviceStatusChanged } from './device.events';
import type { DeviceState } from './device-rules';
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

/** A locked device, and what becomes of it. */
export interface DeviceTransition {
  device: DeviceEntity;
  next: DeviceState;
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
  next: DeviceState,
  cause: ChangeCause,
): Promise<DeviceChange> {
  const [change] = await changeDevices(tx, [{ device, next }], cause);
  return change!;
}

/** As `changeDevice` for several devices, with as many statements as for one; answers in the order given. */
export async function changeDevices(
  tx: Tx,
  changes: readonly DeviceTransition[],
  cause: ChangeCause,
): Promise<DeviceChange[]> {
  if (changes.length === 0) return [];
  const changed = await updateDevices(tx, changes);
  const after = (device: DeviceEntity) => changed.get(device.id)!;
  const holderDiffers = changes.filter(({ device, next }) => device.patientId !== next.patientId);
  const ended = await endAssociations(
    tx,
    holderDiffers
      .filter(({ device }) => device.patientId !== null)
      .map(({ device }) => ({ ...device, updatedAt: after(device).updatedAt })),
    cause.actor,
  );
  const begun = await beginAssociations(
    tx,
    holderDiffers.filter(({ next }) => next.patientId !== null).map(({ device }) => after(device)),
    cause.actor,
  );
  const statusChanges = await insertStatusChanges(
    tx,
    changes.map(({ device }) => ({ before: device, after: after(device) })),
    cause,
  );
  const told = changes.map(({ device }): DeviceChange => {
    const association = begun.get(device.id) ?? ended.get(device.id) ?? null;
    return { device: after(device), association, statusChange: statusChanges.get(device.id)! };
  });
  await appendEvents(
    tx,
    // First, as the status changes have drawn the lowest event ids already.
    ...told.map(({ statusChange }) => deviceStatusChanged(statusChange)),
    ...changes.flatMap(({ device }) => {
      const [end, begin] = [ended.get(device.id), begun.get(device.id)];
      return [...(end ? [deviceAssociationRemoved(end)] : []), ...(begin ? [deviceAssociationCreated(begin)] : [])];
    }),
  );
  return told;
}

/** Takes devices out of an order, or off a return leg, when status, holder and site stay: no change of the device. */
export async function leaveOrders(
  tx: Tx,
  devices: readonly DeviceEntity[],
  leg: 'order' | 'return_order',
): Promise<void> {
  if (devices.length === 0) return;
  const sql = new StatementBuilder(tx.scope);
  await tx.query(
    sql.build(
      `leave_${leg}`,
      `update device d set ${leg}_id = null from ${keysTable(sql, devices)} where d.customer_id = k.customer_id and d.id = k.id`,
    ),
  );
}

async function updateDevices(tx: Tx, changes: readonly DeviceTransition[]): Promise<Map<string, DeviceEntity>> {
  const sql = new StatementBuilder(tx.scope);
  const sent = sql.unnest(
    changes,
    ['bigint', ({ device }) => device.customerId],
    ['bigint', ({ device }) => device.id],
    ['int', ({ device }) => device.version],
    ['timestamptz', ({ device }) => device.updatedAt],
    ['text', ({ next }) => next.currentStatus],
    ['bigint', ({ next }) => next.patientId],
    ['bigint', ({ next }) => next.siteCustomerId],
    ['bigint', ({ next }) => next.siteId],
    ['bigint', ({ next }) => next.orderId],
    ['bigint', ({ next }) => next.returnOrderId],
  );
  const rows = await tx.query<DeviceEntity>(
    sql.build(
      'change_devices',
      `update device d set current_status = n.status, patient_id = n.patient_id, site_customer_id = n.site_customer_id,
         site_id = n.site_id, order_id = n.order_id, return_order_id = n.return_order_id, version = d.version + 1,
         updated_at = n.at,
         status_changed_at = case when d.current_status = n.status then d.status_changed_at else n.at end
       from (
         select *, greatest(clock_timestamp(), updated_at)::timestamptz(3) as at from ${sent}
           as x(customer_id, id, version, updated_at, status, patient_id, site_customer_id, site_id, order_id, return_order_id)
       ) n
       where d.customer_id = n.customer_id and d.id = n.id and d.version = n.version
       returning ${selectList(DeviceEntity, 'd')}`,
    ),
  );
  if (rows.length !== changes.length) throw new Error('A device is not the row that was locked.');
  return new Map(rows.map((device) => [device.id, device]));
}

/** @param devices who has each from now on, and since when: `updatedAt` */
async function beginAssociations(
  tx: Tx,
  devices: readonly DeviceEntity[],
  actor: ActorValue,
): Promise<Map<string, DeviceAssociationEntity>> {
  if (devices.length === 0) return new Map();
  const sql = new StatementBuilder(tx.scope);
  const rows = await tx.query<DeviceAssociationEntity>(
    sql.build(
      'begin_associations',
      `insert into device_association as a (customer_id, device_id, patient_id, started_at, started_by_kind, started_by_label)
       select n.customer_id, n.device_id, n.patient_id, n.at, ${sql.value(actor.kind, 'text')}, ${sql.value(actor.label, 'text')}
       from ${holdersTable(sql, devices)} order by n.ordinality
       returning ${selectList(DeviceAssociationEntity, 'a')}`,
    ),
  );
  return new Map(rows.map((association) => [association.deviceId, association]));
}

/** @param devices who has each no more, and since when: `updatedAt` */
async function endAssociations(
  tx: Tx,
  devices: readonly DeviceEntity[],
  actor: ActorValue,
): Promise<Map<string, DeviceAssociationEntity>> {
  if (devices.length === 0) return new Map();
  const sql = new StatementBuilder(tx.scope);
  const rows = await tx.query<DeviceAssociationEntity>(
    sql.build(
      'end_associations',
      `update device_association a set ended_at = n.at,
         ended_by_kind = ${sql.value(actor.kind, 'text')}, ended_by_label = ${sql.value(actor.label, 'text')}
       from ${holdersTable(sql, devices)}
       where a.customer_id = n.customer_id and a.device_id = n.device_id and a.holder_id = n.patient_id
       returning ${selectList(DeviceAssociationEntity, 'a')}`,
    ),
  );
  if (rows.length !== devices.length) throw new Error('The holder of a device has no open association.');
  return new Map(rows.map((association) => [association.deviceId, association]));
}

/** Who has which device and when that changed, as a table `n`. */
function holdersTable(sql: StatementBuilder, devices: readonly DeviceEntity[]): string {
  const sent = sql.unnest(
    devices,
    ['bigint', ({ customerId }) => customerId],
    ['bigint', ({ id }) => id],
    ['bigint', ({ patientId }) => patientId],
    ['timestamptz', ({ updatedAt }) => updatedAt],
  );
  return `${sent} with ordinality as n(customer_id, device_id, patient_id, at, ordinality)`;
}

async function insertStatusChanges(
  tx: Tx,
  changes: readonly { before: DeviceEntity | null; after: DeviceEntity }[],
  { reason, note, actor }: ChangeCause,
): Promise<Map<string, DeviceStatusChangeEntity>> {
  const sql = new StatementBuilder(tx.scope);
  const sent = sql.unnest(
    changes,
    ['bigint', ({ after }) => after.customerId],
    ['bigint', ({ after }) => after.id],
    ['int', ({ after }) => after.version],
    ['text', ({ before }) => before?.currentStatus ?? null],
    ['text', ({ after }) => after.currentStatus],
    ['bigint', ({ after }) => after.patientId],
    ['bigint', ({ before }) => before?.patientId ?? null],
    ['bigint', ({ after }) => after.siteId],
    ['bigint', ({ before }) => before?.siteId ?? null],
    ['timestamptz', ({ after }) => after.updatedAt],
  );
  const rows = await tx.query<DeviceStatusChangeEntity>(
    sql.build(
      'insert_status_changes',
      `insert into device_status_change as c (customer_id, device_id, device_version, previous_status, status, patient_id,
         previous_patient_id, site_id, previous_site_id, changed_at, reason, note, changed_by_kind, changed_by_label)
       select n.customer_id, n.device_id, n.version, n.previous_status, n.status, n.patient_id, n.previous_patient_id, n.site_id,
         n.previous_site_id, n.at, ${sql.value(reason, 'text')}, ${sql.value(note, 'text')}, ${sql.value(actor.kind, 'text')},
         ${sql.value(actor.label, 'text')}
       from ${sent} with ordinality as n(customer_id, device_id, version, previous_status, status, patient_id,
         previous_patient_id, site_id, previous_site_id, at, ordinality) order by n.ordinality
       returning ${selectList(DeviceStatusChangeEntity, 'c')}`,
    ),
  );
  return new Map(rows.map((change) => [change.deviceId, change]));
}

/** The first change of a device: it was registered. */
export async function recordRegistration(
  tx: Tx,
  device: DeviceEntity,
  cause: ChangeCause,
): Promise<DeviceStatusChangeEntity> {
  const statusChange = (await insertStatusChanges(tx, [{ before: null, after: device }], cause)).get(device.id)!;
  await appendEvents(tx, deviceStatusChanged(statusChange));
  return statusChange;
}
