import { Int } from 'type-graphql';
import { nodeType, optional, required } from '../../platform/graphql/types';
import { Address } from '../../platform/graphql/address.type';
import { connectionType } from '../../platform/graphql/connection.type';
import { CalendarDate, DateTime, TimeZone } from '../../platform/graphql/scalars.type';
import type { PatientEntity } from './patient.entity';
import { Sex } from './sex';

export const Patient = nodeType<PatientEntity>('Patient', 'A patient: a person whom one customer monitors.', {
  externalIdentifier: optional(
    String,
    "The customer's own identifier of the patient, unique among the customer's patients. Null when there is none.",
  ),
  firstName: required(String, 'First (given) name.'),
  lastName: required(String, 'Last (family) name.'),
  dateOfBirth: optional(CalendarDate, 'Date of birth. Null when not recorded.'),
  sex: optional(Sex, 'Sex, as recorded by the customer. Null when not recorded.'),
  email: optional(String, 'Email address. Null when not recorded.'),
  phoneNumber: optional(String, 'Phone number, as entered. Null when not recorded.'),
  address: optional(
    Address,
    'Home address. Its ZIP code determines the time zone in the United States and its territories. Null when not recorded.',
  ),
  archivedAt: optional(
    DateTime,
    'Time at which the patient was archived. Null while the patient is not archived. Estimated for patients archived before this field existed.',
  ),
  enrolled: required(Boolean, 'Whether the patient is enrolled in the monitoring program.'),
  timeZoneOverride: optional(
    TimeZone,
    'Time zone to use instead of the one of the ZIP code. Null when none is set. See `timeZone`.',
  ),
  version: required(
    Int,
    'Version of the patient. It starts at 1 and each change increments it by one. Pass it as `expectedVersion` to change the patient only if it is still in the state that you read.',
  ),
  createdAt: required(DateTime, 'Time at which the patient was created.'),
  updatedAt: required(DateTime, 'Time of the latest change of the patient.'),
});

export const PatientConnection = connectionType(Patient, 'Patient', 'patients');
