import { argumentsType, inputType, optional, required } from '../../platform/graphql/types';
import { ID } from 'type-graphql';
import { AddressInput } from '../../platform/graphql/address.type';
import { expectedVersionField } from '../../platform/graphql/expected-version.input';
import { CalendarDate, TimeZone } from '../../platform/graphql/scalars.type';
import { customerIdField } from '../customer/customer.input';
import { Sex } from './sex';

export const PatientByExternalIdentifierArguments = argumentsType({
  externalIdentifier: required(String, "The customer's own name for the patient, exactly."),
  customerId: customerIdField('Whose patient.'),
});
export type PatientByExternalIdentifierArguments = InstanceType<typeof PatientByExternalIdentifierArguments>;

/** What both inputs have. */
const PATIENT_FIELDS = {
  externalIdentifier: optional(
    String,
    "The customer's own name for the patient, unique among its patients; up to 200 characters.",
  ),
  dateOfBirth: optional(CalendarDate, 'When the patient was born.'),
  sex: optional(Sex, 'Sex, as the customer records it.'),
  email: optional(String, 'E-mail address; up to 254 characters.'),
  phoneNumber: optional(String, 'Phone number: 3 to 32 digits, spaces and `+().-/x`.'),
  address: optional(AddressInput, 'Home address; replaced as a whole. Its ZIP code gives the time zone.'),
  timeZoneOverride: optional(TimeZone, 'Replaces the time zone of the ZIP code; null for none.'),
  siteId: optional(ID, "The customer's site that looks after the patient."),
};

export const CreatePatientInput = inputType('CreatePatientInput', 'A new patient of a customer.', {
  ...PATIENT_FIELDS,
  customerId: customerIdField('Whose patient.'),
  firstName: required(String, 'Given name; 1 to 100 characters.'),
  lastName: required(String, 'Family name; 1 to 100 characters.'),
});
export type CreatePatientInput = InstanceType<typeof CreatePatientInput>;

/** How inputs name a patient. */
export const PATIENT_REFERENCE = {
  patientId: optional(ID, 'Which patient: the global id or the databaseId.'),
  patientExternalIdentifier: optional(
    String,
    "Which patient: the customer's own name for it. Given together with patientId, both must mean the same patient.",
  ),
};

/** How the inputs of mutations name the patient that they change. */
const WHICH_PATIENT = {
  ...PATIENT_REFERENCE,
  patientExternalIdentifier: optional(String, 'Which patient: the external identifier that the patient has now.'),
  expectedVersion: expectedVersionField('patient'),
};

export const ArchivePatientInput = inputType(
  'ArchivePatientInput',
  'The patient to archive, named by patientId, by patientExternalIdentifier or by both.',
  WHICH_PATIENT,
);
export type ArchivePatientInput = InstanceType<typeof ArchivePatientInput>;

export const UnarchivePatientInput = inputType(
  'UnarchivePatientInput',
  'The patient to take back, named by patientId, by patientExternalIdentifier or by both.',
  WHICH_PATIENT,
);
export type UnarchivePatientInput = InstanceType<typeof UnarchivePatientInput>;

export const UpdatePatientInput = inputType(
  'UpdatePatientInput',
  'A change of a patient, named by patientId, by patientExternalIdentifier or by both. What is absent stays, null clears.',
  {
    ...PATIENT_FIELDS,
    ...WHICH_PATIENT,
    firstName: optional(String, 'Given name; 1 to 100 characters. It cannot be cleared.'),
    lastName: optional(String, 'Family name; 1 to 100 characters. It cannot be cleared.'),
  },
);
export type UpdatePatientInput = InstanceType<typeof UpdatePatientInput>;
