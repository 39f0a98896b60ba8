import type { Tx } from '../../platform/db/session';
import { lockPatients } from '../patient/patient.repository';
import type { AddressValue } from '../../platform/graphql/address.type';
import { DomainError } from '../../platform/base/errors';
import { lockSiteForShare } from '../site/site.repository';

/** Recipient of an order: either a patient or a site. */
export interface RecipientKey {
  customerId: string;
  patientId: string | null;
  siteId: string | null;
}

/**
 * Asserts that the recipient was not archived or deactivated since the order was created, and locks it against that.
 *
 * @returns the recipient's address
 * @throws DomainError PATIENT_ARCHIVED, SITE_INACTIVE
 */
export async function lockOpenRecipient(
  tx: Tx,
  { customerId, patientId, siteId }: RecipientKey,
): Promise<AddressValue | null> {
  if (patientId !== null) {
    const [patient] = await lockPatients(tx, customerId, { id: patientId }, 'share');
    if (patient!.archivedAt === null) return patient!.address;
    throw new DomainError(
      'PATIENT_ARCHIVED',
      'The patient who would receive the devices is archived. Unarchive the patient first.',
    );
  }
  const site = await lockSiteForShare(tx, { customerId, id: siteId! });
  if (site!.deactivatedAt === null) return site!.address;
  throw new DomainError('SITE_INACTIVE', 'The site that would receive the devices is not active. Reactivate it first.');
}
