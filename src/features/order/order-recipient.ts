import type { Tx } from '../../platform/db/session';
import { lockPatients } from '../patient/patient.repository';
import type { AddressValue } from '../../platform/graphql/address.type';
import { DomainError } from '../../platform/base/errors';
import { lockSiteForShare } from '../site/site.repository';

/** To whom an order goes: exactly one of the two. */
export interface RecipientKey {
  customerId: string;
  patientId: string | null;
  siteId: string | null;
}

/**
 * Locks the recipient of devices against being archived or deactivated, which may have happened since the order was made.
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
      'The patient who would get the devices is archived: unarchive the patient first.',
    );
  }
  const site = await lockSiteForShare(tx, { customerId, id: siteId! });
  if (site!.deactivatedAt === null) return site!.address;
  throw new DomainError('SITE_INACTIVE', 'The site that would get the devices is not active: reactivate it first.');
}
