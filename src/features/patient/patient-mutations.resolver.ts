import { mutation, mutationResolver } from '../../platform/graphql/mutation';
import { archivePatient } from './archive-patient';
import { createPatient } from './create-patient';
import { ArchivePatientInput, CreatePatientInput, UnarchivePatientInput, UpdatePatientInput } from './patient.input';
import { Patient } from './patient.type';
import { unarchivePatient } from './unarchive-patient';
import { updatePatient } from './update-patient';

const PATIENT = {
  patient: [
    Patient,
    'The patient as it is now, also after STALE_VERSION; null when the change was refused for anything else.',
  ],
} as const;

export const PatientMutations = mutationResolver(
  mutation(createPatient, {
    description:
      'Adds a patient. Give an externalIdentifier: then a repeated call is refused (EXTERNAL_IDENTIFIER_TAKEN) and adds none twice.',
    input: [CreatePatientInput, 'The new patient.'],
    payload: { patient: [Patient, 'The new patient; null when it was refused.'] },
  }),
  mutation(updatePatient, {
    description: 'Changes a patient. Repeating it succeeds and changes nothing.',
    input: [UpdatePatientInput, 'Which patient, and what to change.'],
    payload: PATIENT,
  }),
  mutation(archivePatient, {
    description:
      'Archives a patient: new associations and orders are refused. It ends nothing; devices stay with the patient. Repeating it succeeds and changes nothing.',
    input: [ArchivePatientInput, 'Which patient.'],
    payload: PATIENT,
  }),
  mutation(unarchivePatient, {
    description:
      'Takes back a patient who was archived. For a patient who is not archived it succeeds and changes nothing.',
    input: [UnarchivePatientInput, 'Which patient.'],
    payload: PATIENT,
  }),
);
