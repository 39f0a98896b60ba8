import { useCase } from '../../platform/operation/use-case';
import { assertVersion } from '../../platform/operation/expected-version';
import { lockPatientOf, PATIENT_CODES } from './patient-reference';
import type { ArchivePatientInput } from './patient.input';
import { changePatient } from './patient.repository';

/**
 * Archives a patient. Existing associations stay open; new ones are refused.
 *
 * For a patient who is already archived it succeeds and changes nothing.
 */
export const archivePatient = useCase(
  { name: 'archivePatient', action: 'patient:write', codes: [...PATIENT_CODES, 'STALE_VERSION'] },
  async (ctx, tx, { expectedVersion, ...reference }: ArchivePatientInput) => {
    const patient = await lockPatientOf(ctx, tx, reference);
    if (patient.archivedAt !== null) return { patient };
    assertVersion(patient, expectedVersion, 'patient');
    return { patient: await changePatient(tx, patient, { archived: true }) };
  },
);
