import type { Problem } from '../../platform/base/errors';
import { defineLimit } from '../../platform/base/limit';
import { SYMBOLS, type MeasurementUnit } from '../kind/measurement-unit';
import { KINDS, type Kind, type Quantity, type ValuesOfKind } from '../kind/reading-kind';
import { boundsIn, inUnit } from '../kind/unit-conversion';
import { MAX_AHEAD_MS } from './effective-time';
import type { ReadingInput } from './record-readings.input';
import { pathOf, sentUnitOf, valuesOf } from './sent-values';

export const MAX_READINGS = defineLimit('readings of a call', {
  value: 1_000,
  unit: 'readings',
  description: 'Of `recordReadings`; more is INVALID_INPUT.',
});

/** UTF-16 code units. */
export const MAX_SOURCE_ID = 64;
const UNPRINTABLE = /\p{C}|\p{Zl}|\p{Zp}/u;

const EARLIEST = new Date('2000-01-01T00:00:00Z');
const MAX_OFFSET_SECONDS = 18 * 3600;

/**
 * Checks the rules that need nothing but the reading. Bounds: docs/glossary.md#bounds.
 *
 * @param path of the reading in the input
 * @returns the kind and the values to store, or every broken rule
 */
export function checkReading(
  request: ReadingInput,
  now: Date,
  path: readonly string[],
): { kind: Kind; values: ValuesOfKind } | { problems: Problem[] } {
  const problems: Problem[] = [];
  const invalid = (member: string, rule: string) =>
    problems.push({
      code: 'INVALID_READING',
      message: `${member} ${rule}.`,
      path: [...path, ...member.split('.')],
    });

  problems.push(...missingReferences(request, path));
  if (request.takenAt < EARLIEST) invalid('takenAt', 'must not be before 2000');
  if (request.takenAt.getTime() > now.getTime() + MAX_AHEAD_MS)
    invalid('takenAt', 'must not be more than 24 hours in the future');
  const offset = request.deviceTimeZoneOffset ?? null;
  if (offset !== null && Math.abs(offset) > MAX_OFFSET_SECONDS)
    invalid('deviceTimeZoneOffset', `must be between -${MAX_OFFSET_SECONDS} and ${MAX_OFFSET_SECONDS} seconds`);

  const sourceId = request.sourceId ?? '';
  if (sourceId.length > MAX_SOURCE_ID || UNPRINTABLE.test(sourceId))
    invalid('sourceId', `must have at most ${MAX_SOURCE_ID} printable characters`);

  const kind = KINDS.find(({ member }) => request[member] != null);
  if (kind === undefined || KINDS.findLast(({ member }) => request[member] != null) !== kind) {
    const kinds = KINDS.filter(({ member }) => request[member] != null);
    const found = kinds.length === 0 ? 'none' : kinds.map(({ member }) => member).join(' and ');
    problems.push({
      code: 'INVALID_READING',
      message: `A reading must have exactly one of ${KINDS.map(({ member }) => member).join(', ')}. This one has ${found}.`,
      path: [...path],
    });
    return { problems };
  }
  const sent = request[kind.member]!;
  const values = valuesOf(kind, sent);
  for (const quantity of kind.quantities) {
    if (!isOutside(quantity, values[quantity.member])) continue;
    const unit = sentUnitOf(kind, quantity, sent);
    const [min, max] = boundsIn(quantity, unit);
    const rule = `must be between ${min} and ${max} ${SYMBOLS[unit]}`;
    invalid(pathOf(kind, quantity).join('.'), rule + otherUnit(quantity, unit, values[quantity.member]!));
  }
  for (const rule of kind.rules) if (rule.isBroken(values)) invalid(`${kind.member}.${rule.member}`, rule.rule);

  return problems.length > 0 ? { problems } : { kind, values };
}

function missingReferences(request: ReadingInput, path: readonly string[]): Problem[] {
  if (request.deviceId != null || request.deviceIdentifier != null) return [];
  const namesPatient = request.patientId != null || request.patientExternalIdentifier != null;
  if (namesPatient && request.manual) return [];
  return [
    {
      code: 'REFERENCE_MISSING',
      message: namesPatient
        ? 'Give deviceId or deviceIdentifier. Only a manual reading can name a patient without a device.'
        : 'Give deviceId or deviceIdentifier. A manual reading can name a patient instead.',
      path: [...path, 'deviceId'],
    },
  ];
}

/** Names another unit in which the number would be within bounds: 5.4 is possible in mmol/L, but not in mg/dL. */
function otherUnit(quantity: Quantity, sentUnit: MeasurementUnit, value: number): string {
  const sent = inUnit({ value, unit: sentUnit }, sentUnit);
  const possible = Object.values(quantity.units ?? {}).find((unit) => {
    const [min, max] = boundsIn(quantity, unit);
    return unit !== sentUnit && sent >= min && sent <= max;
  });
  return possible === undefined ? '' : `. In ${SYMBOLS[possible]} the number would be possible: check its unit`;
}

/** A missing value is within bounds. */
function isOutside({ min, max }: Quantity, value: number | null | undefined): boolean {
  return value != null && !(value >= min && value <= max);
}
