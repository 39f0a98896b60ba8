import type { Session } from '../../platform/db/session';
import { raw, sql } from '../../platform/db/sql';
import { foundLoader, type FoundLoader, type FoundRow } from '../../platform/list/found';
import { keysTable, type ParentKey } from '../../platform/list/list';
import { defineLoader, inOrderOf, parentCacheKey, type LoaderDefinition } from '../../platform/list/loader';
import { deviceAssociationTable, type DeviceAssociationEntity } from './device-association.entity';
import type { DeviceStatusChangeEntity } from './device-status-change.entity';

/** The open association `a` of the device `k`. */
const OPEN = raw('a.customer_id = k.customer_id and a.device_id = k.id and a.holder_id is not null');

/** The open associations of devices: at most one per device. */
export async function findOpenAssociations(
  session: Session,
  devices: readonly ParentKey[],
): Promise<DeviceAssociationEntity[]> {
  if (devices.length === 0) return [];
  return session.sql`/* open_association_by_device */ select ${deviceAssociationTable.select('a')} from ${keysTable(devices)}
    join device_association a on ${OPEN}`;
}

export async function findOpenAssociation(
  session: Session,
  device: ParentKey,
): Promise<DeviceAssociationEntity | null> {
  return (await findOpenAssociations(session, [device]))[0] ?? null;
}

export const openAssociationByDevice: LoaderDefinition<ParentKey, DeviceAssociationEntity | null> = {
  ...defineLoader<ParentKey, DeviceAssociationEntity | null>(
    'open_association_by_device',
    parentCacheKey,
    async (ctx, devices) =>
      inOrderOf(
        devices.map((device) => device.id),
        await findOpenAssociations(ctx.session, devices),
        (association) => association.deviceId,
      ),
  ),
  below: {
    columns: deviceAssociationTable,
    rows: sql`select ${deviceAssociationTable.select('a')} from device_association a where ${OPEN}`,
    isOne: true,
  },
};

/**
 * Loads an association of a patient with a device: the one that covers a time, or the one that ended then. An association that started
 * and ended at the same instant covers that instant.
 *
 * @param key SQL of the row `k` with the columns `by`
 */
export function associationAt<From extends { customerId: string; deviceId: string | null }>(
  name: string,
  by: FoundRow<From>['by'],
  key: { patient: string; at: string; ended: string },
): FoundLoader<From, DeviceAssociationEntity> {
  const { patient, at, ended } = key;
  const covers = `case when ${ended} then a.ended_at = ${at}
          else a.started_at <= ${at} and (a.ended_at is null or a.ended_at > ${at} or a.started_at = ${at}) end`;
  const row = sql`
      select ${deviceAssociationTable.select('a')} from device_association a
      where a.customer_id = k."customerId" and a.device_id = k."deviceId" and a.patient_id = ${raw(patient)} and ${raw(covers)}
      order by a.id desc limit 1`;
  return foundLoader<From, DeviceAssociationEntity>(name, deviceAssociationTable, { by, row });
}

/** The association that is open after a change, or else the one that the change ended. */
export const associationOfChange = associationAt<
  Pick<DeviceStatusChangeEntity, 'customerId' | 'deviceId' | 'patientId' | 'previousPatientId' | 'occurredAt'>
>(
  'association_of_change',
  {
    customerId: 'bigint',
    deviceId: 'bigint',
    patientId: 'bigint',
    previousPatientId: 'bigint',
    occurredAt: 'timestamptz',
  },
  { patient: `coalesce(k."patientId", k."previousPatientId")`, at: 'k."occurredAt"', ended: 'k."patientId" is null' },
);
