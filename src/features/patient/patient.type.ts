import { nodeType, optional, required } from '../../platform/graphql/types';
import { Address } from '../../platform/graphql/address.type';
import { connectionType } from '../../platform/graphql/connection.type';
import { CalendarDate } from '../../platform/graphql/scalars.type';
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
  archived: required(Boolean, 'No longer monitored: new associations are refused, what is there stays.'),
  enrolled: required(Boolean, 'Whether the patient takes part in the programme now.'),
});

export const PatientConnection = connectionType(Patient, 'Patient', 'patients');
