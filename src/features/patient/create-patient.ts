import { useCase } from '../../platform/operation/use-case';
import { targetCustomer } from '../customer/target-customer';
import { findSiteOfPatient } from './patient-reference';
import { PATIENT_VALUES } from './patient-rules';
import type { CreatePatientInput } from './patient.input';
import { insertPatient } from './patient.repository';

/** Options of `createPatient` and `createPatients`. */
export const CREATION = {
  action: 'patient:write',
  codes: [
    'REFERENCE_MISSING',
    'CUSTOMER_NOT_FOUND',
    'SITE_NOT_FOUND',
    'SITE_OPERATED_BY_IMPILO',
    'EXTERNAL_IDENTIFIER_TAKEN',
  ],
  input: PATIENT_VALUES,
} as const;

export const createPatient = useCase(
  { ...CREATION, name: 'createPatient' },
  async (ctx, tx, input: CreatePatientInput) => {
    const customerId = await targetCustomer(ctx, tx, input.customerId);
    const siteId = await findSiteOfPatient(tx, customerId, input.siteId);
    return { patient: await insertPatient(tx, { ...input, customerId, siteId }) };
  },
);
