import type { z } from 'zod';
import type { RestRoute } from '../../platform/rest/route';
import { route } from '../../platform/rest/route';
import { id, numberParameter, shape, text } from '../../platform/rest/shapes';
import { z as zod } from 'zod';
import type { PatientEntity } from './patient.entity';

export const Patient = shape('Patient', 'A patient.', {
  id: id('Id of the patient.'),
  externalIdentifier: text("The customer's own identifier of the patient. Null when there is none.").nullable(),
  firstName: text('First name.'),
  lastName: text('Last name.'),
});

export function toPatient({
  id: patientId,
  externalIdentifier,
  firstName,
  lastName,
}: PatientEntity): z.infer<typeof Patient> {
  return { id: Number(patientId), externalIdentifier, firstName, lastName };
}

const PATIENTS = { name: 'Patients', description: 'Patients of the customer.' };

export const patientRoutes: readonly RestRoute[] = [
  route({
    method: 'GET',
    path: '/patient/{id}',
    operationId: 'getPatient',
    tag: PATIENTS,
    summary: 'Get a patient',
    description: 'A patient by id.',
    params: zod.strictObject({ id: numberParameter('Id of the patient.') }),
    answer: [200, Patient, 'The patient.'],
    codes: ['PATIENT_NOT_FOUND'],
    handle: async (call, { params }) =>
      toPatient(await call.find<PatientEntity>('patient', { id: String(params.id) }, 'PATIENT_NOT_FOUND')),
  }),
];
