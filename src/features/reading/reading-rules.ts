import type { Problem } from '../../platform/base/errors';
import { UserErrorCode } from '../../platform/base/user-error-code';
import { KINDS, type KindDefinition, type Quantity, type ReadingValues } from './reading-kinds';
import type { ReadingRow } from './reading.row';

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

const EARLIEST = new Date('2000-01-01T00:00:00Z');
const MAX_AHEAD_MS = 24 * 3_600_000;
const MAX_OFFSET_SECONDS = 18 * 3600;

/**
 * Checks what can be told from a reading alone, by the bounds of domain.md.
 *
 * @param path of the reading in the input
 * @returns the reading, in which it is still open whose it is and when it came; or all rules that it breaks
 */
export function checkReading(
  request: ReadingRequest,
  now: Date,
  path: readonly string[],
): { draft: ReadingRow } | { problems: Problem[] } {
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
  return { draft: toDraft(kind, values, request) };
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

/**
 * One object for the whole way of a reading, each member named once: what a kind does not have, or what was not measured, is
 * null. Four spreads on the way took more time than all other steps of a bulk together.
 */
function toDraft(kind: KindDefinition, values: KindValues, request: ReadingRequest): ReadingRow {
  return {
    customerId: '',
    id: '',
    takenAt: request.takenAt,
    receivedAt: request.takenAt,
    deviceId: null,
    patientId: null,
    weight: values.weight ?? null,
    temperature: values.temperature ?? null,
    peakExpiratoryFlow: values.peakExpiratoryFlow ?? null,
    forcedExpiratoryVolumeInOneSecond: values.forcedExpiratoryVolumeInOneSecond ?? null,
    deviceTimeZoneOffset: request.deviceTimeZoneOffset ?? null,
    patientTimeZoneOffset: null,
    kindNumber: kind.number,
    systolic: values.systolic ?? null,
    diastolic: values.diastolic ?? null,
    heartRate: values.heartRate ?? null,
    glucose: values.glucose ?? null,
    bloodOxygen: values.bloodOxygen ?? null,
    manual: request.manual ?? false,
    beforeMeal: values.beforeMeal ?? null,
    afterMeal: values.afterMeal ?? null,
    kind: kind.kind,
    __typename: kind.typeName,
  };
}
