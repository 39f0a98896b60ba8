import type { Cause } from '../../platform/operation/use-case';
import { toActorColumns, type ActorValue } from '../../platform/access/actor';
import type { Tx } from '../../platform/db/session';
import { sql } from '../../platform/db/sql';
import { appendEvents } from '../../platform/event/outbox';
import { deviceAssociationTable, type DeviceAssociationEntity } from './device-association.entity';
import { deviceStatusChangeTable, type DeviceStatusChangeEntity } from './device-status-change.entity';
import { deviceTable, type DeviceEntity } from './device.entity';
import { DEVICE_EVENTS, deviceStatusChanged } from './device.events';
import type { DeviceState } from './device-rules';
import type { DeviceStatusChangeReason } from './device-status';

/** Reason for a change, its actor and its note. */
export interface ChangeCause extends Cause {
  reason: DeviceStatusChangeReason;
  /** Order that makes the change, if any. */
  orderId?: string | null;
}

export interface DeviceChange {
  device: DeviceEntity;
  /** Association that the change started, or else the one that it ended. Null when the holder stays. */
  association: DeviceAssociationEntity | null;
  statusChange: DeviceStatusChangeEntity;
}

/** A locked device and its next state. */
export interface DeviceTransition {
  device: DeviceEntity;
  next: DeviceState;
  /** Note on this change; by default that of the cause. */
  note?: string | null;
}

/**
 * Changes a locked device. Status, holder and site change only here.
 *
 * Increments the version, ends and begins associations if the holder changes, and writes one status change and its events.
 * All of them carry the same timestamp. It is read after the lock is taken and is never earlier than the previous change,
 * so the associations of one device never overlap.
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

/** Like `changeDevice`, for several devices with as many statements as for one. Returns the changes in input order. */
export async function changeDevices(
  tx: Tx,
  transitions: readonly DeviceTransition[],
  cause: ChangeCause,
): Promise<DeviceChange[]> {
  if (transitions.length === 0) return [];
  const changed = await updateDevices(tx, transitions);
  const changes = transitions.map(({ device, note = cause.note }) => ({
    before: device,
    after: changed.get(device.id)!,
    note,
  }));
  const holderChanges = changes.filter(({ before, after }) => before.patientId !== after.patientId);
  const [ended, begun, statusChanges] = await Promise.all([
    endAssociations(tx, holderChanges, cause.actor),
    beginAssociations(tx, holderChanges, cause.actor),
    insertStatusChanges(tx, changes, cause),
  ]);
  appendEvents(
    tx,
    // First: the status changes already hold the lowest event ids.
    ...statusChanges.map(deviceStatusChanged),
    ...changes.flatMap(({ after: { customerId, id } }) => {
      const [end, begin] = [ended.get(id), begun.get(id)];
      return [
        ...(end ? [DEVICE_EVENTS.associationRemoved.create(customerId, end)] : []),
        ...(begin ? [DEVICE_EVENTS.associationCreated.create(customerId, begin)] : []),
      ];
    }),
  );
  return changes.map(({ after: device }, index) => ({
    device,
    association: begun.get(device.id) ?? ended.get(device.id) ?? null,
    statusChange: statusChanges[index]!,
  }));
}

/** A device before and after a change. `before` is null for a device that was just registered. */
interface ChangedDevice {
  before: DeviceEntity | null;
  after: DeviceEntity;
  note: string | null;
}

/**
 * Removes devices from their order or return leg while status, holder and site stay. This is not a change of the device: the
 * version stays and no event is written.
 */
export async function leaveOrders(
  tx: Tx,
  devices: readonly DeviceEntity[],
  leg: 'order' | 'return_order',
): Promise<void> {
  const member = leg === 'order' ? 'orderId' : 'returnOrderId';
  const rows = devices.map(({ customerId, id }) => ({ customerId, id, [member]: null }));
  await deviceTable.update(tx, rows, { name: `leave_${leg}` });
}

async function updateDevices(tx: Tx, transitions: readonly DeviceTransition[]): Promise<Map<string, DeviceEntity>> {
  const rows = transitions.map(({ device: { customerId, id, version, updatedAt }, next }) => {
    const { currentStatus, patientId, siteCustomerId, siteId, orderId, returnOrderId } = next;
    const state = { currentStatus, patientId, siteCustomerId, siteId, orderId, returnOrderId };
    return { customerId, id, version, updatedAt, ...state };
  });
  const changed = await deviceTable.update(tx, rows, {
    name: 'change_devices',
    given: { changed_at: sql`greatest(clock_timestamp(), n.updated_at)::timestamptz(3)` },
    computed: {
      version: sql`t.version + 1`,
      updatedAt: sql`n.changed_at`,
      statusChangedAt: sql`case when t.current_status = n.current_status then t.status_changed_at else n.changed_at end`,
    },
    guard: sql`t.version = n.version`,
  });
  if (changed.length !== rows.length) throw new Error('A device differs from the row that was locked.');
  return new Map(changed.map((device) => [device.id, device]));
}

/** Ends the associations of the previous holders. Returns them by device id. */
async function endAssociations(
  tx: Tx,
  changes: readonly ChangedDevice[],
  actor: ActorValue,
): Promise<Map<string, DeviceAssociationEntity>> {
  const rows = changes.flatMap(({ before, after: { customerId, id: deviceId, updatedAt: endedAt } }) => {
    const patientId = before?.patientId ?? null;
    return patientId === null
      ? []
      : [{ customerId, deviceId, patientId, endedAt, ...toActorColumns('endedBy', actor) }];
  });
  const ended = await deviceAssociationTable.update(tx, rows, {
    name: 'end_associations',
    by: ['customerId', 'deviceId', 'patientId'],
    guard: sql`t.holder_id = n.patient_id`,
  });
  if (ended.length !== rows.length) throw new Error('The holder of a device has no open association.');
  return new Map(ended.map((association) => [association.deviceId, association]));
}

/** Begins the associations of the new holders. Returns them by device id. */
async function beginAssociations(
  tx: Tx,
  changes: readonly ChangedDevice[],
  actor: ActorValue,
): Promise<Map<string, DeviceAssociationEntity>> {
  const rows = changes.flatMap(({ after: { customerId, id: deviceId, patientId, updatedAt: startedAt } }) =>
    patientId === null ? [] : [{ customerId, deviceId, patientId, startedAt, ...toActorColumns('startedBy', actor) }],
  );
  const begun = await deviceAssociationTable.insert(tx, rows, { name: 'begin_associations' });
  return new Map(begun.map((association) => [association.deviceId, association]));
}

async function insertStatusChanges(
  tx: Tx,
  changes: readonly ChangedDevice[],
  { reason, actor, orderId = null }: ChangeCause,
): Promise<DeviceStatusChangeEntity[]> {
  const rows = changes.map(({ before, after, note }) => ({
    customerId: after.customerId,
    deviceId: after.id,
    deviceVersion: after.version,
    previousStatus: before?.currentStatus ?? null,
    status: after.currentStatus,
    patientId: after.patientId,
    previousPatientId: before?.patientId ?? null,
    siteId: after.siteId,
    previousSiteId: before?.siteId ?? null,
    occurredAt: after.updatedAt,
    reason,
    orderId,
    note,
    ...toActorColumns('actor', actor),
  }));
  return deviceStatusChangeTable.insert(tx, rows, { name: 'insert_status_changes' });
}

/** Records the registration of devices as the first change of each. Returns the changes in input order. */
export async function recordRegistrations(
  tx: Tx,
  devices: readonly DeviceEntity[],
  cause: ChangeCause,
): Promise<DeviceStatusChangeEntity[]> {
  const registrations = devices.map((after) => ({ before: null, after, note: cause.note }));
  const statusChanges = await insertStatusChanges(tx, registrations, cause);
  appendEvents(tx, ...statusChanges.map(deviceStatusChanged));
  return statusChanges;
}
