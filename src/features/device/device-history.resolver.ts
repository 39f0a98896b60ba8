import { actor } from '../../platform/graphql/actor.type';
import { defineFields, found, link, optionalLink } from '../../platform/graphql/fields';
import { patientById } from '../patient/patient.list';
import { Patient } from '../patient/patient.type';
import { siteById } from '../site/site.list';
import { Site } from '../site/site.type';
import type { DeviceAssociationEntity } from './device-association.entity';
import type { DeviceIdentifierChangeEntity } from './device-identifier-change.entity';
import type { DeviceStatusChangeEntity } from './device-status-change.entity';
import { associationOfChange } from './device-history.repository';
import { deviceById } from './device.list';
import { Device, DeviceAssociation, DeviceIdentifierChange, DeviceStatusChange } from './device.type';

defineFields<DeviceAssociationEntity>(DeviceAssociation, {
  device: link(Device, deviceById, 'deviceId', 'The device in its current state.'),
  patient: link(Patient, patientById, 'patientId', 'Patient who held the device, with current data.'),
  startedBy: actor('startedBy', 'Actor that started the association.'),
  endedBy: actor('endedBy', 'Actor that ended the association. Null while it is open.', { nullable: true }),
});

defineFields<DeviceStatusChangeEntity>(DeviceStatusChange, {
  device: link(Device, deviceById, 'deviceId', 'The device in its current state.'),
  patient: optionalLink(
    Patient,
    patientById,
    'patientId',
    'Holder after the change. Null when no patient held the device.',
  ),
  previousPatient: optionalLink(
    Patient,
    patientById,
    'previousPatientId',
    'Holder before the change. Null when no patient held the device.',
  ),
  site: optionalLink(Site, siteById, 'siteId', 'Site of the device after the change. Null when it had no site.'),
  previousSite: optionalLink(
    Site,
    siteById,
    'previousSiteId',
    'Site of the device before the change. Null when it had no site.',
  ),
  association: found(
    DeviceAssociation,
    associationOfChange,
    'Association that is open after the change, or else the one that the change ended. Null when no patient held the device before or after the change.',
  ),
  actor: actor('actor', 'Actor that changed the device.'),
});

defineFields<DeviceIdentifierChangeEntity>(DeviceIdentifierChange, {
  device: link(Device, deviceById, 'deviceId', 'The device in its current state.'),
  actor: actor('actor', 'Actor that changed the identifiers.'),
});
