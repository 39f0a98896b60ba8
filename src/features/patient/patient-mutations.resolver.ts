import { mutation, mutationResolver } from '../../platform/graphql/mutation';
import { createPatient } from './create-patient';
import { CreatePatientInput, UpdatePatientInput } from './patient.input';
import { Patient } from './patient.type';
import { updatePatient } from './update-patient';

export const PatientMutations = mutationResolver(
  mutation(createPatient, {
    description:
      'Adds a patient. Give an externalIdentifier: then a repeated call is refused (EXTERNAL_IDENTIFIER_TAKEN) and adds none twice.',
    input: [CreatePatientInput, 'The new patient.'],
    payload: { patient: [Patient, 'The new patient; null when it was refused.'] },
  }),
  mutation(updatePatient, {
    description: 'Changes a patient. Archiving forbids new associations and ends none.',
    input: [UpdatePatientInput, 'Which patient, and what to change.'],
    payload: { patient: [Patient, 'The patient as it is now; null when the change was refused.'] },
  }),
);
