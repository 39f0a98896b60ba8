import { bulkMutation, mutation, mutationResolver } from '../../platform/graphql/mutation';
import { archivePatient } from './archive-patient';
import { createPatient } from './create-patient';
import { createPatients } from './create-patients';
import {
  ArchivePatientInput,
  CreatePatientInput,
  CreatePatientsInput,
  UnarchivePatientInput,
  UpdatePatientInput,
} from './patient.input';
import { Patient } from './patient.type';
import { unarchivePatient } from './unarchive-patient';
import { updatePatient } from './update-patient';

const PATIENT = {
  patient: [
    Patient,
    'The patient in its current state. Also returned with `STALE_VERSION`. Null when the change was refused for any other reason.',
  ],
} as const;

const CREATE_PATIENT = mutation(createPatient, {
  description:
    'Creates a patient. With an `externalIdentifier`, a repeated call is refused with `EXTERNAL_IDENTIFIER_TAKEN`. Without one, it creates another patient.',
  input: [CreatePatientInput, 'Patient to create.'],
  payload: { patient: [Patient, 'The new patient. Null when it was refused.'] },
});

export const PatientMutations = mutationResolver(
  CREATE_PATIENT,
  bulkMutation(createPatients, CREATE_PATIENT, {
    description:
      'Creates patients, as `createPatient` does for one. A repeated entry is refused with `EXTERNAL_IDENTIFIER_TAKEN`, or creates another patient if it has no `externalIdentifier`.',
    input: [CreatePatientsInput, 'Patients to create.'],
  }),
  mutation(updatePatient, {
    description: 'Updates a patient. Safe to repeat.',
    input: [UpdatePatientInput, 'Patient to update, and the new values.'],
    payload: PATIENT,
  }),
  mutation(archivePatient, {
    description:
      'Archives a patient. New associations and orders are refused; devices that the patient holds stay associated. Safe to repeat.',
    input: [ArchivePatientInput, 'Patient to archive.'],
    payload: PATIENT,
  }),
  mutation(unarchivePatient, {
    description: 'Unarchives a patient, so that associations and orders are allowed again. Safe to repeat.',
    input: [UnarchivePatientInput, 'Patient to unarchive.'],
    payload: PATIENT,
  }),
);
