import { DomainError } from '../base/errors';

/**
 * Asserts that a locked row is as the caller has seen it; the refusal returns it as it is now.
 *
 * @param member of the payload that shows the row, e.g. `device` or `defectiveDevice`
 * @throws DomainError STALE_VERSION
 */
export function assertVersion(
  row: { version: number },
  expectedVersion: number | null | undefined,
  member: string,
): void {
  if (expectedVersion == null || expectedVersion === row.version) return;
  const kind = member.split(/(?=[A-Z])/).at(-1)!;
  const message = `The ${kind.toLowerCase()} is at version ${row.version}, not ${expectedVersion}: look at it again before you change it.`;
  throw new DomainError('STALE_VERSION', message, ['input', 'expectedVersion'], { [member]: row });
}
