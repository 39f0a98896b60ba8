import { z } from 'zod';
import { DomainError } from '../../platform/base/errors';
import { cleanIdentifier, identifierKeys, readIdentifier } from './device-identifier-forms';
import type { DeviceIdentifierInput } from './device-operation.input';
import { duplicateIdentifier } from './device-rules';
import { DeviceIdentifierType } from './device-status';
import type { NewIdentifier } from './device.repository';
import type { IdentifiedDevices } from './identified-devices';

const identifierRule = z
  .object({ type: z.enum(DeviceIdentifierType), value: z.string().transform(cleanIdentifier) })
  .superRefine(({ type, value }, context) => {
    const read = readIdentifier(type, value);
    if ('broken' in read) context.addIssue({ code: 'custom', message: read.broken, path: ['value'] });
  });

/** The rule of identifiers that a device gets: docs/glossary.md#forms-of-identifiers. */
export const identifiersRule = z.array(identifierRule);

/**
 * The rows of identifiers that meet their rule.
 *
 * @throws DomainError INVALID_INPUT for a duplicate type, IDENTIFIER_TAKEN for a duplicate value
 */
export function newIdentifiers(identifiers: readonly DeviceIdentifierInput[]): NewIdentifier[] {
  const rows = identifiers.map(({ type, value }): NewIdentifier => {
    const read = readIdentifier(type, value);
    if ('broken' in read) throw new Error(`The identifier ${read.broken}.`);
    return { type, value, normalized: read.key, keys: [{ key: read.key, type: null }, ...identifierKeys(value)] };
  });
  rows.forEach(({ type, normalized }, index) => {
    const path = ['input', 'identifiers', String(index)];
    const earlier = rows.slice(0, index);
    if (earlier.some((one) => one.type === type)) {
      throw new DomainError(
        'INVALID_INPUT',
        `A device has at most one identifier of type ${type}. Remove one of them.`,
        [...path, 'type'],
      );
    }
    if (earlier.some((one) => one.normalized === normalized)) throw duplicateIdentifier([...path, 'value']);
  });
  return rows;
}

/**
 * Asserts that the values of new identifiers name no device, or only the one that gets them.
 *
 * @throws DomainError IDENTIFIER_TAKEN
 */
export function assertFree(
  identifiers: readonly NewIdentifier[],
  taken: IdentifiedDevices<string>,
  deviceId?: string,
): void {
  const owners = identifiers.flatMap(({ keys }) => taken.findAll(keys));
  if (owners.some((owner) => owner !== deviceId)) throw duplicateIdentifier();
}
