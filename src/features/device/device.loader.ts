import type { ParentKey } from '../../platform/list/list';
import { childrenLoader, defineLoader, inOrderOf, parentCacheKey } from '../../platform/list/loader';
import type { DeviceAssociationEntity } from './device-association.entity';
import { findOpenAssociations } from './device-history.repository';
import type { DeviceIdentifierType } from './device-status';
import type { DeviceEntity } from './device.entity';
import {
  countDevicesOfSites,
  findDevicesByIdentifier,
  findIdentifiers,
  type DeviceCountRow,
} from './device.repository';

/** Keys are normalized identifiers. */
export const deviceByIdentifier = defineLoader<string, DeviceEntity | null, { type?: DeviceIdentifierType }>(
  'device_by_identifier',
  String,
  async (ctx, identifiers, { type }) =>
    inOrderOf(
      identifiers,
      await findDevicesByIdentifier(ctx.session, identifiers, type),
      (device) => device.normalized,
    ),
);

export const identifiersByDevice = childrenLoader('identifiers_by_device', findIdentifiers, 'deviceId');

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

export const deviceCountsBySite = defineLoader<ParentKey, DeviceCountRow[]>(
  'device_counts_by_site',
  parentCacheKey,
  (ctx, sites) => countDevicesOfSites(ctx.session, sites),
);
