import { actor } from '../../platform/graphql/actor.type';
import { defineFields, found, link, optionalLink } from '../../platform/graphql/fields';
import { patientById } from '../patient/patient.list';
import { Patient } from '../patient/patient.type';
import { siteById } from '../site/site.list';
import { Site } from '../site/site.type';
import type { DeviceAssociationEntity } from './device-association.entity';
import type { DeviceStatusChangeEntity } from './device-status-change.entity';
import { associationAt } from './device-history.repository';
import { deviceById } from './device.list';
import { Device, DeviceAssociation, DeviceStatusChange } from './device.type';

defineFields<DeviceAssociationEntity>(DeviceAssociation, {
  device: link(Device, deviceById, 'deviceId', 'The device, as it is now.'),
  patient: link(Patient, patientById, 'patientId', 'The patient who had it, as the patient is now.'),
  startedBy: actor('startedBy', 'Who began the association.'),
  endedBy: actor('endedBy', 'Who ended the association; null while the patient has the device.', { nullable: true }),
});

defineFields<DeviceStatusChangeEntity>(DeviceStatusChange, {
  device: link(Device, deviceById, 'deviceId', 'The device, as it is now.'),
  patient: optionalLink(
    Patient,
    patientById,
    'patientId',
    'Who had the device right after the change; null for nobody.',
  ),
  previousPatient: optionalLink(
    Patient,
    patientById,
    'previousPatientId',
    'Who had the device right before the change; null for nobody.',
  ),
  site: optionalLink(Site, siteById, 'siteId', 'Where the device was right after the change; null for no site.'),
  previousSite: optionalLink(
    Site,
    siteById,
    'previousSiteId',
    'Where the device was right before the change; null for no site.',
  ),
  association: found(
    DeviceAssociation,
    associationAt,
    ['customerId', 'deviceId', 'patientId', 'previousPatientId', 'occurredAt'],
    ({ customerId, deviceId, patientId, previousPatientId, occurredAt: at }) => {
      const holderId = patientId ?? previousPatientId ?? null;
      return holderId === null ? null : { customerId, deviceId, patientId: holderId, at, ended: patientId === null };
    },
    'The association of the holder right after the change; the one that the change ended if nobody has the device since. Null if nobody had the device before or after.',
  ),
  actor: actor('actor', 'Who changed the device.'),
});
