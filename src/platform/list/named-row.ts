import { DomainError } from '../base/errors';
import { parseId } from '../base/global-id';
import type { UserErrorCode } from '../base/user-error-code';
import type { Session, Tx } from '../db/session';
import type { ListDefinition } from './definition';
import { lockRow, rowsByIds } from './list';

type NameIn<Code> = Code extends `${infer Name}_NOT_FOUND` ? Lowercase<Name> : never;

/** The kinds of things that have a `…_NOT_FOUND` code. */
export type RowKind = NameIn<UserErrorCode>;

/** The error for an input that references a row that does not exist. @param path of the member with the reference */
export function notFound(kind: RowKind, path: readonly string[] = ['input', `${kind}Id`]): DomainError {
  const code: UserErrorCode = `${kind.toUpperCase() as Uppercase<RowKind>}_NOT_FOUND`;
  return new DomainError(code, `There is no such ${kind}. Check ${path.at(-1)}.`, [...path]);
}

/**
 * Resolves a reference by two members of an input, given the row that was found for each. Both must reference the same row.
 *
 * @param path of the members in the input
 * @throws DomainError, e.g. DEVICE_NOT_FOUND; REFERENCE_MISMATCH
 */
export function resolveReference<Found extends { id: string }, Member extends string>(
  kind: RowKind,
  reference: Readonly<Partial<Record<Member, string | null>>>,
  [byId, byName]: readonly [{ member: Member; row: Found | undefined }, { member: Member; row: Found | undefined }],
  path: readonly string[] = ['input'],
): Found {
  const missing = [byId, byName].find(({ member, row }) => reference[member] != null && !row);
  if (missing) throw notFound(kind, [...path, missing.member]);
  if (byId.row && byName.row && byId.row.id !== byName.row.id) {
    const message = `${byId.member} and ${byName.member} name different ${kind}s.`;
    throw new DomainError('REFERENCE_MISMATCH', message, [...path, byName.member]);
  }
  return (byId.row ?? byName.row)!;
}

/**
 * The row that an input references by id, e.g. by `siteId`.
 *
 * @throws DomainError, e.g. SITE_NOT_FOUND
 */
export async function getNamed<Row extends object>(
  session: Session,
  list: ListDefinition<Row>,
  kind: RowKind,
  value: string,
): Promise<Row> {
  const id = parseId(list.type, value, ['input', `${kind}Id`]);
  const [row] = id === null ? [] : await rowsByIds(session, list, [id]);
  if (!row) throw notFound(kind);
  return row;
}

/** As `getNamed`, and locks the row until the transaction ends. */
export async function lockNamed<Row extends object>(
  tx: Tx,
  list: ListDefinition<Row>,
  kind: RowKind,
  value: string,
): Promise<Row> {
  const id = parseId(list.type, value, ['input', `${kind}Id`]);
  const row = id === null ? undefined : await lockRow(tx, list, `lock_${kind}`, id);
  if (!row) throw notFound(kind);
  return row;
}
