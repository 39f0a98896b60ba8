import { defineLoader, inOrderOf } from '../../platform/list/loader';
import type { PatientEntity } from './patient.entity';
import { findPatientsByExternalIdentifier } from './patient.repository';

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
