import { z } from 'zod';
import { kept, type Checked } from '../../platform/operation/input-rules';
import { useCase } from '../../platform/operation/use-case';
import { findSiteOfPatient, lockPatient } from './patient-reference';
import { PATIENT_VALUES } from './patient-rules';
import type { UpdatePatientInput } from './patient.input';
import { changePatient } from './patient.repository';

const RULES = {
  ...PATIENT_VALUES,
  firstName: kept(PATIENT_VALUES.firstName),
  lastName: kept(PATIENT_VALUES.lastName),
  archived: kept(z.boolean()),
  enrolled: kept(z.boolean()),
};

/**
 * Changes what is given of a patient. Archiving ends nothing: devices and associations stay, new ones are refused.
 */
export const updatePatient = useCase(
  {
    name: 'updatePatient',
    action: 'patient:write',
    codes: [
      'REFERENCE_MISSING',
      'PATIENT_NOT_FOUND',
      'REFERENCE_MISMATCH',
      'SITE_NOT_FOUND',
      'SITE_OPERATED_BY_IMPILO',
      'EXTERNAL_IDENTIFIER_TAKEN',
    ],
    input: RULES,
  },
  async ({ caller: { scope } }, tx, input: Checked<UpdatePatientInput, typeof RULES>) => {
    const { patientId, patientExternalIdentifier, timeZone: timeZoneOverride, ...values } = input;
    const owner = scope.kind === 'customer' ? scope.customerId : null;
    const patient = await lockPatient(tx, owner, { patientId, patientExternalIdentifier }, 'update');
    const siteId = await findSiteOfPatient(tx, patient.customerId, input.siteId);
    return { patient: await changePatient(tx, patient, { ...values, siteId, timeZoneOverride }) };
  },
);
