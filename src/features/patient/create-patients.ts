import { bulkUseCase } from '../../platform/operation/bulk-use-case';
import { targetCustomersOf } from '../customer/customer-entries';
import { findSitesOf } from '../site/site-entries';
import { assertOperatedByCustomer } from '../site/site-rules';
import { CREATION } from './create-patient';
import type { PatientEntity } from './patient.entity';
import type { CreatePatientInput } from './patient.input';
import { externalIdentifierTaken, insertPatients } from './patient.repository';

/** `createPatient` for many patients. Of two entries with the same external identifier, the first one gets it. */
export const createPatients = bulkUseCase<CreatePatientInput, { patient: PatientEntity }, 'patients'>(
  { name: 'createPatients', list: 'patients', entry: CREATION },
  async (ctx, tx, entries) => {
    const owned = await targetCustomersOf(ctx, tx, entries, entries.checked);
    const placed = await findSitesOf(tx, entries, owned, ({ customer }) => customer.id);
    const accepted = entries.each(placed, ({ site }) => {
      if (site) assertOperatedByCustomer(site);
      return {};
    });
    const patients = await insertPatients(
      tx,
      accepted.map(({ input, customer, site }) => ({ ...input, customerId: customer.id, siteId: site?.id ?? null })),
    );
    accepted.forEach((entry, position) => {
      const patient = patients[position];
      if (patient) entries.succeed(entry, { patient });
      else entries.refuse(entry, externalIdentifierTaken());
    });
  },
);
