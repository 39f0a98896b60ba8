import type { Tx } from '../../platform/db/session';
import { DomainError } from '../../platform/base/errors';
import { parseId } from '../../platform/base/global-id';
import { resolveReference, notFound } from '../../platform/list/named-row';
import { rowsByIds } from '../../platform/list/list';
import type { RequestContext } from '../../platform/operation/request-context';
import { getSiteForCustomer } from '../site/site-reference';
import { assertOperatedByCustomer } from '../site/site-rules';
import type { PatientEntity } from './patient.entity';
import { lockPatients } from './patient.repository';
import { PATIENTS } from './patient.list';

/** Members by which an input references a patient: id, external identifier, or both, which must agree. */
export interface PatientReference {
  patientId?: string | null;
  patientExternalIdentifier?: string | null;
}

/** Path of the input member that references the patient, for errors. */
export function pathOfPatient({ patientId }: PatientReference): string[] {
  return ['input', patientId == null ? 'patientExternalIdentifier' : 'patientId'];
}

/** A parsed reference. */
export interface PatientKeys {
  id: string | undefined;
  externalIdentifier: string | undefined;
}

/** @throws DomainError REFERENCE_MISSING, PATIENT_NOT_FOUND for a global id of another type; InvalidValueError */
export function keysOfPatient(reference: PatientReference): PatientKeys {
  const { patientId, patientExternalIdentifier } = reference;
  if (!namesPatient(reference)) {
    throw new DomainError('REFERENCE_MISSING', 'Give patientId or patientExternalIdentifier.', ['input', 'patientId']);
  }
  const id = patientId == null ? undefined : parseId('Patient', patientId, ['input', 'patientId']);
  if (id === null) throw notFound('patient');
  return { id, externalIdentifier: patientExternalIdentifier ?? undefined };
}

export function namesPatient(reference: PatientReference): boolean {
  return reference.patientId != null || reference.patientExternalIdentifier != null;
}

/**
 * Finds and locks the patient that an input references.
 *
 * @param customerId that must own the patient; null for operators, who reference patients of any customer by id
 * @throws DomainError REFERENCE_MISSING, PATIENT_NOT_FOUND, REFERENCE_MISMATCH
 */
export async function lockPatient(
  tx: Tx,
  customerId: string | null,
  reference: PatientReference,
  lock: 'share' | 'update',
): Promise<PatientEntity> {
  const { id, externalIdentifier } = keysOfPatient(reference);
  const owner = customerId ?? (await customerOfPatient(tx, id));
  const found = await lockPatients(tx, owner, { id, externalIdentifier }, lock);
  return resolvePatientReference(reference, {
    byId: found.find((patient) => patient.id === id),
    byIdentifier: found.find((patient) => patient.externalIdentifier === externalIdentifier),
  });
}

/** Error codes of `lockPatientOf`. */
export const PATIENT_CODES = ['REFERENCE_MISSING', 'PATIENT_NOT_FOUND', 'REFERENCE_MISMATCH'] as const;

/**
 * Finds and locks the patient that an input changes: a patient of the caller's customer, or, for operators, any patient.
 *
 * @throws DomainError REFERENCE_MISSING, PATIENT_NOT_FOUND, REFERENCE_MISMATCH
 */
export function lockPatientOf(
  { caller: { scope } }: RequestContext,
  tx: Tx,
  reference: PatientReference,
): Promise<PatientEntity> {
  return lockPatient(tx, scope.kind === 'customer' ? scope.customerId : null, reference, 'update');
}

/**
 * Resolves a reference to a patient, given the rows that were found for its members.
 *
 * @param path of the members in the input
 * @throws DomainError PATIENT_NOT_FOUND, REFERENCE_MISMATCH
 */
export function resolvePatientReference<Found extends { id: string }>(
  reference: PatientReference,
  { byId, byIdentifier }: { byId: Found | undefined; byIdentifier: Found | undefined },
  path?: readonly string[],
): Found {
  const named = [
    { member: 'patientId', row: byId },
    { member: 'patientExternalIdentifier', row: byIdentifier },
  ] as const;
  return resolveReference('patient', reference, named, path);
}

/**
 * The site that an input references as a patient's site. Null for none, undefined when omitted.
 *
 * @throws DomainError SITE_NOT_FOUND, SITE_OPERATED_BY_IMPILO
 */
export async function findSiteOfPatient(
  tx: Tx,
  customerId: string,
  siteId: string | null | undefined,
): Promise<string | null | undefined> {
  if (siteId == null) return siteId;
  const site = await getSiteForCustomer(tx, customerId, siteId);
  assertOperatedByCustomer(site);
  return site.id;
}

async function customerOfPatient(tx: Tx, id: string | undefined): Promise<string> {
  if (id === undefined) {
    const message = 'Give patientId. An external identifier is unique only within a customer.';
    throw new DomainError('REFERENCE_MISSING', message, ['input', 'patientId']);
  }
  const [patient] = await rowsByIds(tx, PATIENTS, [id]);
  if (!patient) throw notFound('patient');
  return patient.customerId;
}
