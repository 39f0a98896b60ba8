import { defineChildList } from '../../platform/list/connection';
import { defineList, NEWEST_FIRST } from '../../platform/list/definition';
import { nodeLoader } from '../../platform/list/loader';
import { deviceAssociationTable, type DeviceAssociationEntity } from './device-association.entity';
import { deviceStatusChangeTable, type DeviceStatusChangeEntity } from './device-status-change.entity';

/** Ids are drawn under the device's lock, so they are in the order of time. */
export const ASSOCIATIONS = defineList<DeviceAssociationEntity>({
  type: 'DeviceAssociation',
  name: 'associations',
  table: deviceAssociationTable,
  alias: 'a',
  filters: {},
  ...NEWEST_FIRST,
});

export const associationById = nodeLoader(ASSOCIATIONS);

export const associationsOfDevice = defineChildList(ASSOCIATIONS, 'device');

export const associationsOfPatient = defineChildList(ASSOCIATIONS, 'patient');

export const STATUS_CHANGES = defineList<DeviceStatusChangeEntity>({
  type: 'DeviceStatusChange',
  name: 'status_changes',
  table: deviceStatusChangeTable,
  alias: 'c',
  filters: {},
  ...NEWEST_FIRST,
});

export const statusChangeById = nodeLoader(STATUS_CHANGES);

export const statusChangesOfDevice = defineChildList(STATUS_CHANGES, 'device');
