import { defineEnum, type EnumOf } from '../../platform/base/enum';
import { byLastReading, lastReadingBefore } from '../activity/activity-sort';
import { rowsByIds, type ListDefinition, type ParentLink } from '../../platform/list/list';
import type { Position, SortOrder } from '../../platform/list/keyset';
import { prefixCondition } from '../../platform/list/prefix';
import { withRefusals } from '../../platform/db/pg-error';
import type { Session, Tx } from '../../platform/db/session';
import { bigint, boolean, join, key, oneOf, owned, raw, sql, text, texts } from '../../platform/db/sql';
import { DomainError } from '../../platform/base/errors';
import { SortDirection } from '../../platform/list/sort';
import { UserErrorCode } from '../../platform/base/user-error-code';
import { patientTable, type PatientEntity } from './patient.entity';

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

export interface PatientQuery {
  siteIds?: string[] | null;
  externalIdentifier?: string[] | null;
  name?: string | null;
  email?: string | null;
  zipCode?: string | null;
  archived?: boolean | null;
  enrolled?: boolean | null;
  lastReadingBefore?: Date | null;
  customerIds?: string[] | null;
  sort: { field: PatientSortField; direction: SortDirection };
}

const NAME_COLUMNS: Partial<Record<PatientSortField, string>> = {
  FIRST_NAME: 'first_name_key',
  LAST_NAME: 'last_name_key',
};

/** A cursor holds no name: the name is looked up by the id that it holds. */
function nameAt(column: string) {
  return (position: Position) =>
    sql`(select c.${raw(column)} from patient c where ${owned('c')} and ${key('c.id')} = ${bigint(position.id)})`;
}

function orderOf({ sort }: PatientQuery): SortOrder {
  const column = NAME_COLUMNS[sort.field];
  const descending = sort.direction === SortDirection.DESC;
  if (sort.field === PatientSortField.LAST_READING_AT) return byLastReading('patient', 'p', descending);
  return column === undefined ? { descending } : { descending, expression: `p.${column}`, valueAt: nameAt(column) };
}

export const PATIENTS: ListDefinition<PatientEntity, PatientQuery> = {
  name: 'patients',
  table: patientTable,
  alias: 'p',
  conditions: (query) => [
    ...(query.siteIds != null ? [oneOf('p.site_id', query.siteIds, 'bigint')] : []),
    ...(query.externalIdentifier != null ? [oneOf('p.external_identifier', query.externalIdentifier, 'text')] : []),
    ...(query.name != null ? [prefixCondition(['p.first_name_key', 'p.last_name_key'], query.name)] : []),
    ...(query.email != null ? [sql`p.email_key = lower(${text(query.email.trim())})`] : []),
    ...(query.zipCode != null ? [sql`p.zip_code = ${text(query.zipCode.replace(/\s/g, '').slice(0, 5))}`] : []),
    ...(query.archived != null ? [sql`p.archived = ${boolean(query.archived)}`] : []),
    ...(query.enrolled != null ? [sql`p.enrolled = ${boolean(query.enrolled)}`] : []),
    ...(query.lastReadingBefore != null ? [lastReadingBefore('patient', 'p', query.lastReadingBefore)] : []),
    ...(query.customerIds != null ? [oneOf('p.customer_id', query.customerIds, 'bigint')] : []),
  ],
  order: orderOf,
};

/** A warehouse is nobody's clinic, so the parent's customer is the patient's too. */
export const PATIENTS_OF_SITE: ParentLink = {
  name: 'by_site',
  condition: sql`p.customer_id = k.customer_id and p.site_id = k.id`,
};

export function findPatients(session: Session, ids: readonly string[]): Promise<PatientEntity[]> {
  return rowsByIds(session, PATIENTS, ids);
}

/** @param externalIdentifiers of one customer */
export async function findPatientsByExternalIdentifier(
  session: Session,
  customerId: string,
  externalIdentifiers: readonly string[],
): Promise<PatientEntity[]> {
  return session.sql`/* patient_by_external_identifier */ select ${patientTable.select('p')} from patient p
    where p.customer_id = ${bigint(customerId)} and p.external_identifier = any(${texts(externalIdentifiers)})`;
}

/**
 * Locks the patients that a reference names, by id or external identifier, against changes until the transaction ends.
 *
 * @param lock `share` for an association with the patient, `update` for a change of the patient
 */
export async function lockPatients(
  tx: Tx,
  customerId: string,
  reference: { id?: string; externalIdentifier?: string },
  lock: 'share' | 'update',
): Promise<PatientEntity[]> {
  const named = [
    ...(reference.id !== undefined ? [sql`p.id = ${bigint(reference.id)}`] : []),
    ...(reference.externalIdentifier !== undefined
      ? [sql`p.external_identifier = ${text(reference.externalIdentifier)}`]
      : []),
  ];
  return tx.sql`/* lock_patient_for_${raw(lock)} */ select ${patientTable.select('p')} from patient p
    where p.customer_id = ${bigint(customerId)} and (${join(named, ' or ')}) order by p.id for ${raw(lock)}`;
}

export type PatientValues = Partial<Omit<PatientEntity, 'customerId' | 'id' | 'createdAt' | 'updatedAt'>>;

const REFUSALS = {
  patient_external_identifier_unique: () =>
    new DomainError(
      UserErrorCode.DUPLICATE_EXTERNAL_IDENTIFIER,
      'Another patient of this customer has this external identifier already.',
      ['input', 'externalIdentifier'],
    ),
};

/** @throws DomainError DUPLICATE_EXTERNAL_IDENTIFIER */
export async function insertPatient(
  tx: Tx,
  patient: PatientValues & Pick<PatientEntity, 'customerId' | 'firstName' | 'lastName'>,
): Promise<PatientEntity> {
  const [inserted] = await withRefusals(REFUSALS, patientTable.insert(tx, [patient]));
  return inserted!;
}

/** @throws DomainError DUPLICATE_EXTERNAL_IDENTIFIER */
export async function changePatient(
  tx: Tx,
  { customerId, id }: PatientEntity,
  values: PatientValues,
): Promise<PatientEntity> {
  const computed = { updatedAt: sql`clock_timestamp()` };
  const [changed] = await withRefusals(
    REFUSALS,
    patientTable.update(tx, [{ customerId, id, ...values }], { computed }),
  );
  return changed!;
}
