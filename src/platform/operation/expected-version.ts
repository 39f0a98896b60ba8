import { DomainError } from '../base/errors';

/**
 * Asserts that a locked row still has the version that the caller last read. The error holds the row in its current state.
 *
 * @param member of the payload that returns the row, e.g. `device` or `defectiveDevice`
 * @throws DomainError STALE_VERSION
 */
export function assertVersion(
  row: { version: number },
  expectedVersion: number | null | undefined,
  member: string,
): void {
  if (expectedVersion == null || expectedVersion === row.version) return;
  const kind = member.split(/(?=[A-Z])/).at(-1)!;
  const message = `The ${kind.toLowerCase()} is at version ${row.version}, not ${expectedVersion}. Read it again before you change it.`;
  throw new DomainError('STALE_VERSION', message, ['input', 'expectedVersion'], { [member]: row });
}
