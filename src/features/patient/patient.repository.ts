import { defineEnum, type EnumOf } from '../../platform/base/enum';
import { byLastReading, lastReadingBefore } from '../activity/activity-sort';
import { rowsByIds, type ListDefinition, type ParentLink } from '../../platform/list/list';
import type { Position, SortOrder } from '../../platform/list/keyset';
import { prefixCondition } from '../../platform/list/prefix';
import { withRefusals } from '../../platform/db/pg-error';
import type { Session, Tx } from '../../platform/db/session';
import { selectList, StatementBuilder } from '../../platform/db/statement';
import { DomainError } from '../../platform/base/errors';
import { SortDirection } from '../../platform/list/sort';
import { UserErrorCode } from '../../platform/base/user-error-code';
import { PatientEntity } from './patient.entity';

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
  return (sql: StatementBuilder, position: Position) =>
    `(select c.${column} from patient c where ${sql.owned('c')} and ${sql.key('c.id')} = ${sql.value(position.id, 'bigint')})`;
}

function orderOf({ sort }: PatientQuery): SortOrder {
  const column = NAME_COLUMNS[sort.field];
  const descending = sort.direction === SortDirection.DESC;
  if (sort.field === PatientSortField.LAST_READING_AT) return byLastReading('patient', 'p', descending);
  return column === undefined ? { descending } : { descending, expression: `p.${column}`, valueAt: nameAt(column) };
}

export const PATIENTS: ListDefinition<PatientEntity, PatientQuery> = {
  name: 'patients',
  entity: PatientEntity,
  table: 'patient',
  alias: 'p',
  conditions: (sql, query) => [
    ...(query.siteIds != null ? [sql.oneOf('p.site_id', query.siteIds, 'bigint')] : []),
    ...(query.externalIdentifier != null ? [sql.oneOf('p.external_identifier', query.externalIdentifier, 'text')] : []),
    ...(query.name != null ? [prefixCondition(sql, ['p.first_name_key', 'p.last_name_key'], query.name)] : []),
    ...(query.email != null ? [`p.email_key = lower(${sql.value(query.email.trim(), 'text')})`] : []),
    ...(query.zipCode != null
      ? [`p.zip_code = ${sql.value(query.zipCode.replace(/\s/g, '').slice(0, 5), 'text')}`]
      : []),
    ...(query.archived != null ? [`p.archived = ${sql.value(query.archived, 'boolean')}`] : []),
    ...(query.enrolled != null ? [`p.enrolled = ${sql.value(query.enrolled, 'boolean')}`] : []),
    ...(query.lastReadingBefore != null ? [lastReadingBefore(sql, 'patient', 'p', query.lastReadingBefore)] : []),
    ...(query.customerIds != null ? [sql.oneOf('p.customer_id', query.customerIds, 'bigint')] : []),
  ],
  order: orderOf,
};

/** A warehouse is nobody's clinic, so the parent's customer is the patient's too. */
export const PATIENTS_OF_SITE: ParentLink = {
  name: 'by_site',
  condition: () => 'p.customer_id = k.customer_id and p.site_id = k.id',
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
  const sql = new StatementBuilder(session.scope);
  return session.query<PatientEntity>(
    sql.build(
      'patient_by_external_identifier',
      `select ${selectList(PatientEntity, 'p')} from patient p
       where p.customer_id = ${sql.value(customerId, 'bigint')} and p.external_identifier = any(${sql.value(externalIdentifiers, 'text[]')})`,
    ),
  );
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
  const sql = new StatementBuilder(tx.scope);
  const named = [
    ...(reference.id !== undefined ? [`p.id = ${sql.value(reference.id, 'bigint')}`] : []),
    ...(reference.externalIdentifier !== undefined
      ? [`p.external_identifier = ${sql.value(reference.externalIdentifier, 'text')}`]
      : []),
  ];
  const owner = `p.customer_id = ${sql.value(customerId, 'bigint')}`;
  return tx.query<PatientEntity>(
    sql.build(
      `lock_patient_for_${lock}`,
      `select ${selectList(PatientEntity, 'p')} from patient p where ${owner} and (${named.join(' or ')}) order by p.id for ${lock}`,
    ),
  );
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

/**
 * @returns the id of the new patient
 * @throws DomainError DUPLICATE_EXTERNAL_IDENTIFIER
 */
export async function insertPatient(
  tx: Tx,
  patient: PatientValues & Pick<PatientEntity, 'customerId' | 'firstName' | 'lastName'>,
): Promise<string> {
  const result = await withRefusals(REFUSALS, tx.manager.insert(PatientEntity, patient));
  return (result.identifiers[0] as Pick<PatientEntity, 'id'>).id;
}

/** @throws DomainError DUPLICATE_EXTERNAL_IDENTIFIER */
export async function changePatient(tx: Tx, { customerId, id }: PatientEntity, values: PatientValues): Promise<void> {
  const change = { ...values, updatedAt: () => 'clock_timestamp()' };
  await withRefusals(REFUSALS, tx.manager.update(PatientEntity, { customerId, id }, change));
}
