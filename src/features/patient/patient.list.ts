import { sql, text } from '../../platform/db/sql';
import { anyOf, during, filterMember, flag, idsOf, present } from '../../platform/graphql/filter-members';
import { defineChildList } from '../../platform/list/connection';
import { defineList, SortDirection } from '../../platform/list/definition';
import { startsWith } from '../../platform/list/filter';
import { byId, byName, byTime } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';
import { activityFilters, byLastReading } from '../activity/activity-sort';
import { patientTable } from './patient.entity';

const HOLDS_DEVICE = sql`exists (select from device h where h.customer_id = p.customer_id and h.patient_id = p.id)`;

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
      'Patients with any of these external identifiers, exactly.',
    ),
    email: filterMember(
      String,
      (email) => sql`p.email_key = lower(${text(email.trim())})`,
      'Patients with this e-mail address, whatever the case.',
    ),
    zipCode: filterMember(
      String,
      (zipCode) => sql`p.zip_code = ${text(zipCode.replace(/\s/g, '').slice(0, 5))}`,
      'Patients whose address has this ZIP code; of a ZIP+4 code the first five digits count.',
    ),
    archived: present('p.archived_at', 'With true, patients who are archived; with false, those who are not.'),
    enrolled: flag(
      'p.enrolled',
      'With true, patients who take part in the programme now; with false, those who do not.',
    ),
    holdsDevice: filterMember(
      Boolean,
      (holds) => (holds ? HOLDS_DEVICE : sql`not ${HOLDS_DEVICE}`),
      'With true, patients who have a device now; with false, those who have none.',
    ),
    createdAt: during('p.created_at', 'Patients who were created in this range.'),
    updatedAt: during('p.updated_at', 'Patients who were changed last in this range.'),
    ...activityFilters('patient', 'p', 'Patients'),
    customerIds: idsOf('Customer', 'p.customer_id', 'Patients of any of these customers; for operators.'),
  },
  sorts: {
    CREATED_AT: byId('By when they were created.'),
    UPDATED_AT: byTime('p.updated_at', 'updatedAt', 'By when they were changed last.'),
    FIRST_NAME: byName('p.first_name_key', 'By given name, then family name, whatever the case.'),
    LAST_NAME: byName('p.last_name_key', 'By family name, then given name, whatever the case.'),
    LATEST_READING_AT: byLastReading(
      'patient',
      'p',
      'By when the newest reading was taken. Patients without a reading come first when ascending.',
    ),
  },
  defaultSort: { field: 'CREATED_AT', direction: SortDirection.ASC },
  search: {
    condition: startsWith('p.first_name_key', 'p.last_name_key', 'p.external_identifier_key'),
    description:
      'Patients whose name, given name first or family name first, or whose external identifier starts with this, whatever the case.',
  },
});

export const patientById = nodeLoader(PATIENTS);

/** A warehouse is nobody's clinic, so the parent's customer is the patient's too. */
export const patientsOfSite = defineChildList(PATIENTS, 'site', {
  input: 'SitePatient',
  without: ['siteIds', 'customerIds'],
});
