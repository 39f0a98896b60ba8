import { defineLoader, inOrderOf } from '../../platform/list/loader';
import { defineChildList } from '../../platform/list/paged-list';
import type { PatientEntity } from './patient.entity';
import { findPatients, findPatientsByExternalIdentifier, PATIENTS, PATIENTS_OF_SITE } from './patient.repository';

export const patientById = defineLoader<string, PatientEntity | null>('patient_by_id', String, async (ctx, ids) =>
  inOrderOf(ids, await findPatients(ctx.session, ids), (patient) => patient.id),
);

export const patientByExternalIdentifier = defineLoader<string, PatientEntity | null, { customerId: string }>(
  'patient_by_external_identifier',
  String,
  async (ctx, identifiers, { customerId }) =>
    inOrderOf(
      identifiers,
      await findPatientsByExternalIdentifier(ctx.session, customerId, identifiers),
      (patient) => patient.externalIdentifier!,
    ),
);

export const patientsOfSite = defineChildList(PATIENTS, PATIENTS_OF_SITE);
