import { useCase } from '../../platform/operation/use-case';
import { assertVersion } from '../../platform/operation/expected-version';
import { lockPatientOf, PATIENT_CODES } from './patient-reference';
import type { UnarchivePatientInput } from './patient.input';
import { changePatient } from './patient.repository';

/**
 * Unarchives a patient: devices can be associated again.
 *
 * For a patient who is not archived it succeeds and changes nothing.
 */
export const unarchivePatient = useCase(
  { name: 'unarchivePatient', action: 'patient:write', codes: [...PATIENT_CODES, 'STALE_VERSION'] },
  async (ctx, tx, { expectedVersion, ...reference }: UnarchivePatientInput) => {
    const patient = await lockPatientOf(ctx, tx, reference);
    if (patient.archivedAt === null) return { patient };
    assertVersion(patient, expectedVersion, 'patient');
    return { patient: await changePatient(tx, patient, { archived: false }) };
  },
);
