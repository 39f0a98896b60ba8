import { z } from 'zod';
import { fromCamelCase, type CamelCase } from '../../platform/base/camel-case';
import { DomainError, type Problem } from '../../platform/base/errors';
import type { MemberNames } from '../../platform/rest/member-names';
import { Existing, route, type RestRoute } from '../../platform/rest/route';
import { decimal, flag, id, integer, requestShape, text, time, words } from '../../platform/rest/shapes';
import { restUnitsOf, type Kind, type Quantity, type ReadingValue } from '../kind/reading-kind';
import { boundsOf } from './record-readings.input';
import { RecordReadingOutcome, recordReadings } from './record-readings';
import { toRestReading, unitMember, unitWords, type RestReading } from './reading-shape.rest';
import { MAX_SOURCE_ID } from './reading-rules';
import { pathOf } from './sent-values';

const COMMON_MEMBERS = {
  deviceId: id(
    'Id of the device. This or `deviceIdentifier` is required, except for a manual reading that names a patient. If both are given, they must agree.',
  ).nullish(),
  deviceIdentifier: text('Any identifier of the device, such as its serial number.').nullish(),
  patientId: id(
    'Id of the patient. For a manual reading without a device. Together with a device, it must be its holder at `readingTimestamp`.',
  ).nullish(),
  patientExternalIdentifier: text(
    "The customer's own identifier of the patient. If `patientId` is given too, both must name the same patient.",
  ).nullish(),
  readingTimestamp: time(
    'RFC 3339 time at which the reading was taken. Not before 2000, at most 24 hours in the future.',
  ),
  deviceTimeZoneOffset: integer(
    "UTC offset of the device's clock in seconds, positive east of UTC, -64800 to 64800. Omit it if the device reports none.",
  )
    .meta({ examples: [-18_000] })
    .nullish(),
  manual: flag('Whether the reading was entered by hand. False by default.').nullish(),
  sourceId: text(
    `Number that the device gave the reading, up to ${MAX_SOURCE_ID} characters. Give it if the device can measure twice at one \`readingTimestamp\`, and then each time.`,
  ).nullish(),
};

/** Values of a kind as REST has them: side by side. */
type Values = Readonly<Record<string, unknown>>;

function requestOf(kind: Kind) {
  const values = Object.fromEntries(kind.values.flatMap((value) => membersOf(value)));
  return requestShape(`${kind.typeName}Request`, `A reading to record: ${kind.noun}.`, {
    ...COMMON_MEMBERS,
    ...values,
  });
}

function membersOf(value: ReadingValue): [string, z.ZodType][] {
  const { member } = value;
  if (value.type === 'choice') return [[member, words(value.choices, value.description).nullish()]];
  const quantity = value as Quantity;
  const { optional, type } = quantity;
  const number = (type === 'integer' ? integer : decimal)(
    `${boundsOf(quantity)}${optional ? ' Omit it if it was not measured.' : ''}`,
  ).meta({ examples: [quantity.sample] });
  const units = [...restUnitsOf(quantity).values()];
  const unit = unitWords(units, `Unit of \`${member}\`, \`${units[0]}\` by default.`);
  return [
    [member, optional ? number.nullish() : number],
    [unitMember(member), unit.nullish()],
  ];
}

type RequestBody = z.output<ReturnType<typeof requestOf>>;

function toInput(kind: Kind, body: RequestBody): object {
  return {
    deviceId: body.deviceId,
    deviceIdentifier: body.deviceIdentifier,
    patientId: body.patientId,
    patientExternalIdentifier: body.patientExternalIdentifier,
    takenAt: body.readingTimestamp,
    deviceTimeZoneOffset: body.deviceTimeZoneOffset,
    manual: body.manual ?? undefined,
    sourceId: body.sourceId,
    [kind.member]: nested(kind, body),
  };
}

/** The values as the use case has them: see `sent-values.ts`. */
function nested(kind: Kind, values: Values): object {
  if (kind.isQuantity) return partsOf(kind, kind.quantities[0]!, values)!;
  const members = kind.values.flatMap((value): [string, unknown][] => {
    const { member } = value;
    if (value.type === 'choice') return value.of === undefined ? [[member, choiceIn(values, member)]] : [];
    return [[member, value.units ? partsOf(kind, value as Quantity, values) : values[member]]];
  });
  return Object.fromEntries(members);
}

/** A number with its unit and its choices. Null when it was not measured. */
function partsOf(kind: Kind, quantity: Quantity, values: Values): object | null {
  const { member, units } = quantity;
  const value = values[member] ?? null;
  if (value === null) return null;
  const word = values[unitMember(member)];
  const [unit] = [...restUnitsOf(quantity)].find(([, known]) => known === word) ?? [quantity.unit];
  const choices = kind.values.filter((one) => one.type === 'choice' && one.of === member);
  return {
    value,
    ...(units && { unit }),
    ...Object.fromEntries(choices.map((choice) => [choice.member, choiceIn(values, choice.member)])),
  };
}

function choiceIn(values: Values, member: string): string | null {
  const word = values[member] as CamelCase<string> | null | undefined;
  return word == null ? null : fromCamelCase(word);
}

/** Members of the request by the paths of the use case's input, also where they are in a list. */
function fieldsOf(kind: Kind): MemberNames {
  const names: [path: string, member: string][] = Object.keys(COMMON_MEMBERS).map((member) => [
    member === 'readingTimestamp' ? 'takenAt' : member,
    member,
  ]);
  for (const value of kind.values) {
    const { member } = value;
    const of = value.type === 'choice' ? kind.quantities.find((one) => one.member === value.of) : (value as Quantity);
    const path = of ? pathOf(kind, of) : [kind.member, member];
    const parent = path.slice(0, -1).join('.');
    names.push([value.type === 'choice' && of ? `${parent}.${member}` : path.join('.'), member]);
    if (value.type !== 'choice' && value.units) names.push([`${parent}.unit`, unitMember(member)]);
  }
  return Object.fromEntries(
    names.flatMap(([path, member]) => [
      [path, member],
      [`readings.*.${path}`, member],
    ]),
  );
}

/** Problems of the only reading of a call. */
function ofReading(problems: readonly Problem[]): Problem[] {
  return problems.map((problem) => ({ ...problem, path: problem.path?.slice(PATH_OF_READING.length) ?? [] }));
}

const PATH_OF_READING = ['input', 'readings', '0'];

/** @param shape of the readings of the kind */
export function recordRoute(
  kind: Kind,
  shape: z.ZodType<RestReading>,
  described: Pick<RestRoute, 'path' | 'tag'>,
): RestRoute {
  return route({
    ...described,
    method: 'POST',
    operationId: `record${kind.typeName}`,
    summary: `Record ${kind.shortNoun ?? kind.noun} reading`,
    description:
      'Records a reading and attributes it to the patient who held the device at that time. Safe to repeat: the same reading of the same device is stored once.',
    body: requestOf(kind),
    response: [201, shape, 'The recorded reading.'],
    existing: 'The reading was already stored with the same values. The stored reading is returned; nothing changed.',
    runs: [recordReadings],
    fields: fieldsOf(kind),
    handle: async (call, { body }) => {
      const { results } = await call.run(recordReadings, { readings: [toInput(kind, body)] });
      const { outcome, reading, userErrors } = results[0]!;
      if (userErrors.length > 0) throw new DomainError(ofReading(userErrors));
      const recorded = await toRestReading(call, reading!);
      return outcome === RecordReadingOutcome.DUPLICATE ? new Existing(recorded) : recorded;
    },
  });
}
