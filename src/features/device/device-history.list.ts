import { oneOf, sql } from '../../platform/db/sql';
import { anyOf, during, filterMember, idsOf, present } from '../../platform/graphql/filter-members';
import { defineChildList } from '../../platform/list/connection';
import { defineList, SortDirection } from '../../platform/list/definition';
import { byId, byTime } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';
import { deviceAssociationTable } from './device-association.entity';
import { deviceStatusChangeTable } from './device-status-change.entity';
import { DeviceStatus, DeviceStatusChangeReason } from './device-status';

export const ASSOCIATIONS = defineList({
  type: 'DeviceAssociation',
  name: 'associations',
  table: deviceAssociationTable,
  alias: 'a',
  filters: {
    deviceIds: idsOf('Device', 'a.device_id', 'Associations of any of these devices.'),
    patientIds: idsOf('Patient', 'a.patient_id', 'Associations with any of these patients.'),
    ended: present(
      'a.ended_at',
      'With true, associations that have ended; with false, those in which the patient has the device now.',
    ),
    startedAt: during('a.started_at', 'Associations that began in this range.'),
    endedAt: during('a.ended_at', 'Associations that ended in this range; none that goes on.'),
  },
  sorts: { STARTED_AT: byTime('a.started_at', 'startedAt', 'By when they began.') },
  defaultSort: { field: 'STARTED_AT', direction: SortDirection.DESC },
});

export const associationById = nodeLoader(ASSOCIATIONS);

export const associationsOfDevice = defineChildList(ASSOCIATIONS, 'device', {
  input: 'DeviceAssociation',
  without: ['deviceIds'],
});

export const associationsOfPatient = defineChildList(ASSOCIATIONS, 'patient', {
  input: 'PatientAssociation',
  without: ['patientIds'],
});

export const STATUS_CHANGES = defineList({
  type: 'DeviceStatusChange',
  name: 'status_changes',
  table: deviceStatusChangeTable,
  alias: 'c',
  filters: {
    statuses: filterMember(
      [DeviceStatus],
      (statuses) => sql`(${oneOf('c.status', statuses, 'text')} or ${oneOf('c.previous_status', statuses, 'text')})`,
      'Changes from or to any of these statuses, and those of a device that kept one of them.',
    ),
    reasons: anyOf(DeviceStatusChangeReason, 'c.reason', 'Changes for any of these reasons.'),
    occurredAt: during('c.changed_at', 'Changes that happened in this range.'),
  },
  // Ids are drawn under the device's lock.
  sorts: { OCCURRED_AT: byId('By when they happened.') },
  defaultSort: { field: 'OCCURRED_AT', direction: SortDirection.DESC },
});

export const statusChangeById = nodeLoader(STATUS_CHANGES);

export const statusChangesOfDevice = defineChildList(STATUS_CHANGES, 'device', { input: 'DeviceStatusHistory' });
