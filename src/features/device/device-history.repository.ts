import { keysTable, rowsByIds, type ListDefinition, type ParentKey, type ParentLink } from '../../platform/list/list';
import type { Session } from '../../platform/db/session';
import { sql } from '../../platform/db/sql';
import { deviceAssociationTable, type DeviceAssociationEntity } from './device-association.entity';
import { deviceStatusChangeTable, type DeviceStatusChangeEntity } from './device-status-change.entity';

type NoConditions = Record<string, never>;

/** Newest first: ids are drawn under the device's lock, so they are in the order of time. */
export const ASSOCIATIONS: ListDefinition<DeviceAssociationEntity, NoConditions> = {
  name: 'associations',
  table: deviceAssociationTable,
  alias: 'a',
  conditions: () => [],
  order: () => ({ descending: true }),
};

export const ASSOCIATIONS_OF_DEVICE: ParentLink = {
  name: 'by_device',
  condition: sql`a.customer_id = k.customer_id and a.device_id = k.id`,
};

export const ASSOCIATIONS_OF_PATIENT: ParentLink = {
  name: 'by_patient',
  condition: sql`a.customer_id = k.customer_id and a.patient_id = k.id`,
};

/** Newest first. */
export const STATUS_CHANGES: ListDefinition<DeviceStatusChangeEntity, NoConditions> = {
  name: 'status_changes',
  table: deviceStatusChangeTable,
  alias: 'c',
  conditions: () => [],
  order: () => ({ descending: true }),
};

export const STATUS_CHANGES_OF_DEVICE: ParentLink = {
  name: 'by_device',
  condition: sql`c.customer_id = k.customer_id and c.device_id = k.id`,
};

export function findAssociations(session: Session, ids: readonly string[]): Promise<DeviceAssociationEntity[]> {
  return rowsByIds(session, ASSOCIATIONS, ids);
}

export function findStatusChanges(session: Session, ids: readonly string[]): Promise<DeviceStatusChangeEntity[]> {
  return rowsByIds(session, STATUS_CHANGES, ids);
}

/** The open associations of devices: at most one each. */
export async function findOpenAssociations(
  session: Session,
  devices: readonly ParentKey[],
): Promise<DeviceAssociationEntity[]> {
  return session.sql`/* open_association_by_device */ select ${deviceAssociationTable.select('a')} from ${keysTable(devices)}
    join device_association a on a.customer_id = k.customer_id and a.device_id = k.id and a.holder_id is not null`;
}

export async function findOpenAssociation(
  session: Session,
  device: ParentKey,
): Promise<DeviceAssociationEntity | null> {
  return (await findOpenAssociations(session, [device]))[0] ?? null;
}
