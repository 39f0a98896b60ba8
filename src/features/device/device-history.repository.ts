import type { Session } from '../../platform/db/session';
import { keysTable, type ParentKey } from '../../platform/list/list';
import { defineLoader, inOrderOf, parentCacheKey } from '../../platform/list/loader';
import { deviceAssociationTable, type DeviceAssociationEntity } from './device-association.entity';

/** The open associations of devices: at most one each. */
async function findOpenAssociations(
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

export const openAssociationByDevice = defineLoader<ParentKey, DeviceAssociationEntity | null>(
  'open_association_by_device',
  parentCacheKey,
  async (ctx, devices) =>
    inOrderOf(
      devices.map((device) => device.id),
      await findOpenAssociations(ctx.session, devices),
      (association) => association.deviceId,
    ),
);
