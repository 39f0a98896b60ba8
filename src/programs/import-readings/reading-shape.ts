import { z } from 'zod';
import { parseGlobalId } from '../../platform/base/global-id';
import { DateTime } from '../../platform/graphql/scalars.type';
import type { LineProblem } from './file-line';

/** The code that the gateway gives a value of the wrong type; there it would refuse the whole call. */
const WRONG_TYPE = 'BAD_USER_INPUT';
const MIN_INT = -(2 ** 31);
const MAX_INT = 2 ** 31 - 1;
const MAX_SHOWN = 60;

const mustBe = (what: string) => ({
  error: ({ input }: { input?: unknown }) =>
    input === undefined ? 'is missing' : `must be ${what}, is ${shown(input)}`,
});

const object = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape, mustBe('an object'));
const wholeNumber = z.number(mustBe('a whole number')).refine(isInt, mustBe('a whole number'));
const number = z.number(mustBe('a number'));
const flag = z.boolean(mustBe('true or false'));
const text = z.string(mustBe('text'));
const id = z.union([z.string(), z.number()], mustBe('an id')).refine(isId, mustBe('an id of this API'));
const time = text.refine(
  isTime,
  mustBe('a time with its zone, like 2026-03-08T07:30:00Z or 2026-03-08T02:30:00-05:00'),
);

/** The kinds of readings by their members of `ReadingInput`, each with its own members. */
export const KIND_SHAPES = {
  bloodPressure: object({ systolic: wholeNumber, diastolic: wholeNumber, heartRate: wholeNumber.nullish() }),
  bloodGlucose: object({ glucose: wholeNumber, beforeMeal: flag.nullish(), afterMeal: flag.nullish() }),
  bloodOxygen: object({ bloodOxygen: wholeNumber, heartRate: wholeNumber.nullish() }),
  weight: object({ weight: number }),
  heartRate: object({ heartRate: wholeNumber }),
  temperature: object({ temperature: number }),
  peakFlow: object({ peakExpiratoryFlow: number, forcedExpiratoryVolumeInOneSecond: number.nullish() }),
};
export type KindMember = keyof typeof KIND_SHAPES;

/**
 * The types of the contract's `ReadingInput`, and no rule beyond them: what a value may be is for the gateway to say. A value
 * of the wrong type has to be found here, since it would refuse all readings of its call.
 */
const READING = object({
  deviceId: id.nullish(),
  deviceIdentifier: text.nullish(),
  patientId: id.nullish(),
  patientExternalIdentifier: text.nullish(),
  takenAt: time,
  deviceTimeZoneOffset: wholeNumber.nullish(),
  manual: flag.nullish(),
  bloodPressure: KIND_SHAPES.bloodPressure.nullish(),
  bloodGlucose: KIND_SHAPES.bloodGlucose.nullish(),
  bloodOxygen: KIND_SHAPES.bloodOxygen.nullish(),
  weight: KIND_SHAPES.weight.nullish(),
  heartRate: KIND_SHAPES.heartRate.nullish(),
  temperature: KIND_SHAPES.temperature.nullish(),
  peakFlow: KIND_SHAPES.peakFlow.nullish(),
});

/** @returns the reading as JSON, or everything in it that has the wrong type */
export function checkShape(reading: unknown): { json: string } | { problems: LineProblem[] } {
  const result = READING.safeParse(reading);
  return result.success ? { json: JSON.stringify(result.data) } : { problems: result.error.issues.flatMap(toProblems) };
}

function toProblems(issue: z.core.$ZodIssue): LineProblem[] {
  const path = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') return [wrongType(path, issue.message)];
  return issue.keys.map((key) => wrongType([...path, key], 'is no member of a reading'));
}

export function wrongType(path: readonly string[], rule: string): LineProblem {
  return { code: WRONG_TYPE, message: `${path.join('.')} ${rule}.`, path };
}

/** A value in a message: quoted, and cut when it is long. */
export function shown(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length > MAX_SHOWN ? `${json.slice(0, MAX_SHOWN)}…` : json;
}

function isInt(value: number): boolean {
  return Number.isInteger(value) && value >= MIN_INT && value <= MAX_INT;
}

/** JSON numbers beyond 2^53 have lost digits by now. */
function isId(value: string | number): boolean {
  return typeof value === 'number'
    ? Number.isSafeInteger(value) && value >= 0
    : isAccepted(() => parseGlobalId(value, ''));
}

/** By the gateway's own scalar, so that both always agree. */
function isTime(value: string): boolean {
  return isAccepted(() => DateTime.parseValue(value));
}

function isAccepted(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}
