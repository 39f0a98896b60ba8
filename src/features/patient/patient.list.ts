import { sql, text } from '../../platform/db/sql';
import { anyOf, dated, during, filterMember, flag, idsOf, present } from '../../platform/graphql/filter-members';
import { defineChildList } from '../../platform/list/connection';
import { defineList, SortDirection } from '../../platform/list/definition';
import { startsWith } from '../../platform/list/filter';
import { byId, byName, byTime, indexedForOperators } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';
import { activityFilters, byLastReading } from '../activity/activity-sort';
import { patientTable } from './patient.entity';

const HOLDS_DEVICE = sql`exists (select from device h where h.customer_id = p.customer_id and h.patient_id = p.id)`;

const BY_FIRST_NAME = indexedForOperators(
  byName('p.first_name_fold', 'By first name, then last name, ignoring case and accents.'),
);
const BY_LAST_NAME = indexedForOperators(
  byName('p.last_name_fold', 'By last name, then first name, ignoring case and accents.'),
);

export const PATIENTS = defineList({
  type: 'Patient',
  name: 'patients',
  table: patientTable,
  alias: 'p',
  filters: {
    siteIds: idsOf('Site', 'p.site_id', 'Patients of any of these sites.'),
    externalIdentifiers: anyOf(
      String,
      'p.external_identifier',
      'Patients with exactly one of these external identifiers.',
    ),
    name: filterMember(
      String,
      startsWith(BY_FIRST_NAME, BY_LAST_NAME),
      'Patients whose name (first and last name, in either order) starts with this text. As in `search`, case, accents and the forms of apostrophes, hyphens and spaces are ignored.',
    ),
    dateOfBirth: dated('p.date_of_birth', 'Patients born in this range. Patients without a recorded date are not.'),
    email: filterMember(
      String,
      (email) => sql`p.email_fold = fold_case(${text(email)})`,
      'Patients with this email address, ignoring case.',
    ),
    zipCode: filterMember(
      String,
      (zipCode) => sql`p.zip_code = ${text(zipCode.replace(/\s/g, '').slice(0, 5))}`,
      'Patients whose address has this ZIP code. Only the first five digits of a ZIP+4 code are compared.',
    ),
    archived: present('p.archived_at', 'If true, archived patients. If false, patients who are not archived.'),
    enrolled: flag(
      'p.enrolled',
      'If true, patients enrolled in the monitoring program. If false, patients not enrolled.',
    ),
    holdsDevice: filterMember(
      Boolean,
      (holds) => (holds ? HOLDS_DEVICE : sql`not ${HOLDS_DEVICE}`),
      'If true, patients who hold a device. If false, patients who hold no device.',
    ),
    createdAt: during('p.created_at', 'Patients created in this range.'),
    updatedAt: during('p.updated_at', 'Patients whose latest change was in this range.'),
    ...activityFilters('patient', 'p', 'Patients'),
    customerIds: idsOf('Customer', 'p.customer_id', 'Patients of any of these customers. For operators.'),
  },
  sorts: {
    CREATED_AT: byId('By creation time.'),
    UPDATED_AT: indexedForOperators(byTime('p.updated_at', 'updatedAt', 'By time of the latest change.')),
    FIRST_NAME: BY_FIRST_NAME,
    LAST_NAME: BY_LAST_NAME,
    LATEST_READING_AT: byLastReading(
      'patient',
      'p',
      'By time of the newest reading. Patients without a reading come first in ascending order.',
    ),
  },
  defaultSort: { field: 'CREATED_AT', direction: SortDirection.ASC },
  search: {
    condition: startsWith(BY_FIRST_NAME, BY_LAST_NAME, 'p.external_identifier_fold'),
    description:
      'Patients whose name (first and last name, in either order) or external identifier starts with this text. Case, accents and the forms of apostrophes, hyphens and spaces are ignored.',
  },
});

export const patientById = nodeLoader(PATIENTS);

/** Patients are never at a warehouse, so a site and its patients have the same customer. */
export const patientsOfSite = defineChildList(PATIENTS, 'site', {
  input: 'SitePatient',
  without: ['siteIds', 'customerIds'],
});
