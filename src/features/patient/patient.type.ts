import { Int } from 'type-graphql';
import { nodeType, optional, required } from '../../platform/graphql/types';
import { Address } from '../../platform/graphql/address.type';
import { connectionType } from '../../platform/graphql/connection.type';
import { CalendarDate, DateTime, TimeZone } from '../../platform/graphql/scalars.type';
import type { PatientEntity } from './patient.entity';
import { Sex } from './sex';

export const Patient = nodeType<PatientEntity>('Patient', 'A person who is monitored, for one customer.', {
  externalIdentifier: optional(
    String,
    "The customer's own name for the patient, unique among its patients; null when it has none.",
  ),
  firstName: required(String, 'Given name.'),
  lastName: required(String, 'Family name.'),
  dateOfBirth: optional(CalendarDate, 'When the patient was born; null when it is not recorded.'),
  sex: optional(Sex, 'Sex, as recorded by the customer; null when nothing is recorded.'),
  email: optional(String, 'E-mail address; null when none is recorded.'),
  phoneNumber: optional(String, 'Phone number as it was written; null when none is recorded.'),
  address: optional(Address, 'Home address; null when none is recorded. Its ZIP code gives the time zone.'),
  archivedAt: optional(
    DateTime,
    'When the patient was archived; null while the patient is not. For a patient who was archived before times were recorded, when anything of the patient was last changed.',
  ),
  enrolled: required(Boolean, 'Whether the patient takes part in the programme now.'),
  timeZoneOverride: optional(
    TimeZone,
    'The time zone that replaces the one of the ZIP code; null when none is set. See `timeZone`.',
  ),
  version: required(
    Int,
    'Number of the change that the patient has come to, beginning with 1. See `expectedVersion` of the mutations.',
  ),
  createdAt: required(DateTime, 'When the patient was added.'),
  updatedAt: required(DateTime, 'When anything of the patient was last changed.'),
});

export const PatientConnection = connectionType(Patient, 'Patient', 'patients');
