import type { Problem } from '../shared/errors';
import { UserErrorCode } from '../shared/user-error-code';
import { KINDS, VALUE_MEMBERS, type KindDefinition, type Quantity, type ReadingValues } from './reading-kinds';
import type { ReadingEntity } from './reading.entity';

/** The values of one kind as a client sends them. */
type KindValues = { [Member in keyof ReadingValues]?: ReadingValues[Member] | undefined };

/** A reading as a client sends it: exactly one of the kinds. */
export interface ReadingRequest extends Partial<Record<KindDefinition['member'], KindValues | null>> {
  deviceId?: string | null;
  deviceIdentifier?: string | null;
  patientId?: string | null;
  patientExternalIdentifier?: string | null;
  takenAt: Date;
  deviceTimeZoneOffset?: number | null;
  manual?: boolean | null;
}

/** What of a reading does not depend on whose it is. */
export type ReadingContent = ReadingValues &
  Pick<ReadingEntity, 'kindNumber' | 'takenAt' | 'deviceTimeZoneOffset' | 'manual'>;

const EARLIEST = new Date('2000-01-01T00:00:00Z');
const MAX_AHEAD_MS = 24 * 3_600_000;
const MAX_OFFSET_SECONDS = 18 * 3600;

/**
 * Checks what can be told from a reading alone, by the bounds of domain.md.
 *
 * @param path of the reading in the input
 * @returns the reading's content, or all rules that it breaks
 */
export function checkReading(
  request: ReadingRequest,
  now: Date,
  path: readonly string[],
): { content: ReadingContent } | { problems: Problem[] } {
  const problems: Problem[] = [];
  const invalid = (member: string, rule: string) =>
    problems.push({
      code: UserErrorCode.INVALID_READING,
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

  const kinds = KINDS.filter(({ member }) => request[member] != null);
  if (kinds.length !== 1) {
    const found = kinds.length === 0 ? 'none' : kinds.map(({ member }) => member).join(' and ');
    problems.push({
      code: UserErrorCode.INVALID_READING,
      message: `A reading holds exactly one of ${KINDS.map(({ member }) => member).join(', ')}; this one has ${found}.`,
      path: [...path],
    });
    return { problems };
  }
  const [kind] = kinds as [KindDefinition];
  const values: KindValues = request[kind.member]!;
  for (const quantity of kind.quantities) {
    if (isOutside(quantity, values[quantity.member]))
      invalid(`${kind.member}.${quantity.member}`, `must be between ${quantity.min} and ${quantity.max}`);
  }
  if (values.systolic != null && values.diastolic != null && values.systolic <= values.diastolic)
    invalid(`${kind.member}.systolic`, 'must be above diastolic');
  if (values.beforeMeal === true && values.afterMeal === true)
    invalid(`${kind.member}.afterMeal`, 'must not be true together with beforeMeal');

  if (problems.length > 0) return { problems };
  const { takenAt, manual } = request;
  return {
    content: {
      ...valuesOf(values),
      kindNumber: kind.number,
      takenAt,
      deviceTimeZoneOffset: offset,
      manual: manual ?? false,
    },
  };
}

function missingReferences(request: ReadingRequest, path: readonly string[]): Problem[] {
  if (request.deviceId != null || request.deviceIdentifier != null) return [];
  const namesPatient = request.patientId != null || request.patientExternalIdentifier != null;
  if (namesPatient && request.manual === true) return [];
  return [
    {
      code: UserErrorCode.REFERENCE_MISSING,
      message: namesPatient
        ? 'Give deviceId or deviceIdentifier: only a manual reading may name a patient alone.'
        : 'Give deviceId or deviceIdentifier; a manual reading may name a patient instead.',
      path: [...path, 'deviceId'],
    },
  ];
}

/** What is absent is in its bounds. */
function isOutside({ min, max }: Quantity, value: number | null | undefined): boolean {
  return value != null && !(value >= min && value <= max);
}

/** What a kind does not have, or what was not measured, is null. */
function valuesOf(values: KindValues): ReadingValues {
  return Object.fromEntries(VALUE_MEMBERS.map((member) => [member, values[member] ?? null])) as ReadingValues;
}
