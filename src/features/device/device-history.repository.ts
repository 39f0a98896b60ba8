import type { Session } from '../../platform/db/session';
import { raw, sql, unnest } from '../../platform/db/sql';
import { keysTable, type ParentKey } from '../../platform/list/list';
import { defineLoader, inOrderOf, parentCacheKey, type LoaderDefinition } from '../../platform/list/loader';
import { deviceAssociationTable, type DeviceAssociationEntity } from './device-association.entity';

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

/** Key of an association of a patient with a device: the one that covers `at`, or if `ended` the one that ended at `at`. */
export interface AssociationMoment {
  customerId: string;
  deviceId: string;
  patientId: string;
  at: Date;
  ended: boolean;
}

/** An association that started and ended at the same instant covers that instant. */
async function findAssociationsAt(
  session: Session,
  moments: readonly AssociationMoment[],
): Promise<(DeviceAssociationEntity | null)[]> {
  const keys = unnest(
    moments,
    ['bigint', ({ customerId }) => customerId],
    ['bigint', ({ deviceId }) => deviceId],
    ['bigint', ({ patientId }) => patientId],
    ['timestamptz', ({ at }) => at],
    ['boolean', ({ ended }) => ended],
  );
  const rows = await session.sql<DeviceAssociationEntity & { n: number }>`/* association_at */
    select x.*, k.n::int as n from ${keys} with ordinality as k(customer_id, device_id, patient_id, at, ended, n) cross join lateral (
      select ${deviceAssociationTable.select('a')} from device_association a
      where a.customer_id = k.customer_id and a.device_id = k.device_id and a.patient_id = k.patient_id
        and case when k.ended then a.ended_at = k.at
          else a.started_at <= k.at and (a.ended_at is null or a.ended_at > k.at or a.started_at = k.at) end
      order by a.id desc limit 1
    ) x`;
  const found = moments.map((): DeviceAssociationEntity | null => null);
  for (const { n, ...association } of rows) found[n - 1] = association;
  return found;
}

export const associationAt = defineLoader<AssociationMoment, DeviceAssociationEntity | null>(
  'association_at',
  ({ customerId, deviceId, patientId, at, ended }) => `${customerId} ${deviceId} ${patientId} ${at.getTime()} ${ended}`,
  (ctx, moments) => findAssociationsAt(ctx.session, moments),
);
