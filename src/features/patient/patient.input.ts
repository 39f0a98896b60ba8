import { argumentsType, entryOf, inputType, optional, required } from '../../platform/graphql/types';
import { ID } from 'type-graphql';
import { MAX_ENTRIES } from '../../platform/operation/bulk-use-case';
import { AddressInput } from '../../platform/graphql/address.type';
import { expectedVersionField } from '../../platform/graphql/expected-version.input';
import { CalendarDate, TimeZone } from '../../platform/graphql/scalars.type';
import { customerIdField } from '../customer/customer.input';
import { Sex } from './sex';

export const PatientByExternalIdentifierArguments = argumentsType({
  externalIdentifier: required(
    String,
    "External identifier: the customer's own identifier of the patient. Case matters, spaces at the ends do not.",
  ),
  customerId: customerIdField('Customer that owns the patient.'),
});
export type PatientByExternalIdentifierArguments = InstanceType<typeof PatientByExternalIdentifierArguments>;

/** Members of both CreatePatientInput and UpdatePatientInput. */
const PATIENT_FIELDS = {
  externalIdentifier: optional(
    String,
    "The customer's own identifier of the patient, at most 200 characters. Unique among the customer's patients.",
  ),
  dateOfBirth: optional(CalendarDate, 'Date of birth of the patient: from 1850 on, and not in the future.'),
  sex: optional(Sex, 'Sex, as recorded by the customer.'),
  email: optional(String, 'Email address, at most 254 characters.'),
  phoneNumber: optional(
    String,
    'Phone number in any usual writing, with or without an extension: at most 64 characters, with 3 digits or more.',
  ),
  address: optional(AddressInput, 'Home address. Replaced as a whole. Its ZIP code determines the time zone.'),
  timeZoneOverride: optional(TimeZone, 'Time zone to use instead of the one of the ZIP code. Null for no override.'),
  archived: optional(
    Boolean,
    'Whether the patient is archived, as by `archivePatient` and `unarchivePatient`. A new patient is not, unless this is true.',
  ),
  enrolled: optional(
    Boolean,
    'Whether the patient is enrolled in the monitoring program. A new patient is, unless this is false.',
  ),
  siteId: optional(ID, 'Site of the customer that cares for the patient, by global id or `databaseId`.'),
};

export const CreatePatientInput = inputType('CreatePatientInput', 'A new patient of a customer.', {
  ...PATIENT_FIELDS,
  customerId: customerIdField('Customer that owns the patient.'),
  firstName: required(String, 'First name, 1 to 100 characters.'),
  lastName: required(String, 'Last name, 1 to 100 characters.'),
});
export type CreatePatientInput = InstanceType<typeof CreatePatientInput>;

export const CreatePatientsInput = inputType('CreatePatientsInput', 'New patients.', {
  patients: required([entryOf(CreatePatientInput)], `Patients to create, 1 to ${MAX_ENTRIES}.`, {
    limit: 'entries of a bulk call',
  }),
});
export type CreatePatientsInput = InstanceType<typeof CreatePatientsInput>;

/** Members by which inputs reference a patient. */
export const PATIENT_REFERENCE = {
  patientId: optional(ID, 'Patient, by global id or `databaseId`.'),
  patientExternalIdentifier: optional(
    String,
    'Patient, by external identifier. If `patientId` is given too, both must name the same patient.',
  ),
};

/** Members by which mutation inputs reference the patient to change. */
const PATIENT_TO_CHANGE = {
  ...PATIENT_REFERENCE,
  patientExternalIdentifier: optional(
    String,
    'Patient, by current external identifier. If `patientId` is given too, both must name the same patient.',
  ),
  expectedVersion: expectedVersionField('patient'),
};

export const ArchivePatientInput = inputType(
  'ArchivePatientInput',
  'Patient to archive, by `patientId`, `patientExternalIdentifier` or both.',
  PATIENT_TO_CHANGE,
);
export type ArchivePatientInput = InstanceType<typeof ArchivePatientInput>;

export const UnarchivePatientInput = inputType(
  'UnarchivePatientInput',
  'Patient to unarchive, by `patientId`, `patientExternalIdentifier` or both.',
  PATIENT_TO_CHANGE,
);
export type UnarchivePatientInput = InstanceType<typeof UnarchivePatientInput>;

export const UpdatePatientInput = inputType(
  'UpdatePatientInput',
  'New values of a patient, who is given by `patientId`, `patientExternalIdentifier` or both. Omitted fields stay unchanged; null clears a field. The names, `archived` and `enrolled` cannot be cleared.',
  {
    ...PATIENT_FIELDS,
    ...PATIENT_TO_CHANGE,
    firstName: optional(String, 'First name, 1 to 100 characters. Cannot be cleared.'),
    lastName: optional(String, 'Last name, 1 to 100 characters. Cannot be cleared.'),
  },
);
export type UpdatePatientInput = InstanceType<typeof UpdatePatientInput>;
