import { oneOf, sql } from '../../platform/db/sql';
import { anyOf, during, filterMember, idsOf, present } from '../../platform/graphql/filter-members';
import { defineChildList } from '../../platform/list/connection';
import { defineList, SortDirection } from '../../platform/list/definition';
import { byId, byTime } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';
import { deviceAssociationTable } from './device-association.entity';
import { deviceIdentifierChangeTable } from './device-identifier-change.entity';
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
    ended: present('a.ended_at', 'If true, associations that ended. If false, open associations.'),
    startedAt: during('a.started_at', 'Associations that started in this range.'),
    endedAt: during('a.ended_at', 'Associations that ended in this range. Excludes open associations.'),
  },
  sorts: { STARTED_AT: byTime('a.started_at', 'startedAt', 'By start time.') },
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
      'Changes from or to any of these statuses. Includes changes of holder or site that keep such a status.',
    ),
    reasons: anyOf(DeviceStatusChangeReason, 'c.reason', 'Changes for any of these reasons.'),
    occurredAt: during('c.changed_at', 'Changes made in this range.'),
  },
  // Ids are drawn under the device's lock, so they ascend with time.
  sorts: { OCCURRED_AT: byId('By time of the change.') },
  defaultSort: { field: 'OCCURRED_AT', direction: SortDirection.DESC },
});

export const statusChangeById = nodeLoader(STATUS_CHANGES);

export const statusChangesOfDevice = defineChildList(STATUS_CHANGES, 'device', { input: 'DeviceStatusHistory' });

export const IDENTIFIER_CHANGES = defineList({
  type: 'DeviceIdentifierChange',
  name: 'identifier_changes',
  table: deviceIdentifierChangeTable,
  alias: 'c',
  filters: { occurredAt: during('c.changed_at', 'Changes made in this range.') },
  // Ids are drawn under the device's lock, so they ascend with time.
  sorts: { OCCURRED_AT: byId('By time of the change.') },
  defaultSort: { field: 'OCCURRED_AT', direction: SortDirection.DESC },
});

export const identifierChangeById = nodeLoader(IDENTIFIER_CHANGES);

export const identifierChangesOfDevice = defineChildList(IDENTIFIER_CHANGES, 'device', {
  input: 'DeviceIdentifierHistory',
});
