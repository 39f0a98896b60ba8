import { DomainError } from '../../platform/base/errors';
import {
  addressRule,
  birthDateRule,
  emailRule,
  line,
  optionalLine,
  phoneNumberRule,
} from '../../platform/operation/input-rules';
import { pathOfPatient, type PatientReference } from './patient-reference';
import type { PatientEntity } from './patient.entity';

/** Rules for the values of a patient. */
export const PATIENT_VALUES = {
  externalIdentifier: optionalLine(200),
  firstName: line(100),
  lastName: line(100),
  dateOfBirth: birthDateRule,
  email: emailRule,
  phoneNumber: phoneNumberRule,
  address: addressRule,
};

/**
 * Asserts that a device can be associated with a patient.
 *
 * @throws DomainError PATIENT_ARCHIVED
 */
export function assertNotArchived(patient: PatientEntity, reference: PatientReference): void {
  if (patient.archivedAt === null) return;
  const message = 'The patient is archived. Unarchive the patient first, or choose another patient.';
  throw new DomainError('PATIENT_ARCHIVED', message, pathOfPatient(reference));
}
