import { withRefusals } from '../../platform/db/pg-error';
import type { Session, Tx } from '../../platform/db/session';
import { bigint, join, raw, sql, text, texts, unnest } from '../../platform/db/sql';
import { changeVersioned } from '../../platform/db/table';
import { defineLoader, inOrderOf } from '../../platform/list/loader';
import { DomainError } from '../../platform/base/errors';
import { patientTable, type PatientEntity } from './patient.entity';

/** @param externalIdentifiers of one customer */
async function findPatientsByExternalIdentifier(
  session: Session,
  customerId: string,
  externalIdentifiers: readonly string[],
): Promise<PatientEntity[]> {
  return session.sql`/* patient_by_external_identifier */ select ${patientTable.select('p')} from patient p
    where p.customer_id = ${bigint(customerId)} and p.external_identifier = any(${texts(externalIdentifiers)})`;
}

export const patientByExternalIdentifier = defineLoader<string, PatientEntity | null, { customerId: string }>(
  'patient_by_external_identifier',
  String,
  async (ctx, identifiers, { customerId }) =>
    inOrderOf(
      identifiers,
      await findPatientsByExternalIdentifier(ctx.session, customerId, identifiers),
      (patient) => patient.externalIdentifier!,
    ),
);

const LOCKS = { share: 'share', update: 'no key update' };

/**
 * Locks the patients of a reference by id or external identifier until the transaction ends.
 *
 * @param lock `share` for an association with the patient, `update` for a change of the patient. Neither blocks rows that refer to
 *   the patient
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
    where p.customer_id = ${bigint(customerId)} and (${join(named, ' or ')}) order by p.id for ${raw(LOCKS[lock])}`;
}

/** The names of a patient of a customer. */
export interface NamedPatient {
  customerId: string;
  id?: string;
  externalIdentifier?: string;
}

/** As `lockPatients` for an association, for many references. */
export async function lockNamedPatients(tx: Tx, references: readonly NamedPatient[]): Promise<PatientEntity[]> {
  if (references.length === 0) return [];
  const keys = sql`${unnest(
    references,
    ['bigint', ({ customerId }) => customerId],
    ['bigint', ({ id }) => id ?? null],
    ['text', ({ externalIdentifier }) => externalIdentifier ?? null],
  )} k(customer_id, id, external_identifier)`;
  return tx.sql`/* lock_patients_for_share */ select ${patientTable.select('p')} from (
      select k.customer_id, k.id from ${keys} where k.id is not null
      union
      select x.customer_id, x.id from ${keys}
        join patient x on x.customer_id = k.customer_id and x.external_identifier = k.external_identifier
    ) n join patient p on p.customer_id = n.customer_id and p.id = n.id order by p.id for share of p`;
}

export type PatientValues = Partial<
  Omit<PatientEntity, 'customerId' | 'id' | 'createdAt' | 'updatedAt' | 'version' | 'archivedAt'>
> & { archived?: boolean };

export function externalIdentifierTaken(): DomainError {
  return new DomainError(
    'EXTERNAL_IDENTIFIER_TAKEN',
    'Another patient of this customer already has this external identifier.',
    ['input', 'externalIdentifier'],
  );
}

const REFUSALS = { patient_external_identifier_unique: externalIdentifierTaken };

/** A member that is null or absent gets its default. */
type NewPatient = Pick<PatientEntity, 'customerId' | 'firstName' | 'lastName'> & {
  readonly [Member in keyof PatientValues]?: PatientValues[Member] | null;
};

type InsertedPatient = Omit<PatientEntity, 'id' | 'createdAt' | 'updatedAt' | 'version'>;

function toRow({ customerId, firstName, lastName, ...optional }: NewPatient): InsertedPatient {
  return {
    customerId,
    firstName,
    lastName,
    externalIdentifier: optional.externalIdentifier ?? null,
    dateOfBirth: optional.dateOfBirth ?? null,
    sex: optional.sex ?? null,
    email: optional.email ?? null,
    phoneNumber: optional.phoneNumber ?? null,
    address: optional.address ?? null,
    timeZoneOverride: optional.timeZoneOverride ?? null,
    archivedAt: optional.archived ? REPLACED_BY_DATABASE : null,
    enrolled: optional.enrolled ?? true,
    siteId: optional.siteId ?? null,
  };
}

const REPLACED_BY_DATABASE = new Date(0);
const AS_INSERTED = { archivedAt: sql`case when n.archived_at is not null then clock_timestamp() end` };

/** @returns the new patients in input order; undefined for one whose external identifier is in use */
export async function insertPatients(tx: Tx, patients: readonly NewPatient[]): Promise<(PatientEntity | undefined)[]> {
  // In one order: a concurrent insert of the same identifiers waits, and does not deadlock.
  const keyed = patients.map((patient, index) => ({ row: toRow(patient), index }));
  const inOrder = keyed.sort((one, other) => compareTexts(one.row.externalIdentifier, other.row.externalIdentifier));
  const inserted = await patientTable.insert(
    tx,
    inOrder.map(({ row }) => row),
    { conflict: raw('on conflict do nothing'), computed: AS_INSERTED },
  );
  // Inserted rows keep their order, and the omitted ones have an identifier that no later row was inserted with.
  const results = patients.map((): PatientEntity | undefined => undefined);
  let position = 0;
  for (const { row, index } of inOrder) {
    const next = inserted[position];
    if (next?.customerId !== row.customerId || next.externalIdentifier !== row.externalIdentifier) continue;
    results[index] = next;
    position += 1;
  }
  return results;
}

/** Texts in the order of their code units, after null. */
function compareTexts(one: string | null, other: string | null): number {
  if (one === other) return 0;
  return (one ?? '') < (other ?? '') ? -1 : 1;
}

/** @throws DomainError EXTERNAL_IDENTIFIER_TAKEN */
export async function insertPatient(tx: Tx, patient: NewPatient): Promise<PatientEntity> {
  return withRefusals(REFUSALS, patientTable.insertOne(tx, toRow(patient), { computed: AS_INSERTED }));
}

/**
 * Changes a locked patient.
 *
 * @throws DomainError EXTERNAL_IDENTIFIER_TAKEN
 */
export async function changePatient(
  tx: Tx,
  { customerId, id, archivedAt }: PatientEntity,
  { archived, ...values }: PatientValues,
): Promise<PatientEntity> {
  // A patient who is archived already keeps the time.
  const isArchived = archivedAt !== null;
  const computed = archived === undefined || archived === isArchived ? {} : { archivedAt: archived ? NOW : NEVER };
  return withRefusals(REFUSALS, changeVersioned(tx, patientTable, { customerId, id, ...values }, computed));
}

const NOW = sql`n.changed_at`;
const NEVER = sql`null`;
