import { defineEnum, type EnumOf } from '../../platform/base/enum';
import { bigint, key, oneOf, owned, raw, sql, text } from '../../platform/db/sql';
import { defineChildList } from '../../platform/list/connection';
import { defineList, ids, SortDirection } from '../../platform/list/definition';
import { equals, isSet, startsWith } from '../../platform/list/filter';
import { BY_ID, type SortRule } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';
import { byLastReading, lastReadingBefore } from '../activity/activity-sort';
import { patientTable, type PatientEntity } from './patient.entity';
import type { PatientFilter } from './patient.input';

export const PatientSortField = defineEnum(
  'PatientSortField',
  'By what patients are sorted; those that are equal in it are in the order of their ids.',
  {
    ID: 'By id: the order in which they were created.',
    FIRST_NAME: 'By given name, then family name, whatever the case.',
    LAST_NAME: 'By family name, then given name, whatever the case.',
    LAST_READING_AT: 'By when the newest reading was taken. Patients without a reading come first when ascending.',
  },
);
export type PatientSortField = EnumOf<typeof PatientSortField>;

/** A cursor holds no name: the name is looked up by the id that it holds. */
function byName(column: string): SortRule<PatientEntity> {
  return {
    expression: `p.${column}`,
    valueAt: ({ id }) =>
      sql`(select c.${raw(column)} from patient c where ${owned('c')} and ${key('c.id')} = ${bigint(id)})`,
  };
}

export const PATIENTS = defineList<PatientEntity, PatientFilter, PatientSortField>({
  type: 'Patient',
  name: 'patients',
  table: patientTable,
  alias: 'p',
  filters: {
    siteId: ids('Site', (sites) => oneOf('p.site_id', sites, 'bigint')),
    externalIdentifier: (identifiers) => oneOf('p.external_identifier', identifiers, 'text'),
    name: startsWith('p.first_name_key', 'p.last_name_key'),
    email: (email) => sql`p.email_key = lower(${text(email.trim())})`,
    zipCode: (zipCode) => sql`p.zip_code = ${text(zipCode.replace(/\s/g, '').slice(0, 5))}`,
    archived: isSet('p.archived_at'),
    enrolled: equals('p.enrolled', 'boolean'),
    lastReadingBefore: lastReadingBefore('patient', 'p'),
    customerId: ids('Customer', (customers) => oneOf('p.customer_id', customers, 'bigint')),
  },
  sorts: {
    ID: BY_ID,
    FIRST_NAME: byName('first_name_key'),
    LAST_NAME: byName('last_name_key'),
    LAST_READING_AT: byLastReading('patient', 'p'),
  },
  defaultSort: { field: PatientSortField.ID, direction: SortDirection.ASC },
});

export const patientById = nodeLoader(PATIENTS);

/** A warehouse is nobody's clinic, so the parent's customer is the patient's too. */
export const patientsOfSite = defineChildList(PATIENTS, 'site');
