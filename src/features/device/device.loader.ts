import type { ParentKey } from '../../platform/list/list';
import { defineLoader, inOrderOf, type LoaderDefinition } from '../../platform/list/loader';
import { defineChildList, parentCacheKey } from '../../platform/list/paged-list';
import type { DeviceAssociationEntity } from './device-association.entity';
import {
  ASSOCIATIONS,
  ASSOCIATIONS_OF_DEVICE,
  ASSOCIATIONS_OF_PATIENT,
  findAssociations,
  findOpenAssociations,
  findStatusChanges,
  STATUS_CHANGES,
  STATUS_CHANGES_OF_DEVICE,
} from './device-history.repository';
import type { DeviceIdentifierEntity } from './device-identifier.entity';
import type { DeviceStatusChangeEntity } from './device-status-change.entity';
import type { DeviceIdentifierType } from './device-status';
import type { DeviceEntity } from './device.entity';
import {
  countDevicesOfSites,
  DEVICES,
  DEVICES_OF_PATIENT,
  DEVICES_OF_SITE,
  findDevices,
  findDevicesByIdentifier,
  findIdentifiers,
  type DeviceCountRow,
} from './device.repository';

export const deviceById = defineLoader<string, DeviceEntity | null>('device_by_id', String, async (ctx, ids) =>
  inOrderOf(ids, await findDevices(ctx.session, ids), (device) => device.id),
);

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

export const identifiersByDevice: LoaderDefinition<ParentKey, DeviceIdentifierEntity[]> = defineLoader(
  'identifiers_by_device',
  parentCacheKey,
  async (ctx, devices) => {
    const identifiers = await findIdentifiers(ctx.session, devices);
    return devices.map((device) => identifiers.filter((identifier) => identifier.deviceId === device.id));
  },
);

export const openAssociationByDevice: LoaderDefinition<ParentKey, DeviceAssociationEntity | null> = defineLoader(
  'open_association_by_device',
  parentCacheKey,
  async (ctx, devices) =>
    inOrderOf(
      devices.map((device) => device.id),
      await findOpenAssociations(ctx.session, devices),
      (association) => association.deviceId,
    ),
);

export const associationById = defineLoader<string, DeviceAssociationEntity | null>(
  'association_by_id',
  String,
  async (ctx, ids) => inOrderOf(ids, await findAssociations(ctx.session, ids), (association) => association.id),
);

export const statusChangeById = defineLoader<string, DeviceStatusChangeEntity | null>(
  'status_change_by_id',
  String,
  async (ctx, ids) => inOrderOf(ids, await findStatusChanges(ctx.session, ids), (change) => change.id),
);

export const deviceCountsBySite: LoaderDefinition<ParentKey, DeviceCountRow[]> = defineLoader(
  'device_counts_by_site',
  parentCacheKey,
  (ctx, sites) => countDevicesOfSites(ctx.session, sites),
);

export const devicesOfSite = defineChildList(DEVICES, DEVICES_OF_SITE);
export const devicesOfPatient = defineChildList(DEVICES, DEVICES_OF_PATIENT);
export const associationsOfDevice = defineChildList(ASSOCIATIONS, ASSOCIATIONS_OF_DEVICE);
export const associationsOfPatient = defineChildList(ASSOCIATIONS, ASSOCIATIONS_OF_PATIENT);
export const statusChangesOfDevice = defineChildList(STATUS_CHANGES, STATUS_CHANGES_OF_DEVICE);
