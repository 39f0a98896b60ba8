import { z } from 'zod';
import { alreadyHas } from '../../platform/base/already-has';
import { nonNull, type Checked } from '../../platform/operation/input-rules';
import { useCase } from '../../platform/operation/use-case';
import { assertVersion } from '../../platform/operation/expected-version';
import { findSiteOfPatient, lockPatientOf, PATIENT_CODES } from './patient-reference';
import { PATIENT_VALUES } from './patient-rules';
import type { UpdatePatientInput } from './patient.input';
import { changePatient } from './patient.repository';

const RULES = {
  ...PATIENT_VALUES,
  firstName: nonNull(PATIENT_VALUES.firstName),
  lastName: nonNull(PATIENT_VALUES.lastName),
  archived: nonNull(z.boolean()),
  enrolled: nonNull(z.boolean()),
};

/**
 * Changes the given members of a patient.
 *
 * A repeated call succeeds and changes nothing.
 */
export const updatePatient = useCase(
  {
    name: 'updatePatient',
    action: 'patient:write',
    codes: [
      ...PATIENT_CODES,
      'SITE_NOT_FOUND',
      'SITE_OPERATED_BY_IMPILO',
      'STALE_VERSION',
      'EXTERNAL_IDENTIFIER_TAKEN',
    ],
    input: RULES,
  },
  async (ctx, tx, input: Checked<UpdatePatientInput, typeof RULES>) => {
    const { patientId, patientExternalIdentifier, expectedVersion, ...values } = input;
    const patient = await lockPatientOf(ctx, tx, { patientId, patientExternalIdentifier });
    const siteId = await findSiteOfPatient(tx, patient.customerId, input.siteId);
    const change = { ...values, siteId };
    if (alreadyHas({ ...patient, archived: patient.archivedAt !== null }, change)) return { patient };
    assertVersion(patient, expectedVersion, 'patient');
    return { patient: await changePatient(tx, patient, change) };
  },
);
